import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bearer, openRaw, openSignedIn, refusedUpgrade, send } from './wire.ts';

const friend = 'https://crm.example';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    config: { allowedOrigins: [friend] },
    socketBounds: { initTimeoutMs: 200 },
  });
});
afterAll(() => server.close());

const subscribe = (id: string, query: string) => ({ type: 'subscribe', id, payload: { query } });
const open = () => openSignedIn(server, server.as('SALES').token);

/** What a signed-in client of another role is told. */
const refusalOf = async (query: string) => {
  const raw = await openSignedIn(server, server.as('MARKETING').token);
  const answer = await raw.ask(query);
  raw.socket.close();
  return answer;
};

test('a client that does not introduce itself is sent away with 4408', async () => {
  const raw = await openRaw(server.socketUrl);
  expect(await raw.closed).toMatchObject({ code: 4408 });
});

test('a second introduction closes with 4429', async () => {
  const raw = await open();
  raw.say({ type: 'connection_init', payload: bearer(server.as('SALES').token) });
  expect(await raw.closed).toMatchObject({ code: 4429 });
});

test('subscribing before the acknowledgement closes with 4401', async () => {
  const raw = await openRaw(server.socketUrl);
  raw.say(subscribe('1', '{ viewer { name } }'));
  expect(await raw.closed).toMatchObject({ code: 4401 });
});

test.each([
  ['a type nobody knows', '{"type":"start"}'],
  ['no JSON', 'hello'],
  ['a list', '[]'],
  ['a subscription without a query', '{"type":"subscribe","id":"1","payload":{}}'],
  ['a subscription without an id', '{"type":"subscribe","payload":{"query":"{ viewer { name } }"}}'],
  [
    'variables that are no object',
    '{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":"x"}}',
  ],
])('%s closes with 4400', async (_what, message) => {
  const raw = await open();
  raw.say(message);
  expect(await raw.closed).toMatchObject({ code: 4400 });
});

test('an id in use closes with 4409', async () => {
  const raw = await open();
  const query = 'subscription { customerFileChanged { cursor } }';
  raw.say(subscribe('same', query));
  raw.say(subscribe('same', query));
  expect(await raw.closed).toMatchObject({ code: 4409 });
});

test('an id may be used again once its operation is over', async () => {
  const raw = await open();
  for (const _ of [1, 2]) {
    raw.say(subscribe('again', '{ viewer { role } }'));
    expect(await raw.hear()).toMatchObject({
      type: 'next',
      payload: { data: { viewer: { role: 'SALES' } } },
    });
    expect(await raw.hear()).toEqual({ id: 'again', type: 'complete' });
  }
  raw.socket.close();
});

test('a frame over the limit closes with 1009, and nobody else notices', async () => {
  const bystander = await open();
  const raw = await open();
  raw.say(subscribe('1', `{ viewer { name } } #${'x'.repeat(65_536)}`));
  expect(await raw.closed).toMatchObject({ code: 1009 });
  expect((await bystander.ask('{ viewer { role } }')).data.viewer.role).toBe('SALES');
  bystander.socket.close();
});

test('another subprotocol, or none, is not carried', async () => {
  const old = new WebSocket(server.socketUrl, 'graphql-ws');
  const [error] = await once(old, 'error');
  expect(String(error)).toContain('subprotocol');
  const none = new WebSocket(server.socketUrl);
  expect((await once(none, 'close'))[0]).toBe(4406);
});

test('a page of a foreign origin is refused with 403 before anything is said', async () => {
  for (const origin of ['https://evil.example', 'https://crm.example.evil.example', 'null', 'nonsense']) {
    expect(await refusedUpgrade(server.socketUrl, { headers: { origin } })).toBe(403);
  }
});

test('allowed origins, the own one, and clients that are no browsers may connect', async () => {
  const own = new URL(server.url).origin;
  for (const headers of [{ origin: friend }, { origin: own }, undefined]) {
    const raw = await openRaw(server.socketUrl, headers && { headers });
    raw.socket.close();
    await raw.closed;
  }
});

test('sockets live at one address only', async () => {
  for (const path of ['/', '/graphql/', '/graphqlx', '/playground']) {
    expect(await refusedUpgrade(server.socketUrl.replace('/graphql', path))).toBe(404);
  }
});

test('a malformed upgrade, or a peer that resets its own, harms nobody', async () => {
  const { hostname, port, origin } = new URL(server.url);
  const upgrade = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
  for (const path of ['//', '/graphql?\u0001', '*', 'http://[', '/%']) {
    const peer = connect(Number(port), hostname);
    peer.on('error', () => {});
    peer.resume();
    peer.end(upgrade(path));
    await once(peer, 'close');
  }
  for (const path of ['/elsewhere', '/graphql']) {
    const peer = connect(Number(port), hostname);
    await once(peer, 'connect');
    peer.write(upgrade(path), () => peer.resetAndDestroy());
    await once(peer, 'close');
  }
  expect((await send(`${origin}/healthz`)).status).toBe(200);
});

test('a ping is answered with a pong that carries the same', async () => {
  const raw = await open();
  raw.say({ type: 'ping', payload: { at: 1 } });
  expect(await raw.hear()).toEqual({ type: 'pong', payload: { at: 1 } });
  raw.socket.close();
});

test('queries and mutations over the socket obey the policy as over HTTP, and errors look the same', async () => {
  for (const query of [
    'mutation { assignCustomer(input: { id: "cus_01j0b3v1mmeedtx9cpdgkfhbcg", ownerId: "emp_01j0b3v1mmeedtx9cpdgkfhbcg" }) { customer { id } } }',
    'mutation { updateCustomer(input: { id: "x", expectedVersion: 1 }) { customer { id } } }',
    '{ contacts(filter: { phone: { eq: "1" } }) { totalCount } }',
    '{ node(id: "cus_x") { id } }',
    '{ customers(first: 201) { totalCount } }',
    '{ viewer { nothing } }',
    '{ viewer {',
  ]) {
    const { data, errors } = await server.as('MARKETING').query(query);
    expect(errors?.length).toBeGreaterThan(0);
    const socket = await refusalOf(query);
    expect({ data: socket.data, errors: socket.errors }).toEqual({ data, errors });
  }
});

test('a subscription that is not allowed is refused with an error, and nothing opens', async () => {
  const { errors, data } = await refusalOf(
    `subscription { customerFileChanged(customerId: "emp_01j0b3v1mmeedtx9cpdgkfhbcg") { cursor } }`,
  );
  expect(data ?? null).toBeNull();
  expect(errors[0].extensions.code).toBe('BAD_USER_INPUT');
});
