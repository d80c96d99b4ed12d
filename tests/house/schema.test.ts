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
import { createSchema, printPublicSchema } from '../../src/graphql/schema.ts';
import { read } from './sources.ts';

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
