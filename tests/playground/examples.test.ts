import { existsSync, readFileSync } from 'node:fs';
import {
  buildSchema,
  coerceInputValue,
  type GraphQLSchema,
  getOperationAST,
  parse,
  typeFromAST,
  validate,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { exampleGroups } from '../../playground/examples/index.ts';

const schemaFile = new URL('../../schema.graphql', import.meta.url);
const schema: GraphQLSchema | null = existsSync(schemaFile)
  ? buildSchema(readFileSync(schemaFile, 'utf8'))
  : null;

const examples = exampleGroups.flatMap((group) =>
  group.examples.map((example) => ({ name: `${group.title}: ${example.title}`, ...example })),
);

test('every kind of user finds examples, with titles in both languages', () => {
  expect(exampleGroups.map((group) => group.title)).toEqual([
    'Dashboard',
    'Sales',
    'Manager',
    'Analyst',
    'Administrator',
  ]);
  const roles = new Set(exampleGroups.flatMap((group) => group.roles));
  for (const role of [
    'SALES',
    'CUSTOMER_SERVICE',
    'MARKETING',
    'FINANCE',
    'MANAGER',
    'DATA_STEWARD',
    'ANALYST',
    'ADMIN',
  ]) {
    expect(roles).toContain(role);
  }
  for (const { titleChinese } of [...exampleGroups, ...examples])
    expect(titleChinese).toMatch(/\p{Script=Han}/u);
});

test('every example is one named operation', () => {
  const names = examples.map(({ operation }) => getOperationAST(parse(operation))?.name?.value);
  expect(names).not.toContain(undefined);
  expect(new Set(names).size).toBe(examples.length);
});

describe.runIf(schema)('against the published schema', () => {
  const published = schema as GraphQLSchema;

  test.for(examples)('$name is valid', ({ operation, fill }) => {
    expect(validate(published, parse(operation)).map(String)).toEqual([]);
    if (fill) expect(validate(published, parse(fill.query)).map(String)).toEqual([]);
  });

  test.for(examples)('$name has variables of the right types', ({ operation, variables = {} }) => {
    const definitions = getOperationAST(parse(operation))?.variableDefinitions ?? [];
    const known = definitions.map((definition) => definition.variable.name.value);
    expect(known).toEqual(expect.arrayContaining(Object.keys(variables)));
    for (const { variable, type } of definitions) {
      const value = variables[variable.name.value];
      const inputType = typeFromAST(published, type as never) as never;
      if (value !== undefined) coerceInputValue(value, inputType);
      else expect(type.kind).not.toBe('NonNullType');
    }
  });
});
