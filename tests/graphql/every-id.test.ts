import {
  type GraphQLArgument,
  type GraphQLError,
  type GraphQLField,
  GraphQLID,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Issue } from '../../src/core/errors.ts';
import { sharedSchema } from '../support/schema.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket, type SocketClient } from '../support/socket.ts';

let server: TestServer;
let socket: SocketClient;
beforeAll(async () => {
  server = await startTestServer();
  socket = connectSocket(server.socketUrl, server.as('ADMIN').token);
});
afterAll(async () => {
  await socket.close();
  await server.close();
});

const schema = sharedSchema();
const malformed = 'x';

/** A value in which every id is malformed, and the places of these ids. */
interface Sample {
  // biome-ignore lint/suspicious/noExplicitAny: as varied as inputs
  value: any;
  places: string[];
}

const required: Record<string, unknown> = {
  String: 'a text',
  Int: 1,
  Boolean: true,
  DateTime: '2026-01-01T00:00:00Z',
  Decimal: '1',
  Date: '2026-01-01',
};

function sampleOf(type: GraphQLInputType, place: string): Sample {
  if (isNonNullType(type)) return sampleOf(type.ofType, place);
  if (isListType(type)) {
    const { value, places } = sampleOf(type.ofType, `${place}.0`);
    return { value: [value], places };
  }
  if (type === GraphQLID) return { value: malformed, places: [place] };
  if (isEnumType(type)) return { value: type.getValues()[0]?.name, places: [] };
  if (!isInputObjectType(type)) return { value: required[type.name], places: [] };
  // A filter is asked one thing: its fields are the row's, and filters without end.
  if (type.name.endsWith('Filter')) {
    return type.getFields().id
      ? { value: { id: { eq: malformed } }, places: [`${place}.id.eq`] }
      : { value: {}, places: [] };
  }
  return objectOf(Object.values(type.getFields()), isRequiredInputField as never, `${place}.`);
}

function objectOf(
  parts: readonly (GraphQLArgument | GraphQLInputField)[],
  isRequired: (part: never) => boolean,
  before: string,
): Sample {
  const value: Record<string, unknown> = {};
  const places: string[] = [];
  for (const part of parts) {
    const sample = sampleOf(part.type, `${before}${part.name}`);
    if (sample.places.length === 0 && !isRequired(part as never)) continue;
    value[part.name] = sample.value;
    places.push(...sample.places);
  }
  return { value, places };
}

const operations = (['Query', 'Mutation', 'Subscription'] as const)
  .flatMap((kind) =>
    Object.values(
      (
        schema.getType(kind) as never as { getFields(): Record<string, GraphQLField<unknown, unknown>> }
      ).getFields(),
    ).map((field) => ({
      name: `${kind}.${field.name}`,
      kind,
      field,
      sample: objectOf(field.args, isRequiredArgument as never, ''),
    })),
  )
  .filter(({ sample }) => sample.places.length > 0);

/** Something to select, for which the arguments have to be looked at. */
function selectionOf(type: GraphQLNamedType): string {
  if (!isObjectType(type)) return isLeafType(type) ? '' : '{ __typename }';
  return type.getFields().totalCount ? '{ totalCount }' : '{ __typename }';
}

test.each(operations)('$name names every id that is none', async ({ kind, field, sample }) => {
  const args = field.args.filter(({ name }) => name in (sample.value as object));
  const variables = args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const given = args.map(({ name }) => `${name}: $${name}`).join(', ');
  const document = `${kind.toLowerCase()}(${variables}) { ${field.name}(${given}) ${selectionOf(getNamedType(field.type))} }`;
  const stream = socket.subscribe(document, sample.value);
  const errors = await Promise.race([stream.ended, stream.next().then((result) => result.errors)]);
  const issues = ((errors as GraphQLError[] | undefined)?.[0]?.extensions.issues ?? []) as Issue[];
  const named = issues.map(({ path }) => path.join('.'));
  // Where a part of the input has no place there, that is what is said of it.
  const isNamed = (place: string) => named.some((name) => `${place}.`.startsWith(`${name}.`));
  expect(sample.places.filter((place) => !isNamed(place))).toEqual([]);
});
