import { afterAll, beforeAll, expect, test } from 'vitest';
import { countSockets } from '../support/gauges.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bearer, openRaw, openSignedIn, type RawSocket } from './wire.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    socketBounds: { keepAliveMs: 1_000, messagesPerSecond: 30, operations: 5, socketsPerEmployee: 3 },
  });
});
afterAll(() => server.close());

const open = () => openSignedIn(server, server.as('SALES').token);
const leave = async (...sockets: RawSocket[]) => {
  for (const { socket, closed } of sockets) {
    socket.close();
    await closed;
  }
};

test('an employee has so many sockets and no more, and a closed one makes room', async () => {
  const held = [await open(), await open(), await open()];
  const extra = await openRaw(server.socketUrl);
  extra.say({ type: 'connection_init', payload: bearer(server.as('SALES').token) });
  expect(await extra.closed).toEqual({ code: 4429, reason: 'Too many sockets' });
  const colleague = await openSignedIn(server, server.as('SALES_2').token);
  await leave(colleague, held.pop() as RawSocket);
  await leave(...held, await open());
});

test('a socket that is gone before its token is checked takes nobody’s place', async () => {
  for (let i = 0; i < 10; i += 1) {
    const raw = await openRaw(server.socketUrl);
    raw.say({ type: 'connection_init', payload: bearer(server.as('MANAGER').token) });
    raw.socket.terminate();
    await raw.closed;
  }
  const held = [];
  for (let i = 0; i < 3; i += 1) held.push(await openSignedIn(server, server.as('MANAGER').token));
  await leave(...held);
});

test('a socket runs so many operations at once and no more', async () => {
  const raw = await open();
  const payload = { query: 'subscription { customerFileChanged { cursor } }' };
  for (let i = 0; i < 6; i += 1) raw.say({ type: 'subscribe', id: String(i), payload });
  expect(await raw.closed).toEqual({ code: 4429, reason: 'Too many operations' });
});

test.each([
  [
    'subscriptions that end at once',
    (i: number) => [
      { type: 'subscribe', id: String(i), payload: { query: '{ x }' } },
      { type: 'complete', id: String(i) },
    ],
  ],
  ['pings', () => [{ type: 'ping' }]],
])('a flood of %s closes with 4429', async (_what, messages) => {
  const raw = await open();
  for (let i = 0; i < 60; i += 1) for (const message of messages(i)) raw.say(message);
  expect(await raw.closed).toEqual({ code: 4429, reason: 'Too many messages' });
});

test('a client that no longer answers is ended by the keep-alive, one that does is kept', async () => {
  const alive = await open();
  const dead = await open();
  // The socket stays open, but nothing is read or answered any more: a cable was pulled.
  dead.socket.pause();
  (dead.socket as unknown as { _socket: { pause: () => void } })._socket.pause();
  await expect.poll(() => countSockets(server), { interval: 100 }).toBe(1);
  expect((await alive.ask('{ viewer { role } }')).data.viewer.role).toBe('SALES');
  dead.socket.terminate();
  await leave(alive);
});
