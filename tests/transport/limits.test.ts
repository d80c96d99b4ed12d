import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { excessOf, type Limit } from '../../src/core/graphql/execution/limit-message.ts';
import { messageIn } from '../../src/core/locale.ts';
import { type StaffName, staffNames, startTestServer, type TestServer } from '../support/server.ts';
import { bearer, type Json, openRaw, openSignedIn, post, type RawSocket } from './wire.ts';

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

const times = (count: number, text: (index: number) => string, separator = ' ') =>
  Array.from({ length: count }, (_, index) => text(index)).join(separator);
const nested = (levels: number): string =>
  levels === 0
    ? 'id'
    : `owner { team { id } } contacts(first: 1) { nodes { customer { ${nested(levels - 1)} } } }`;

/** Each fragment spreads the next one twice: 2^levels fields from a short document. */
const doubling = (levels: number) =>
  `{ viewer { ...F0 } } ${times(levels, (i) => `fragment F${i} on Employee { ...F${i + 1} ...F${i + 1} }`)}
   fragment F${levels} on Employee { id }`;

const tooMuch: [limit: string, value: unknown, query: string, variables?: Record<string, unknown>][] = [
  ['depth', 13, `{ customers(first: 1) { nodes { ${nested(4)} } } }`],
  ['aliases', 61, `{ viewer { ${times(61, (i) => `a${i}: name`)} } }`],
  ['rootFields', 21, `{ ${times(21, () => 'viewer { id }')} }`],
  ['directives', 41, `{ viewer { id ${times(41, () => 'name @include(if: true)')} } }`],
  [
    'cost',
    40_200,
    '{ customers(first: 200) { nodes { contacts(first: 200) { totalCount } } edges { cursor } nodes { contacts(first: 199) { nodes { id } } } } }',
  ],
  ['selections', 3001, doubling(20)],
  ['repeats', 101, `{ viewer { ${times(101, () => 'id')} } }`],
  ['comparisons', 6320, `{ viewer { ${times(80, () => 'id name')} } }`],
  ['operations', 21, times(21, (i) => `query Q${i} { viewer { id } }`)],
  ['fragments', 61, `{ viewer { id } } ${times(61, (i) => `fragment F${i} on Employee { id }`)}`],
  ['arguments', 101, `query(${times(101, (i) => `$v${i}: Int`)}) { viewer { id } }`],
  ['nesting', 65, `{ nodes(ids: ${'['.repeat(63)}`],
  ['nameLength', 101, `{ viewer { ${'a'.repeat(101)} } }`],
  ['lines', 2001, '\n'.repeat(2_000)],
  ['characters', 40_001, `{ viewer { id } }${' '.repeat(40_001 - 17)}`],
  ['values', 10_001, 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array(10_000).fill('x') }],
  [
    'introspectionCost',
    1_484_041,
    `{ __schema { ${times(40, (i) => `t${i}: types { fields { args { type { name } } } }`)} } }`,
  ],
  ['introspections', 6, `{ ${times(6, () => '__schema { queryType { name } }')} }`],
];

describe.each(transports)('over %s', (_name, ask) => {
  test.each(tooMuch)(
    '%s: what selects too much gets an error with the limit and its number',
    async (limit, value, query, variables) => {
      server.statements.length = 0;
      const { data, errors } = await ask(query, variables);
      expect(data).toBeUndefined();
      expect(errors).toHaveLength(1);
      const [{ message, extensions }] = errors;
      expect(extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit, maximum: expect.any(Number) });
      if (limit !== 'cost') expect(extensions.value).toBe(value);
      const [much, most] = [extensions.value, extensions.maximum].map((number) =>
        number.toLocaleString('en-US'),
      );
      expect(message).toMatch(new RegExp(`^[A-Z].* ${much} .*, at most ${most} are allowed\\.`));
      expect(messageIn('ZH', excessOf(limit as Limit, extensions.value, extensions.maximum))).toMatch(
        new RegExp(`^\\P{ASCII}.* ${much} \\P{ASCII}+，最多 ${most} \\P{ASCII}+$`, 'u'),
      );
      // No names of the code's own.
      expect(message).not.toMatch(/[a-z][A-Z]/);
      // Who asks, and nothing else.
      expect(server.statements.length).toBeLessThanOrEqual(1);
    },
  );

  test('a document over 2,000 tokens is not even parsed', async () => {
    const { errors } = await ask(`{ viewer { ${times(2_000, () => 'id')} } } {`);
    expect(errors[0].extensions).toEqual({
      code: 'QUERY_TOO_COMPLEX',
      limit: 'tokens',
      value: 2001,
      maximum: 2000,
    });
    expect(errors[0].message).toBe('This document has 2,001 tokens, at most 2,000 are allowed.');
  });

  test('an alias longer than a name in the database is refused', async () => {
    const { errors } = await ask(`{ viewer { ${'a'.repeat(51)}: name } }`);
    expect(errors[0].extensions.issues).toMatchObject([{ code: 'ALIAS_TOO_LONG' }]);
    expect(errors[0].message).toMatch(/50.*51/);
    expect((await ask(`{ viewer { ${'a'.repeat(50)}: name } }`)).errors).toBeUndefined();
  });

  test('a list that is no page counts by what it usually has', async () => {
    const query = (aliases: number) =>
      `{ customers(first: 200) { nodes { verification { ${'abcd'
        .slice(0, aliases)
        .split('')
        .map((alias) => `${alias}: fields { field }`)
        .join(' ')} } } } }`;
    expect((await ask(query(1))).errors).toBeUndefined();
    expect((await ask(query(3))).errors[0].extensions).toMatchObject({
      code: 'QUERY_TOO_COMPLEX',
      limit: 'cost',
    });
  });

  test('a page size costs the same as a literal, as a variable and as a default', async () => {
    const body = '{ nodes { contacts(first: $n) { nodes { id } } } }';
    const asked: [string, Record<string, unknown>?][] = [
      [`{ customers(first: 200) ${body.replace('$n', '200')} }`],
      [`query($n: Int) { customers(first: $n) ${body} }`, { n: 200 }],
      [`query($n: Int = 200) { customers(first: $n) ${body} }`],
    ];
    const costs = [];
    for (const [query, variables] of asked)
      costs.push((await ask(query, variables)).errors[0].extensions.value);
    expect(new Set(costs).size).toBe(1);
    expect(costs[0]).toBeGreaterThan(40_000);
    expect((await ask(asked[2]?.[0] as string, { n: 2 })).errors).toBeUndefined();
  });

  test('a list of ids multiplies what is selected of each', async () => {
    const query =
      'query($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { contacts(first: 200) { nodes { interactions: customer { id } } } } } }';
    const { errors } = await ask(query, { ids: Array.from({ length: 100 }, () => server.as('SALES').id) });
    expect(errors[0].extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 'cost' });
  });

  test('a list of ids that is too long is refused without what is wrong with each of them', async () => {
    const query = 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const { errors } = await ask(query, { ids: Array(9_000).fill('x') });
    const { issues } = errors[0].extensions;
    expect(issues[0]).toMatchObject({ path: ['ids'], code: 'TOO_MANY' });
    expect(issues).toHaveLength(101);
  });

  test('circular fragments are refused at once', async () => {
    const circle = `{ viewer { ...A } } fragment A on Employee { ...B } fragment B on Employee { ...A }`;
    const { errors } = await ask(circle);
    expect(errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const self = '{ viewer { team { ...T } } } fragment T on Team { id ...T }';
    expect((await ask(self)).errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  test('fragments that double at each level are refused before they are counted to the end', async () => {
    // Counted to the end, this would never come back.
    const { errors } = await ask(doubling(200));
    expect(errors[0].extensions.code).toBe('QUERY_TOO_COMPLEX');
  });

  test('introspection that runs in circles is refused', async () => {
    const circle =
      '{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }';
    expect((await ask(circle)).errors[0].extensions).toMatchObject({ limit: 'introspectionCost' });
    const deep = `{ __type(name: "Query") { ${'ofType { '.repeat(20)} name ${'}'.repeat(20)} } }`;
    expect((await ask(deep)).errors[0].extensions).toMatchObject({ limit: 'introspectionDepth', value: 21 });
  });
});

test.each(staffNames)('%s may read the whole schema, as IDEs do', async (name: StaffName) => {
  const query = getIntrospectionQuery({
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  });
  const { data, errors } = await server.as(name).query(query);
  expect(errors).toBeUndefined();
  expect(data.__schema.types.length).toBeGreaterThan(50);
});

test.each([
  ['__schema', '{ __schema { queryType { name } } }'],
  ['__type', '{ __type(name: "Customer") { name } }'],
  ['a fragment', '{ ...F } fragment F on Query { ... { a: __type(name: "Customer") { name } } }'],
  [
    'a second place',
    'mutation { login(input: { email: "a", password: "b" }) { accessToken } } query Q { __typename }',
  ],
])('a stranger may not read the schema through %s', async (_what, query) => {
  const { data, errors } = await server.anonymous.query(query);
  expect(data).toBeUndefined();
  expect(['FORBIDDEN', 'OPERATION_RESOLUTION_FAILURE']).toContain(errors?.[0]?.extensions.code);
});

test('a stranger gets no answer over the socket at all', async () => {
  const stranger = await openRaw(server.socketUrl);
  stranger.say({ type: 'subscribe', id: '1', payload: { query: '{ __schema { queryType { name } } }' } });
  expect((await stranger.closed).code).toBe(4401);
});
