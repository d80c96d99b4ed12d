import fc from 'fast-check';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  type GraphQLObjectType,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { expect, test } from 'vitest';
import { coerceVariableValues } from '../../src/core/graphql/execution/coerce-input.ts';
import { executeOperation } from '../../src/core/graphql/execution/execute.ts';

/** Every field tells what it was asked with. */
const schema = buildSchema(`
  input What { count: Int  sure: Int = 3  words: [String]  below: What }
  interface Thing { asked(a: Int, b: Int = 5, what: What, list: [Int]): String }
  type Box implements Thing {
    asked(a: Int, b: Int = 5, what: What, list: [Int]): String
    mustAsked(a: Int! = 1): String!
    box: Box  boxes: [Box!]  thing: Thing
  }
  type Query { box: Box  boxes: [Box!]  asked(a: Int, b: Int = 5, what: What, list: [Int]): String  mustAsked(a: Int! = 1): String! }
  type Mutation { asked(a: Int, b: Int = 5, what: What, list: [Int]): String  box: Box }
`);
const box = { __typename: 'Box' };
const things: Record<string, unknown> = { box, thing: box, boxes: [box, box] };
for (const name of ['Query', 'Mutation', 'Box']) {
  for (const field of Object.values((schema.getType(name) as GraphQLObjectType).getFields()))
    field.resolve = (_source, args) => things[field.name] ?? JSON.stringify(args);
}

/** Type, default, and what may be given; of each also nothing and, where it is allowed, null. */
const variables = {
  a: { type: 'Int', given: [1, 2] },
  b: { type: 'Int = 7', given: [1, 7] },
  toString: { type: 'Int', given: [4] },
  what: {
    type: 'What',
    given: [{}, { count: null }, { count: 1, below: { sure: null } }, { words: [null] }],
  },
  word: { type: 'String = "none"', given: ['some'] },
  list: { type: '[Int] = [1]', given: [[], [null], [2, 3], 4] },
  if: { type: 'Boolean = true', given: [true, false] },
  yes: { type: 'Boolean!', given: [true, false] },
} as const;

const number = fc.constantFrom('$a', '$b', '$toString', '2', 'null');
const optional = (name: string, value: fc.Arbitrary<string>) =>
  fc.option(value, { nil: '' }).map((text) => text && `${name}: ${text}`);
const object = (depth: number): fc.Arbitrary<string> =>
  fc
    .tuple(
      optional('count', number),
      optional('sure', number),
      optional('words', fc.constantFrom('$word', '[$word, "x"]', '[null, $word]', 'null')),
      optional('below', depth > 0 ? fc.oneof(fc.constant('$what'), object(depth - 1)) : fc.constant('$what')),
    )
    .map((fields) => `{ ${fields.join(' ')} }`);
const args = fc
  .tuple(
    optional('a', number),
    optional('b', number),
    optional('what', fc.oneof(fc.constant('$what'), object(1))),
    optional('list', fc.constantFrom('$list', '[$a, 1]', '[$b]', 'null', '$a')),
  )
  .map((given) => (given.some(Boolean) ? `(${given.join(' ')})` : ''));
const condition = fc.constantFrom(
  '',
  '',
  '',
  '@skip(if: $if)',
  '@include(if: $if)',
  '@skip(if: $yes)',
  '@include(if: $yes)',
);
const names = [
  'constructor',
  '__proto__',
  'toString',
  'then',
  'toJSON',
  'valueOf',
  'hasOwnProperty',
  'prototype',
  'one',
  'two',
];

/** Selections whose response keys do not clash: each is numbered or has a name that every object has. */
const selections = (depth: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc.record({
        kind: fc.constantFrom('leaf', 'leaf', 'must', 'nest', 'nest', 'inline', 'spread'),
        nested: fc.constantFrom('box', 'boxes'),
        args,
        condition,
        below: depth > 0 ? selections(depth - 1) : fc.constant('__typename'),
        a: fc.constantFrom('$b', '$a', '3'),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .chain((chosen) =>
      fc.shuffledSubarray(names, { minLength: chosen.length, maxLength: chosen.length }).map((aliases) =>
        chosen
          .map(({ kind, nested, args: given, condition: when, below, a }, i) => {
            if (kind === 'leaf') return `${aliases[i]}: asked${given} ${when}`;
            if (kind === 'must') return `${aliases[i]}: mustAsked${a === '$b' ? '(a: $b)' : ''} ${when}`;
            if (kind === 'nest') return `${nested} ${when} { ${below} }`;
            return kind === 'inline' ? `... ${when} { ${aliases[i]}: asked${given} }` : `__typename ${when}`;
          })
          .join(' '),
      ),
    );

const declared = Object.entries(variables)
  .map(([name, { type }]) => `$${name}: ${type}`)
  .join(' ');
const document = fc
  .tuple(fc.constantFrom('query', 'query', 'mutation'), selections(2), args, condition)
  .map(([kind, set, given, when]) =>
    kind === 'query'
      ? `query (${declared}) { ${set} ...Again ${when} } fragment Again on Query { again: asked${given} }`
      : `mutation (${declared}) { first: asked${given} box ${when} { ${set} } second: asked }`,
  );
const assignment = fc.record(
  Object.fromEntries(
    Object.entries(variables).map(([name, { type, given }]) => [
      name,
      fc.constantFrom<unknown>(...given, ...(type.endsWith('!') ? [] : [null])),
    ]),
  ),
  { requiredKeys: ['yes'] },
);

const told = ({ data, errors = [] }: ExecutionResult) => ({
  data: JSON.stringify(data),
  errors: errors.map(({ message, path }) => JSON.stringify([message, path])).sort(),
});

test('whatever is absent, null, a default or given, and whoever sent it before, an answer is as graphql itself makes it', async () => {
  let valid = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(document, fc.array(assignment, { minLength: 2, maxLength: 6 }), async (text, asked) => {
      const kept = parse(text);
      const rules = validate(schema, kept).filter(({ message }) => !/is never used/.test(message));
      if (rules.length > 0) return;
      valid += 1;
      const operation = kept.definitions[0] as OperationDefinitionNode;
      for (const variableValues of asked) {
        const { values } = coerceVariableValues(schema, operation, variableValues, false);
        const answer = await executeOperation({ schema, document: kept, variableValues, values });
        // A document of its own: nothing of it is kept.
        const expected = await execute({ schema, document: parse(text), variableValues });
        expect(told(answer), `${text} ${JSON.stringify(variableValues)}`).toEqual(told(expected));
        if (answer.errors) refused += 1;
      }
    }),
    { numRuns: 400 },
  );
  expect(valid).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(20);
});
