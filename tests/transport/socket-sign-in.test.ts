import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';
import { bearer, openRaw, openSignedIn, post } from './wire.ts';

/** Tokens are counted in whole seconds, so theirs lasts between two and three. */
const tokenLifeMs = 3_000;

let server: TestServer;
let shortLived: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  shortLived = await startTestServer({ config: { accessTokenTtlMs: tokenLifeMs } });
});
afterAll(async () => {
  await server.close();
  await shortLived.close();
});

const openAs = (name: StaffName) => openSignedIn(server, server.as(name).token);

test.each([
  ['no payload', undefined],
  ['no token', {}],
  ['a token that is none', bearer('nonsense')],
  ['a token without its scheme', { authorization: 'x' }],
  ['a token of another kind', { authorization: { bearer: true } }],
])('%s is refused with 4403', async (_what, payload) => {
  const raw = await openRaw(server.socketUrl);
  raw.say({ type: 'connection_init', payload });
  expect((await raw.closed).code).toBe(4403);
});

test('a token of another server, or one changed by a letter, is refused with 4403', async () => {
  const { token } = server.as('SALES');
  const other = token.endsWith('A') ? 'B' : 'A';
  for (const forged of [shortLived.as('SALES').token, `${token.slice(0, -10)}${other}${token.slice(-9)}`]) {
    const raw = await openRaw(server.socketUrl);
    raw.say({ type: 'connection_init', payload: bearer(forged) });
    expect((await raw.closed).code).toBe(4403);
  }
});

test('a socket closes with 4403 when its token expires, and not before', async () => {
  const raw = await openSignedIn(shortLived, shortLived.as('SALES').token);
  expect((await raw.ask('{ viewer { role } }')).data.viewer.role).toBe('SALES');
  expect(await raw.closed).toEqual({ code: 4403, reason: 'Token expired' });
});

test('the sockets of an employee close with 4403 at the sign-out, though they say nothing', async () => {
  const leaving = [await openAs('FINANCE'), await openAs('FINANCE')];
  const staying = await openAs('SALES');
  expect((await server.as('FINANCE').query('mutation { logout }')).data.logout).toBe(true);
  for (const raw of leaving) expect((await raw.closed).code).toBe(4403);
  expect((await staying.ask('{ viewer { role } }')).data.viewer.role).toBe('SALES');
  staying.socket.close();

  const again = await openRaw(server.socketUrl);
  again.say({ type: 'connection_init', payload: bearer(server.as('FINANCE').token) });
  expect((await again.closed).code).toBe(4403);
});

test('a sign-out may come over the socket itself', async () => {
  const raw = await openAs('ADMIN');
  raw.say({ type: 'subscribe', id: '1', payload: { query: 'mutation { logout }' } });
  expect((await raw.closed).code).toBe(4403);
});

test('the socket of a disabled employee closes with 4403 though it says nothing, and HTTP is shut at once', async () => {
  const raw = await openAs('MARKETING');
  const { uuid, token } = server.as('MARKETING');
  await server.db.execute(sql`update employee set disabled_at = now() where id = ${uuid}`);
  expect((await raw.closed).code).toBe(4403);
  const { json } = await post(server.url, { query: '{ viewer { name } }' }, bearer(token));
  expect(json.errors[0].extensions.code).toBe('UNAUTHENTICATED');
});

test('an operation on a socket whose session has just ended finds nobody signed in', async () => {
  const raw = await openAs('ANALYST');
  // No notification: the operation itself looks again.
  await server.db.execute(
    sql`update session set ended_at = now(), end_reason = 'LOGOUT' where employee_id = ${server.as('ANALYST').uuid}`,
  );
  raw.say({ type: 'subscribe', id: '1', payload: { query: '{ viewer { name } }' } });
  expect((await raw.closed).code).toBe(4403);
});
