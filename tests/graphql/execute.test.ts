import fc from 'fast-check';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLObjectType,
  parse,
  validate,
} from 'graphql';
import { expect, test } from 'vitest';
import { createSchema } from '../../src/api.ts';
import { executeOperation } from '../../src/core/graphql/execution/execute.ts';

/** Every way a field can be shaped: nullable and not, lists of each, enumerations, interfaces, unions. */
const schema = buildSchema(`
  enum Colour { RED GREEN }
  interface Named { name: String }
  union Any = Box | Label
  type Label implements Named { name: String text: String! size(unit: Int! = 2): Int }
  type Box implements Named {
    name: String id: ID! count: Int weight: Float sealed: Boolean! colour: Colour colours: [Colour!]!
    label: Label mustLabel: Label! labels: [Label] mustLabels: [Label!]! boxes: [[Box]] named: Named any: [Any!]
  }
  type Query { box: Box mustBox: Box! boxes(first: Int): [Box!] named: [Named] any: Any }
  type Mutation { one: Box two: Box! three: Int }
`);
(schema.getType('Label') as GraphQLObjectType).getFields().size!.resolve = (source, { unit }) =>
  (source as { base?: number }).base === undefined
    ? null
    : (source as { base: number }).base * (unit as number);

/** Stands for a promise; each run gets promises of its own. */
class Later {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

const holdsLater = (value: unknown): boolean =>
  value instanceof Later ||
  (value !== null && typeof value === 'object' && Object.values(value).some(holdsLater));

/** Drawn values with their promises made. */
function promised(value: unknown): unknown {
  if (value instanceof Later) {
    const settled = promised(value.value);
    const promise = Promise.resolve().then(() => {
      if (settled instanceof Error) throw settled;
      return settled;
    });
    // A rejection that a run has no reason to look at is nobody's fault.
    promise.catch(() => {});
    return promise;
  }
  if (Array.isArray(value)) {
    // graphql leaves a rejection to nobody when an item fails at once beside one that fails later.
    const slow = value.some(holdsLater);
    return value.map((item) => promised(slow && !(item instanceof Later) ? new Later(item) : item));
  }
  if (value === null || typeof value !== 'object' || value instanceof Error) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, promised(child)]));
}

/** A value of a field: right, missing, wrong, an error, or any of these later. */
const settled = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => {
  const now = fc.oneof(
    { weight: 6, arbitrary: right },
    { weight: 2, arbitrary: fc.constantFrom(null, undefined) },
    { weight: 1, arbitrary: fc.string({ maxLength: 4 }).map((text) => new GraphQLError(text)) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>('wrong', 12.5, {}, []) },
  );
  return fc.oneof(
    { weight: 3, arbitrary: now },
    { weight: 1, arbitrary: now.map((value) => new Later(value)) },
  );
};
const lists = (item: fc.Arbitrary<unknown>) => settled(fc.array(item, { maxLength: 3 }));
const words = settled(fc.string({ maxLength: 3 }));

const { box } = fc.letrec((tie) => ({
  label: fc.record({
    __typename: fc.constant('Label'),
    name: words,
    text: words,
    base: fc.option(fc.integer(), { nil: undefined }),
  }),
  box: fc.record(
    {
      __typename: fc.constant('Box'),
      name: words,
      id: settled(fc.string({ maxLength: 3 })),
      count: settled(fc.integer()),
      weight: settled(fc.float({ noNaN: true, noDefaultInfinity: true })),
      sealed: settled(fc.boolean()),
      colour: settled(fc.constantFrom('RED', 'GREEN')),
      colours: lists(fc.constantFrom<unknown>('RED', 'GREEN', 'BLUE', null)),
      label: settled(tie('label')),
      mustLabel: settled(tie('label')),
      labels: lists(settled(tie('label'))),
      mustLabels: lists(settled(tie('label'))),
      boxes: fc.oneof({ depthSize: 'small' }, fc.constant(null), lists(lists(settled(tie('box'))))),
      named: settled(fc.oneof(tie('label'), fc.constant({ __typename: 'Box', name: 'b', id: 'b' }))),
      any: lists(settled(fc.oneof(tie('label'), fc.constant({ __typename: 'Nothing' })))),
    },
    { requiredKeys: ['__typename'] },
  ),
}));
const root = fc.record({
  box: settled(box),
  mustBox: settled(box),
  boxes: lists(settled(box)),
  named: lists(settled(box)),
  any: settled(box),
  one: settled(box),
  two: settled(box),
  three: settled(fc.integer()),
});

const document = parse(`
  query Everything($yes: Boolean!, $no: Boolean! = false, $unit: Int = 3) {
    box { ...Whole } again: box { name @include(if: $yes) id @skip(if: $yes) label { size(unit: $unit) } }
    mustBox @include(if: $no) { sealed }
    boxes(first: 2) { id colour mustLabel { text } ... @include(if: $yes) { count } __typename __proto__: count }
    named { __typename name ... on Box { id labels { size } } ...Text }
    any { ... on Named { name } ... on Label { text } }
  }
  query Strict { mustBox { sealed colours mustLabels { text name } } box { boxes { id } } }
  mutation Write { one { name } three two { id label { text } } again: three }
  fragment Whole on Box { name id count weight sealed colour colours label { ...Text } labels { name text } boxes { name id } named { name } any { __typename } }
  fragment Text on Label { text size }
`);

const outcome = async (
  run: typeof execute | typeof executeOperation,
  operationName: string,
  drawn: unknown,
  yes: boolean,
) => {
  const rootValue = promised(drawn);
  const { data, errors = [] } = (await run({
    schema,
    document,
    operationName,
    rootValue,
    variableValues: { yes },
  })) as ExecutionResult;
  // Which of several errors below a field that became null are told depends on which came first; that it is null does not.
  const told = errors.map(({ message, path = [], locations }) => {
    const nulled = firstNull(data, path);
    return JSON.stringify(
      nulled.length === path.length ? { message: comparable(message), path, locations } : nulled,
    );
  });
  return { data: JSON.stringify(data), errors: [...new Set(told)].sort() };
};

function firstNull(data: unknown, path: readonly (string | number)[]): (string | number)[] {
  let at = data;
  const walked: (string | number)[] = [];
  for (const key of path) {
    if (at == null) break;
    at = (at as Record<string, unknown>)[key];
    walked.push(key);
  }
  return walked;
}

/** Ours do not repeat the value they could not use: it may be personal. */
const comparable = (message: string) =>
  message.replace(/^(Abstract type|Expected a? ?value of type) .*/, 'of no known type');

test.each(['Everything', 'Strict', 'Write'])(
  'whatever fields hold, now or later, %s is answered as by graphql itself: data, errors, places',
  async (operationName) => {
    await fc.assert(
      fc.asyncProperty(root, fc.boolean(), async (rootValue, yes) => {
        expect(await outcome(executeOperation, operationName, rootValue, yes)).toEqual(
          await outcome(execute, operationName, rootValue, yes),
        );
      }),
      { numRuns: 400 },
    );
  },
);

test('an item that fails at once takes the list with it, and one that fails later is not left to nobody', async () => {
  const mustLabels = [promised(new Later(new Error('later'))), new GraphQLError('now')];
  const box = { __typename: 'Box', sealed: true, colours: [], mustLabels };
  const args = {
    schema,
    document: parse('{ mustBox { mustLabels { text } } }'),
    rootValue: { mustBox: box },
  };
  expect(await executeOperation(args)).toMatchObject({
    data: null,
    errors: [{ message: 'now', path: ['mustBox', 'mustLabels', 1] }],
  });
});

test('the test’s document is valid', () => {
  expect(validate(schema, document)).toEqual([]);
});

test('introspection is answered alike', async () => {
  const real = createSchema();
  const introspection = parse(
    '{ __schema { types { name kind fields(includeDeprecated: true) { name args { name defaultValue type { name } } type { name kind ofType { name } } } enumValues { name } } } __type(name: "Customer") { interfaces { name } } }',
  );
  const args = { schema: real, document: introspection };
  expect(JSON.stringify(await executeOperation(args))).toBe(JSON.stringify(await execute(args)));
});

test.each([
  ['a missing variable', 'query Q($n: Int!) { boxes(first: $n) { id } }', {}],
  ['a variable of another type', 'query Q($n: Int!) { boxes(first: $n) { id } }', { n: 'x' }],
  ['an unknown operation', 'query Q { box { id } }', {}],
])('%s is refused alike', async (name, query, variableValues) => {
  const args = {
    schema,
    document: parse(query),
    variableValues,
    operationName: name === 'an unknown operation' ? 'R' : 'Q',
  };
  const messages = (result: ExecutionResult) => [result.data, result.errors?.length];
  expect(messages((await executeOperation(args)) as ExecutionResult)).toEqual(
    messages((await execute(args)) as ExecutionResult),
  );
});
