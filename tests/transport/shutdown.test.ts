import { once } from 'node:events';
import { connect } from 'node:net';
import postgres from 'postgres';
import { expect, inject, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bearer, openRaw, openSignedIn, post, refusedUpgrade, send } from './wire.ts';

/** Keeps `needs` waiting until it is let go. */
async function holdNeeds(server: TestServer) {
  const [row] = await server.db.execute<{ name: string }>('select current_database() as name');
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${row?.name}`;
  const blocker = postgres(url.href, { max: 1 });
  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const locked = new Promise<void>((resolve, reject) => {
    blocker
      .begin(async (tx) => {
        await tx`lock table need in access exclusive mode`;
        resolve();
        await held;
      })
      .then(() => blocker.end(), reject);
  });
  await locked;
  return letGo;
}

const isWaiting = async (server: TestServer) => {
  const rows = await server.db.execute(
    `select from pg_locks where not granted and relation = 'need'::regclass and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows.length > 0;
};

test('a stop finishes the request under way, sends sockets elsewhere with 1001, and lets nobody in', async () => {
  const server = await startTestServer();
  const { origin, port, hostname } = new URL(server.url);
  const letGo = await holdNeeds(server);
  const raw = await openSignedIn(server, server.as('SALES').token);
  const waiting = post(
    server.url,
    { query: '{ needs(first: 1) { totalCount } }' },
    bearer(server.as('SALES').token),
  );
  await expect.poll(() => isWaiting(server)).toBe(true);

  const stopped = server.close();
  expect(await raw.closed).toEqual({ code: 1001, reason: 'Going away' });
  await expect(once(connect(Number(port), hostname), 'connect')).rejects.toThrow('ECONNREFUSED');
  await expect(send(`${origin}/healthz`)).rejects.toThrow();

  letGo();
  expect((await waiting).json.data.needs.totalCount).toBe(0);
  await stopped;
});

test('a client that does not answer the goodbye, and a request that does not end, are cut off: a stop takes 10 s at most', async () => {
  const server = await startTestServer({ socketBounds: { drainTimeoutMs: 500 } });
  const letGo = await holdNeeds(server);
  const deaf = await openSignedIn(server, server.as('SALES').token);
  (deaf.socket as unknown as { _socket: { pause: () => void } })._socket.pause();
  const waiting = post(
    server.url,
    { query: '{ needs(first: 1) { totalCount } }' },
    bearer(server.as('SALES').token),
  );
  const cut = expect(waiting).rejects.toThrow();
  await expect.poll(() => isWaiting(server)).toBe(true);
  const since = performance.now();
  const stopped = server.close();
  await cut;
  letGo();
  await stopped;
  expect(performance.now() - since).toBeLessThan(10_000);
  deaf.socket.terminate();
});

test('while sockets are sent away, new ones are refused', async () => {
  const server = await startTestServer({ socketBounds: { drainTimeoutMs: 500 } });
  const deaf = await openRaw(server.socketUrl);
  (deaf.socket as unknown as { _socket: { pause: () => void } })._socket.pause();
  const stopped = server.close();
  const outcome = await Promise.race([
    refusedUpgrade(server.socketUrl),
    openRaw(server.socketUrl).then(
      () => 'opened',
      () => 'refused',
    ),
  ]);
  expect(outcome).not.toBe('opened');
  await stopped;
  deaf.socket.terminate();
});
