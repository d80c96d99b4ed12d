import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Issue } from '../../src/core/errors.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bearer, type Json, openSignedIn, post, type RawSocket } from './wire.ts';

let server: TestServer;
let raw: RawSocket;
beforeAll(async () => {
  server = await startTestServer();
  raw = await openSignedIn(server, server.as('MANAGER').token);
});
afterAll(async () => {
  raw.socket.close();
  await server.close();
});

type Ask = (query: string, variables?: Record<string, unknown>) => Promise<Json>;
const transports: [string, Ask][] = [
  [
    'HTTP',
    async (query, variables) =>
      (await post(server.url, { query, variables }, bearer(server.as('MANAGER').token))).json,
  ],
  ['the socket', (query, variables) => raw.ask(query, variables)],
];

const list = (filter: string) => `{ customers(filter: ${filter}) { totalCount } }`;
const listBy = 'query($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }';

/** One mistake, once as a literal and once as the value of a variable, and the one answer to both. */
const mistakes: [what: string, literal: string, value: unknown, issues: string[]][] = [
  [
    'an amount that is none',
    '{ creditLimit: { gte: "much" } }',
    { creditLimit: { gte: 'much' } },
    ['filter.creditLimit.gte WRONG_TYPE'],
  ],
  [
    'a float where exactness counts',
    '{ creditLimit: { gte: 1e30 } }',
    { creditLimit: { gte: 1e30 } },
    ['filter.creditLimit.gte WRONG_TYPE'],
  ],
  [
    'a day that does not exist',
    '{ createdAt: { gte: "2026-02-30T00:00:00Z" } }',
    { createdAt: { gte: '2026-02-30T00:00:00Z' } },
    ['filter.createdAt.gte WRONG_TYPE'],
  ],
  [
    'a duration that is none',
    '{ createdAt: { withinLast: "6 months" } }',
    { createdAt: { withinLast: '6 months' } },
    ['filter.createdAt.withinLast WRONG_TYPE'],
  ],
  [
    'a region that does not exist',
    '{ region: { eq: ATLANTIS } }',
    { region: { eq: 'ATLANTIS' } },
    ['filter.region.eq WRONG_TYPE'],
  ],
  [
    'a number for a text',
    '{ name: { contains: 5 } }',
    { name: { contains: 5 } },
    ['filter.name.contains WRONG_TYPE'],
  ],
  ['a text for an object', '{ name: "x" }', { name: 'x' }, ['filter.name WRONG_TYPE']],
  [
    'a field that does not exist',
    '{ nmae: { eq: "x" } }',
    { nmae: { eq: 'x' } },
    ['filter.nmae UNKNOWN_FIELD'],
  ],
  ['null inside a list', '{ and: [{}, null] }', { and: [{}, null] }, ['filter.and.1 REQUIRED']],
  [
    'a text PostgreSQL cannot hold',
    '{ tags: { hasAny: ["a", "b\\u0000"] }, name: { eq: "\\u0000" } }',
    { tags: { hasAny: ['a', 'b\0'] }, name: { eq: '\0' } },
    ['filter.name.eq TEXT_CONTROL_CHARACTER', 'filter.tags.hasAny.1 TEXT_CONTROL_CHARACTER'],
  ],
  [
    'several at once',
    '{ creditLimit: { gte: "much", lt: true }, region: { in: [EAST_CHINA, NOWHERE] }, or: [{ nmae: {} }] }',
    { creditLimit: { gte: 'much', lt: true }, region: { in: ['EAST_CHINA', 'NOWHERE'] }, or: [{ nmae: {} }] },
    [
      'filter.creditLimit.gte WRONG_TYPE',
      'filter.creditLimit.lt WRONG_TYPE',
      'filter.or.0.nmae UNKNOWN_FIELD',
      'filter.region.in.1 WRONG_TYPE',
    ],
  ],
];

const issuesOf = (answer: Json): string[] =>
  (answer.errors[0].extensions.issues as Issue[]).map(({ path, code }) => `${path.join('.')} ${code}`).sort();

describe.each(transports)('over %s', (_name, ask) => {
  test.each(mistakes)(
    '%s is the same mistake as a literal and as a variable',
    async (_what, literal, value, issues) => {
      server.statements.length = 0;
      for (const answer of [await ask(list(literal)), await ask(listBy, { filter: value })]) {
        expect(answer.data).toBeUndefined();
        expect(answer.errors).toHaveLength(1);
        expect(answer.errors[0].extensions.code).toBe('BAD_USER_INPUT');
        expect(issuesOf(answer)).toEqual(issues);
      }
      // Nothing ran: only who asks was looked up.
      expect(server.statements).toHaveLength(2);
    },
  );

  test('variables that are missing or null are all named at once', async () => {
    const query = 'query($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }';
    expect(issuesOf(await ask(query))).toEqual(['id REQUIRED', 'ids REQUIRED']);
    expect(issuesOf(await ask(query, { id: null, ids: [null] }))).toEqual(['id REQUIRED', 'ids.0 REQUIRED']);
  });

  test('a text PostgreSQL cannot hold is refused wherever it stands, half a character among them', async () => {
    const query = `query($search: String, $number: String, $ids: [ID!]!, $field: String!) {
      customers(search: $search) { totalCount } customer(fileNumber: $number) { id } nodes(ids: $ids) { id }
      segments(search: $search) { totalCount } segmentValueSuggestions(field: $field) }`;
    const variables = { search: 'a\0b', number: '\0', ids: ['\ud800'], field: 'city\udc00' };
    expect(issuesOf(await ask(query, variables))).toEqual(
      ['field', 'ids.0', 'number', 'search'].map((name) => `${name} TEXT_CONTROL_CHARACTER`),
    );
  });

  test('a literal and a variable that are both wrong are reported together', async () => {
    const query =
      'query($n: Int) { customers(first: $n, filter: { creditLimit: { gte: "much" } }) { totalCount } }';
    expect(issuesOf(await ask(query, { n: 'ten' }))).toEqual([
      'filter.creditLimit.gte WRONG_TYPE',
      'n WRONG_TYPE',
    ]);
  });

  test('null given to a variable whose default would have been used is bad input', async () => {
    const { errors } = await ask('query($id: ID = "x") { node(id: $id) { id } }', { id: null });
    expect(errors[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', issues: [{ code: 'WRONG_TYPE' }] });
  });

  test('a default that does not fit its type is bad input', async () => {
    expect(issuesOf(await ask('query($n: Int = "ten") { customers(first: $n) { totalCount } }'))).toEqual([
      'n WRONG_TYPE',
    ]);
  });

  test('one value stands for a list of one, and a whole number for an amount', async () => {
    expect((await ask(list('{ and: { creditLimit: { gte: 5 } } }'))).errors).toBeUndefined();
    expect((await ask(listBy, { filter: { and: { creditLimit: { gte: 5 } } } })).errors).toBeUndefined();
  });

  test('a document that leaves out a required argument is not GraphQL against this schema', async () => {
    const { errors } = await ask('{ node { id } }');
    expect(errors[0].extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
  });

  test('variables nobody declared are ignored, whatever they are called', async () => {
    const { data } = await ask('{ viewer { role } }', { constructor: 1, toString: null, 'a b': {} });
    expect(data.viewer.role).toBe('MANAGER');
  });
});
