import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPasswordHasher } from '../../src/core/session/password.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bearer, type Json, post } from './wire.ts';

const password = '华东-correct-horse-42';

let server: TestServer;
let behindProxy: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  behindProxy = await startTestServer({ config: { trustProxy: 1 } });
  const passwordHash = await createPasswordHasher().hash(password);
  for (const { db } of [server, behindProxy])
    await db.execute(sql`update employee set password_hash = ${passwordHash}`);
});
afterAll(async () => {
  await server.close();
  await behindProxy.close();
});

const login =
  'mutation($input: LoginInput!) { login(input: $input) { accessToken refreshToken expiresAt viewer { id email role team { name } } } }';
const refresh =
  'mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { accessToken refreshToken viewer { role } } }';
const whoAmI = '{ viewer { role email } }';

interface From {
  to?: TestServer;
  forwardedFor?: string;
}

const signIn = async (
  email: string,
  given = password,
  { to = server, forwardedFor }: From = {},
): Promise<Json> =>
  (
    await post(
      to.url,
      { query: login, variables: { input: { email, password: given } } },
      forwardedFor ? { 'x-forwarded-for': forwardedFor } : {},
    )
  ).json;

const ask = async (query: string, token: string, variables?: object): Promise<Json> =>
  (await post(server.url, { query, variables }, bearer(token))).json;

const codeOf = (json: Json): string => json.errors[0].extensions.code;

/** Statements of `work` without those of the driver. */
const counted = async (work: () => Promise<unknown>): Promise<number> => {
  server.statements.length = 0;
  await work();
  return server.statements.length;
};

test('who signs in gets tokens and sees themselves in the same answer', async () => {
  const { data, errors } = await signIn('Sales@Test.example');
  expect(errors).toBeUndefined();
  expect(data.login.viewer).toMatchObject({
    id: server.as('SALES').id,
    email: 'sales@test.example',
    role: 'SALES',
  });
  expect(Date.parse(data.login.expiresAt)).toBeGreaterThan(Date.now());
  expect((await ask(whoAmI, data.login.accessToken)).data.viewer.role).toBe('SALES');
});

test('a wrong password and an unknown account get the same answer for the same work', async () => {
  let wrong: Json;
  let unknown: Json;
  const forWrong = await counted(
    async () => (wrong = await signIn('finance@test.example', 'not the password')),
  );
  const forUnknown = await counted(
    async () => (unknown = await signIn('nobody@test.example', 'not the password')),
  );
  expect(wrong).toEqual(unknown);
  expect(codeOf(wrong)).toBe('UNAUTHENTICATED');
  expect(forWrong).toBe(forUnknown);
});

test('a refresh token works once; its second use by another ends the session with all its tokens', async () => {
  const first = (await signIn('manager@test.example')).data.login;
  const renew = (refreshToken: string) =>
    post(server.url, { query: refresh, variables: { input: { refreshToken } } });
  const second = (await renew(first.refreshToken)).json.data.refreshSession;
  expect(second.viewer.role).toBe('MANAGER');
  const third = (await renew(second.refreshToken)).json.data.refreshSession;
  expect(codeOf((await renew(first.refreshToken)).json)).toBe('UNAUTHENTICATED');
  expect(codeOf((await renew(third.refreshToken)).json)).toBe('UNAUTHENTICATED');
  expect(codeOf(await ask(whoAmI, third.accessToken))).toBe('UNAUTHENTICATED');
});

test('a sign-out ends that session at once and no other', async () => {
  const here = (await signIn('admin@test.example')).data.login;
  const there = (await signIn('admin@test.example')).data.login;
  expect((await ask('mutation { logout }', here.accessToken)).data.logout).toBe(true);
  expect(codeOf(await ask(whoAmI, here.accessToken))).toBe('UNAUTHENTICATED');
  expect((await ask(whoAmI, there.accessToken)).data.viewer.role).toBe('ADMIN');
});

test('statements are few and fixed: 8 to sign in and see oneself, 1 to authenticate the viewer', async () => {
  const { accessToken } = (await signIn('analyst@test.example')).data.login;
  expect(await counted(() => signIn('analyst@test.example'))).toBe(8);
  expect(await counted(() => ask('{ __typename }', accessToken))).toBe(1);
  expect(await counted(() => ask(whoAmI, accessToken))).toBe(2);
  expect(await counted(() => ask('mutation { logout }', accessToken))).toBe(2);
  expect(await counted(() => post(server.url, { query: '{ __typename }' }))).toBe(0);
});

test('the role counts as it is in the database, not as it was at the sign-in', async () => {
  const { accessToken } = (await signIn('data_steward@test.example')).data.login;
  await server.db.execute(
    sql`update employee set role = 'MARKETING' where email = 'data_steward@test.example'`,
  );
  expect((await ask(whoAmI, accessToken)).data.viewer.role).toBe('MARKETING');
});

test('after ten failures an account is closed for a while, also for the right password', async () => {
  const email = 'marketing@test.example';
  for (let i = 0; i < 10; i += 1) expect(codeOf(await signIn(email, 'guess'))).toBe('UNAUTHENTICATED');
  const { errors } = await signIn(email);
  expect(errors[0].extensions).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
  expect(errors[0].extensions.retryAfterSeconds).toBeLessThanOrEqual(900);
  expect((await signIn('customer_service@test.example')).errors).toBeUndefined();
});

/** Uses up what one address may fail, from the beginning: 100 attempts, a few at a time, so that none is turned away unjudged. */
async function exhaust(to: TestServer, forwardedFor: (attempt: number) => string): Promise<void> {
  await to.db.execute('truncate sign_in_attempt');
  for (let i = 0; i < 100; i += 5) {
    const batch = Array.from({ length: 5 }, (_, j) => {
      const email = `guess${i + j}@x.example`;
      return signIn(email, 'x', { to, forwardedFor: forwardedFor(i + j) });
    });
    for (const answer of await Promise.all(batch)) expect(codeOf(answer)).toBe('UNAUTHENTICATED');
  }
}

test('behind one trusted proxy the address it reports counts, and what a client claims before it does not', async () => {
  const to = behindProxy;
  await exhaust(to, () => '198.51.100.1');
  const from = (forwardedFor: string) => signIn('sales@test.example', password, { to, forwardedFor });
  expect(codeOf(await from('198.51.100.1'))).toBe('RATE_LIMITED');
  expect(codeOf(await from('203.0.113.77, 198.51.100.1'))).toBe('RATE_LIMITED');
  expect((await from('198.51.100.2')).errors).toBeUndefined();
}, 240_000);

test('without a trusted proxy X-Forwarded-For buys no new address', async () => {
  await exhaust(server, (attempt) => `198.51.100.${attempt}`);
  const answer = await signIn('sales@test.example', password, { forwardedFor: '203.0.113.9' });
  expect(codeOf(answer)).toBe('RATE_LIMITED');
}, 240_000);
