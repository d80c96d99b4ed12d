import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isLeafType,
  isRequiredArgument,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { literalOf } from '../support/literal.ts';
import { sharedSchema } from '../support/schema.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bearer, type Frame, type Json, openSignedIn, post, type RawSocket } from './wire.ts';

const followed = 'subscription { customerFileChanged { cursor type } }';

let server: TestServer;
let raw: RawSocket;
beforeAll(async () => {
  server = await startTestServer({ socketBounds: { messagesPerSecond: 10_000 } });
  raw = await openSignedIn(server, server.as('MANAGER').token);
  raw.say({ type: 'subscribe', id: 'bystander', payload: { query: followed } });
});
afterAll(async () => {
  raw.socket.close();
  await server.close();
});

let asked = 0;

/** The frames of one operation of the socket, ready made where JSON.stringify would not come to an end. */
async function overSocket(payload: string): Promise<Frame[]> {
  const id = `op${++asked}`;
  raw.say(`{"type":"subscribe","id":"${id}","payload":${payload}}`);
  const frames: Frame[] = [];
  while (!['error', 'complete'].includes(frames.at(-1)?.type ?? '')) {
    const frame = await raw.hear();
    // Between them the bystander is told that nothing happened.
    if (frame.id === id) frames.push(frame);
    else expect(frame.type).toBe('next');
  }
  return frames;
}

const overHttp = (payload: string) => post(server.url, payload, bearer(server.as('MANAGER').token));

const codesIn = (errors: Json[] = []) => errors.map(({ extensions }) => extensions.code);

/** What both transports say, once it is known that nobody else's operation suffered and nothing went wrong inside. */
async function answers(query: string, variables: string | object = {}) {
  const given = typeof variables === 'string' ? variables : JSON.stringify(variables);
  const payload = `{"query":${JSON.stringify(query)},"variables":${given}}`;
  const http = await overHttp(payload);
  expect(http.status, http.text.slice(0, 200)).toBeLessThan(500);
  const [first] = await overSocket(payload);
  const socket = first?.type === 'error' ? { errors: first.payload } : first?.payload;
  for (const errors of [http.json.errors, socket.errors])
    expect(codesIn(errors)).not.toContain('INTERNAL_SERVER_ERROR');
  expect(raw.socket.readyState).toBe(raw.socket.OPEN);
  return { http: http.json, socket, frame: first?.type };
}

const nested = (depth: number, open: string, close: string, inside = '{}') =>
  open.repeat(depth) + inside + close.repeat(depth);

test.each([
  ['nothing is left of it', 'subscription { customerFileChanged @include(if: false) { cursor } }', {}],
  [
    'nothing is left by a variable',
    'subscription($x: Boolean!) { customerFileChanged @skip(if: $x) { cursor } }',
    { x: true },
  ],
  [
    'nothing is left of a fragment',
    'subscription($x: Boolean!) { ...F @include(if: $x) } fragment F on Subscription { customerFileChanged { cursor } }',
    { x: false },
  ],
  [
    'two fields are left',
    'subscription($x: Boolean!) { customerFileChanged { cursor } accessRequestChanged @include(if: $x) { cursor } }',
    { x: true },
  ],
  [
    'two fields stand there',
    'subscription { a: customerFileChanged { cursor } b: customerFileChanged { cursor } }',
    {},
  ],
  ['it asks for a type name', 'subscription { __typename }', {}],
])('a subscription is refused alone when %s', async (_what, query, variables) => {
  const { socket, frame } = await answers(query, variables);
  expect(frame).toBe('error');
  expect(codesIn(socket.errors)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
});

test('a subscription of which one field is left is opened, whatever variables decide it', async () => {
  const query = `subscription Two($x: Boolean!) {
    customerFileChanged @skip(if: $x) { cursor } ...F @include(if: $x) } fragment F on Subscription { accessRequestChanged { cursor } }`;
  for (const x of [true, false]) {
    const id = `open ${x}`;
    raw.say({ type: 'subscribe', id, payload: { query, variables: { x } } });
    raw.say({ type: 'complete', id });
  }
  expect((await answers('{ viewer { role } }')).socket.data).toEqual({ viewer: { role: 'MANAGER' } });
});

const schema = sharedSchema();
const rootFields = (['Query', 'Mutation', 'Subscription'] as const).flatMap((kind) =>
  Object.values((schema.getType(kind) as GraphQLObjectType).getFields()).map((field) => ({
    name: `${kind}.${field.name}`,
    kind,
    field,
  })),
);
/** A root field with what it requires, and a condition on it or on what is selected of it. */
const operationOf = (kind: string, field: GraphQLField<unknown, unknown>, on: string, below: string) => {
  const args = field.args.filter(isRequiredArgument).map(({ name, type }) => `${name}: ${literalOf(type)}`);
  const selected = isLeafType(getNamedType(field.type)) ? '' : `{ __typename ${below} }`;
  return `${kind.toLowerCase()}($x: Boolean = true) { ${field.name}${args.length > 0 ? `(${args.join(' ')})` : ''} ${on} ${selected} }`;
};

test.each(rootFields)(
  'null for a condition with a default is the own error of $name',
  async ({ kind, field }) => {
    for (const directive of ['skip', 'include']) {
      const { http, socket } = await answers(operationOf(kind, field, `@${directive}(if: $x)`, ''), {
        x: null,
      });
      expect(codesIn(socket.errors)).toEqual(['BAD_USER_INPUT']);
      if (kind === 'Subscription') continue;
      expect(http.data).toBeNull();
      expect(socket.data).toBeNull();
      expect(codesIn(http.errors)).toEqual(['BAD_USER_INPUT']);
    }
  },
);

test('null for a condition is said in the reader’s language, with the argument', async () => {
  const { json } = await post(
    server.url,
    { query: 'query($x: Boolean = true) { viewer @skip(if: $x) { id } }', variables: { x: null } },
    { ...bearer(server.as('SALES').token), 'accept-language': 'zh-CN' },
  );
  expect(json.errors[0].message).toBe('参数if（Boolean!）必填。');
});

test.each(rootFields.filter(({ kind }) => kind !== 'Subscription'))(
  'skipped, $name does not run and is not answered',
  async ({ kind, field }) => {
    for (const [directive, x] of [
      ['skip', true],
      ['include', false],
    ] as const) {
      const { http, socket } = await answers(operationOf(kind, field, `@${directive}(if: $x)`, ''), { x });
      expect({ http, socket }).toEqual({ http: { data: {} }, socket: { data: {} } });
    }
  },
);

const depths = [1_400, 3_000];
test.each([
  ['a filter', '$v: CustomerFilter', 'filter: $v', '{"not":', '}', '{}'],
  ['a filter in lists', '$v: CustomerFilter', 'filter: $v', '{"and":[', ']}', '{}'],
  ['a filter that is lists', '$v: CustomerFilter', 'filter: $v', '[', ']', '{}'],
  ['a text that is lists', '$v: String', 'search: $v', '[', ']', '"x"'],
  ['a number that is objects', '$v: Int', 'first: $v', '{"a":', '}', '1'],
  ['an amount that is lists', '$v: Decimal', 'filter: { creditLimit: { gte: $v } }', '[', ']', '1'],
  ['an id that is lists', '$v: ID', 'filter: { id: { eq: $v } }', '[', ']', '1'],
  ['a list in lists', '$v: [CustomerOrder!]', 'orderBy: $v', '[', ']', '{}'],
])('however deep %s is, it is refused', async (_what, declared, given, open, close, inside) => {
  for (const depth of depths) {
    const { http, socket } = await answers(
      `query(${declared}) { customers(${given}) { totalCount } }`,
      `{"v":${nested(open === '{"and":[' ? depth / 2 : depth, open, close, inside)}}`,
    );
    for (const { errors } of [http, socket]) expect(codesIn(errors)).toEqual(['BAD_USER_INPUT']);
  }
});

test('variables that nobody declared may be deep', async () => {
  const { http, socket } = await answers('{ viewer { role } }', `{"v":${nested(2_000, '[', ']')}}`);
  for (const { data } of [http, socket]) expect(data).toEqual({ viewer: { role: 'MANAGER' } });
});

test('a request too deep for the limit of a body is refused as too large', async () => {
  const { status, json } = await overHttp(
    `{"query":"{ viewer { id } }","variables":{"v":${nested(100_000, '[', ']')}}}`,
  );
  expect({ status, codes: codesIn(json.errors) }).toEqual({ status: 413, codes: ['QUERY_TOO_COMPLEX'] });
});

test.each([
  ['a literal', `{ customers(filter: ${nested(900, '{not:', '}')}) { totalCount } }`],
  ['a literal of lists', `{ customers(filter: ${nested(1_900, '[', ']')}) { totalCount } }`],
  [
    'a default',
    `query($v: CustomerFilter = ${nested(900, '{not:', '}')}) { customers(filter: $v) { totalCount } }`,
  ],
  [
    'the type of a variable',
    `query($v: ${nested(1_900, '[', ']', 'Int')}) { customers(first: $v) { totalCount } }`,
  ],
])('however deep %s is, the operation is refused', async (_what, query) => {
  const { http, socket } = await answers(query, { v: 1 });
  for (const { errors } of [http, socket]) expect(errors.length).toBeGreaterThan(0);
});

test.each([
  ['an amount beyond any', { v: 1e308 }, '$v: Decimal', 'filter: { creditLimit: { gte: $v } }'],
  ['an infinite amount', '{"v":1e999}', '$v: Decimal', 'filter: { creditLimit: { gte: $v } }'],
  ['an infinite number', '{"v":1e999}', '$v: Int', 'first: $v'],
  ['a number beyond 32 bits', { v: 2 ** 53 }, '$v: Int', 'first: $v'],
  ['an infinite id', '{"v":1e999}', '$v: ID', 'filter: { id: { eq: $v } }'],
  ['a NUL', '{"v":"a\\u0000"}', '$v: String', 'search: $v'],
  ['half a character', '{"v":"\\ud800"}', '$v: String', 'filter: { name: { eq: $v } }'],
  ['half a character in a list', '{"v":["\\udc00"]}', '$v: [String!]', 'filter: { name: { in: $v } }'],
  ['a cursor that holds a NUL', '{"v":"\\u0000"}', '$v: String', 'after: $v'],
])('%s is bad input', async (_what, variables, declared, given) => {
  const { http, socket } = await answers(
    `query(${declared}) { customers(${given}) { nodes { id } } }`,
    variables,
  );
  for (const { errors } of [http, socket]) expect(codesIn(errors)).toEqual(['BAD_USER_INPUT']);
});

test('variables and operations may be called like what every object has', async () => {
  for (const name of [
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'then',
    'toJSON',
    'valueOf',
    'prototype',
  ]) {
    const query = `query ${name}($${name}: String) { customers(filter: { and: [{ name: { eq: $${name} } }] }) { totalCount } }`;
    for (const variables of ['{}', `{${JSON.stringify(name)}:"没有这家"}`]) {
      const { http, socket } = await answers(query, variables);
      for (const { data, errors } of [http, socket])
        expect({ data, errors }, `${name} ${variables}`).toEqual({ data: { customers: { totalCount: 0 } } });
    }
    const { http, socket } = await answers(query, `{${JSON.stringify(name)}:null}`);
    for (const { errors } of [http, socket]) expect(codesIn(errors)).toEqual(['BAD_USER_INPUT']);
    const first = `query($${name}: Int = 201) { customers(first: $${name}) { nodes { id } } }`;
    for (const { errors } of Object.values(await answers(first)).slice(0, 2) as Json[])
      expect(codesIn(errors)).toEqual(['BAD_USER_INPUT']);
  }
});

test.each([
  ['operationName', '{"query":"{ viewer { id } }","operationName":5}'],
  ['operationName', '{"query":"{ viewer { id } }","operationName":{"a":[]}}'],
  ['extensions', '{"query":"{ viewer { id } }","extensions":"x"}'],
  ['extensions', '{"query":"{ viewer { id } }","extensions":{"persistedQuery":5}}'],
  [
    'extensions',
    '{"query":"{ viewer { id } }","extensions":{"persistedQuery":{"version":1,"sha256Hash":{}}}}',
  ],
  ['extensions', '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":{"a":1}}}}'],
  ['extensions', '{"extensions":{"persistedQuery":{"version":"1","sha256Hash":"\\u0000"}}}'],
  ['variables', '{"query":"{ viewer { id } }","variables":[]}'],
  ['variables', '{"query":"{ viewer { id } }","variables":"{}"}'],
  ['query', '{"query":{}}'],
  ['query', '{"query":"\\u0000"}'],
  ['body', '[]'],
  ['body', 'null'],
  ['body', '5'],
  ['body', '{"constructor":{"prototype":{}},"query":"{ viewer { id } }"}'],
  ['body', '{"__proto__":{"query":"{ viewer { id } }"}}'],
])('over HTTP, %s of another type is never a fault of the server: %s', async (_what, payload) => {
  const { status, text } = await overHttp(payload);
  expect(status, text).toBeLessThan(500);
  expect(text).not.toContain('INTERNAL_SERVER_ERROR');
});

test('after all of that the subscription that was there first goes on', async () => {
  const { data, errors } = await server
    .as('MANAGER')
    .query(
      'mutation($ownerId: ID) { createCustomer(input: { name: "昆山恒力机电有限公司", kind: ORGANIZATION, ownerId: $ownerId }) { customer { id } } }',
      { ownerId: server.as('MANAGER').id },
    );
  expect(errors).toBeUndefined();
  expect(data.createCustomer.customer.id).toBeTruthy();
  let frame = await raw.hear();
  while (frame.payload?.data?.customerFileChanged.type === 'BOOKMARK') frame = await raw.hear();
  expect(frame).toMatchObject({
    type: 'next',
    id: 'bystander',
    payload: { data: { customerFileChanged: { type: 'CREATED' } } },
  });
});
