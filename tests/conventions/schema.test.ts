import {
  buildSchema,
  type GraphQLField,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
} from 'graphql';
import { expect, test } from 'vitest';
import { createSchema, printPublicSchema } from '../../src/api.ts';
import { partModels } from '../../src/core/model/registry.ts';
import { filesBelow, read } from './sources.ts';

const published = read('schema.graphql');

test('schema.graphql is what the server serves: after a change, run npm run schema', () => {
  expect(printPublicSchema(createSchema())).toBe(published);
});

test('the schema is printed the same way every time', () => {
  expect(printPublicSchema(createSchema())).toBe(printPublicSchema(createSchema()));
});

test('everything in the schema is described, with the Chinese term in parentheses', () => {
  const schema = buildSchema(published);
  const undescribed: string[] = [];
  const look = (name: string, description: string | null | undefined) => {
    if (!/\([^()]*\p{Script=Han}[^()]*\)/u.test(description ?? '')) undescribed.push(name);
  };
  const lookAtField = (type: string, field: GraphQLField<unknown, unknown>) => {
    look(`${type}.${field.name}`, field.description);
    for (const argument of field.args) look(`${type}.${field.name}(${argument.name}:)`, argument.description);
  };
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    // type-graphql makes the three root types and leaves them without a description.
    if (!roots.some((root) => root === type)) look(type.name, type.description);
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) lookAtField(type.name, field);
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields()))
        look(`${type.name}.${field.name}`, field.description);
    } else if (isEnumType(type)) {
      for (const value of type.getValues()) look(`${type.name}.${value.name}`, value.description);
    }
  }
  for (const directive of schema.getDirectives()) {
    if (!isSpecifiedDirective(directive)) look(`@${directive.name}`, directive.description);
  }
  expect(undescribed).toEqual([]);
});

/** Kinds of ids, what a handover counts, what rules of tasks watch, what is read before a visit: choices, and no lists of all parts. */
const mayNameParts = [
  'src/core/graphql/schema/type-id.ts',
  'src/domains/handover/handover.plan.ts',
  'src/features/task-rule/quiet-rules.ts',
  'src/features/task-rule/task-rules.ts',
  'src/features/customer-brief/customer-brief.resolver.ts',
];

test('nothing lists the parts of a file: the registry has them', () => {
  const names = partModels().map(
    ({ name, tableName }) => new RegExp(`'(?:${name}|${tableName})'|\\b${tableName}Model\\b`),
  );
  const listing = filesBelow('src').filter((path) => {
    if (!path.endsWith('.ts') || /\.model\.ts$/.test(path)) return false;
    const text = read(path);
    return names.filter((name) => name.test(text)).length > 2;
  });
  expect(listing.filter((path) => !mayNameParts.includes(path))).toEqual([]);
  expect(mayNameParts.filter((path) => !listing.includes(path))).toEqual([]);
  expect(names.length).toBeGreaterThanOrEqual(4);
});
