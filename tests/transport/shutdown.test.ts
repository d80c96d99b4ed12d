import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startTestServer } from '../support/server.ts';
import { holdNeeds, isWaiting } from './held-needs.ts';
import { bearer, openRaw, openSignedIn, post, refusedUpgrade, send } from './wire.ts';

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
