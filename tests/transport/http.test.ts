import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bearer, post, send } from './wire.ts';

const friend = 'https://crm.example';

let server: TestServer;
let authorization: { authorization: string };
beforeAll(async () => {
  server = await startTestServer({ config: { allowedOrigins: [friend] } });
  authorization = bearer(server.as('MANAGER').token);
});
afterAll(() => server.close());

const codes = (json: { errors?: { extensions: { code: string } }[] }) =>
  json.errors?.map(({ extensions }) => extensions.code);

const asked = { query: '{ viewer { name } }' };

test('a body over the limit is refused with 413, in the shape of a GraphQL answer', async () => {
  const { status, json } = await post(server.url, { query: `{ viewer { name } } #${'x'.repeat(102_400)}` });
  expect([status, codes(json)]).toEqual([413, ['QUERY_TOO_COMPLEX']]);
});

test.each([
  ['plain text', 'text/plain', 400],
  ['a form', 'application/x-www-form-urlencoded', 415],
  ['an upload', 'multipart/form-data; boundary=x', 415],
  ['XML', 'application/xml', 415],
])('%s is no GraphQL request', async (_what, contentType, expected) => {
  const { status, json } = await post(server.url, asked, { 'content-type': contentType, ...authorization });
  expect([status, codes(json)]).toEqual([expected, ['BAD_REQUEST']]);
});

test.each([
  ['malformed JSON', '{"query":'],
  ['nothing', ''],
  ['a JSON text', '"{ viewer { name } }"'],
  ['a batch', JSON.stringify([asked, asked])],
  ['no query', '{}'],
  ['a query that is no text', '{"query":{"kind":"Document"}}'],
])('%s is refused with 400', async (_what, body) => {
  const { status, json } = await post(server.url, body, authorization);
  expect([status, codes(json)]).toEqual([400, ['BAD_REQUEST']]);
});

test.each([
  '{"query":"{ viewer { role } }","__proto__":{"variables":{"x":1},"query":"{ nothing }","polluted":1}}',
  '{"query":"query($__proto__: Int) { viewer { role } }","variables":{"__proto__":{"polluted":1}}}',
])('a key called __proto__ is a key like any other, and pollutes nothing: %s', async (body) => {
  await post(server.url, body, authorization);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  const { json } = await post(
    server.url,
    '{"query":"{ viewer { role } }","__proto__":{"query":"{ no }"}}',
    authorization,
  );
  expect(json).toEqual({ data: { viewer: { role: 'MANAGER' } } });
});

test('queries may come by GET, mutations may not', async () => {
  const url = (query: string) => `${server.url}?query=${encodeURIComponent(query)}`;
  const read = await send(url('{ viewer { role } }'), { headers: authorization });
  expect(read.json.data.viewer.role).toBe('MANAGER');
  const write = await send(url('mutation { logout }'), { headers: authorization });
  expect([write.status, codes(write.json), write.headers.get('allow')]).toEqual([
    405,
    ['BAD_REQUEST'],
    'POST',
  ]);
  expect((await send(url('{ viewer { role } }'), { headers: authorization })).json.errors).toBeUndefined();
});

test('a subscription over HTTP is refused before anything of it runs', async () => {
  server.statements.length = 0;
  const { json } = await post(
    server.url,
    { query: 'subscription { customerFileChanged { cursor } }' },
    authorization,
  );
  expect(json.data).toBeUndefined();
  expect(json.errors[0].message).toContain('WebSocket');
  expect(server.statements).toHaveLength(1);
});

test('an unknown address is 404 and does not repeat itself', async () => {
  const { status, json, text } = await send(
    server.url.replace('graphql', 'secret-13800138000?phone=13800138000'),
  );
  expect([status, codes(json)]).toEqual([404, ['NOT_FOUND']]);
  expect(text).not.toContain('13800138000');
});

test('other methods are not routed', async () => {
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    expect((await send(server.url, { method })).status).toBe(404);
  }
});

test('an allowed origin may call from a browser and read the request id', async () => {
  const preflight = await send(server.url, {
    method: 'OPTIONS',
    headers: {
      origin: friend,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization, content-type',
    },
  });
  expect(preflight.headers.get('access-control-allow-origin')).toBe(friend);
  expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
  const { headers } = await post(server.url, asked, { origin: friend, ...authorization });
  expect(headers.get('access-control-allow-origin')).toBe(friend);
  expect(headers.get('access-control-expose-headers')).toContain('x-request-id');
});

test('a foreign origin is allowed nothing, and no origin may send cookies', async () => {
  for (const origin of ['https://evil.example', 'https://crm.example.evil.example', 'null']) {
    const preflight = await send(server.url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    expect((await post(server.url, asked, { origin })).headers.get('access-control-allow-origin')).toBeNull();
  }
  const { headers } = await post(server.url, asked, { origin: friend });
  expect(headers.get('access-control-allow-credentials')).toBeNull();
});

test('a request keeps the id its caller gave it, unless that is no plain id', async () => {
  const kept = await post(server.url, asked, { 'x-request-id': 'dashboard-0001' });
  expect(kept.headers.get('x-request-id')).toBe('dashboard-0001');
  for (const id of ['short', 'x'.repeat(65), 'injected"}{"level":60']) {
    const { headers } = await post(server.url, asked, { 'x-request-id': id });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }
});
