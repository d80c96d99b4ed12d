import fc from 'fast-check';
import {
  buildSchema,
  type GraphQLEnumType,
  getVariableValues,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { expect, test } from 'vitest';
import { coerceVariableValues } from '../../src/core/graphql/execution/coerce-input.ts';

const schema = buildSchema(`
  type Query { found(what: What): Int }
  enum Colour { RED GREEN }
  input What {
    count: Int = 7
    words: [String!]
    colour: Colour = GREEN
    must: Float!
    below: What
    lists: [[Int]]
    all: [What!]
  }
`);
// As type-graphql has them: what a name stands for is not the name.
const colour = schema.getType('Colour') as GraphQLEnumType;
for (const value of colour.getValues()) value.value = value.name.toLowerCase();
Object.assign(colour, { _valueLookup: new Map(colour.getValues().map((value) => [value.value, value])) });

const operation = parse(`
  query ($what: What, $sure: What!, $many: [What!] = [{ must: 1 }], $colours: [Colour] = RED, $n: Int = 3, $m: Int!) {
    found(what: $what)
  }
`).definitions[0] as OperationDefinitionNode;

const wrong = fc.constantFrom<unknown>(null, 'BLUE', 2.5, 2 ** 31, true, {}, [null], [['x']]);
/** What a type takes; now and then something that it may not take. */
const mostly = (...right: unknown[]) =>
  fc.oneof({ weight: 40, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: wrong });
const few = (value: fc.Arbitrary<unknown>) => fc.oneof(value, fc.array(value, { maxLength: 2 }));

const whatOf = (depth: number): fc.Arbitrary<unknown> => {
  const fields: Record<string, fc.Arbitrary<unknown>> = {
    must: mostly(1, 2.5),
    unheardOf: fc.constant(1),
    colour: mostly('RED', 'GREEN', null),
    words: mostly('one', ['one', 'two'], [], null),
    count: mostly(1, 2, null),
    lists: mostly(null, 1, [1, null], [[1], 2, null], []),
    ...(depth > 0 && { below: whatOf(depth - 1), all: few(whatOf(depth - 1)) }),
  };
  const record = fc.record(fields, { requiredKeys: ['must'] });
  return fc.tuple(record, fc.boolean(), fc.integer({ min: 0, max: 19 })).map(([value, isTurned, luck]) => {
    const known = Object.entries(value).filter(([name]) => name !== 'unheardOf' || luck === 0);
    return Object.fromEntries(isTurned ? known.reverse() : known);
  });
};
const given = fc.record(
  {
    what: whatOf(2),
    sure: whatOf(1),
    many: few(whatOf(1)),
    colours: mostly('RED', ['GREEN', null], []),
    n: mostly(1, null),
    m: mostly(1),
  },
  { requiredKeys: ['sure', 'm'] },
);

test('variables are read as by graphql itself: the same are refused, the others are the same to the letter', () => {
  let accepted = 0;
  fc.assert(
    fc.property(given, (variables) => {
      const { values, issues } = coerceVariableValues(schema, operation, variables, false);
      const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
      expect(issues.length > 0).toBe(errors !== undefined);
      if (!coerced) return;
      accepted += 1;
      expect(JSON.stringify(values)).toBe(JSON.stringify(coerced));
    }),
    { numRuns: 1_000 },
  );
  expect(accepted).toBeGreaterThan(100);
  expect(accepted).toBeLessThan(900);
});
