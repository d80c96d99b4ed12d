import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';
import { missingId, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const ask = async (query: string, variables: object, token?: string) => {
  const response = await fetch(writing.server.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': 'en',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as Answer;
  return {
    data,
    error: errors?.[0] as { message: string; extensions: { code: string; issues?: object[] } } | undefined,
  };
};

const login = async (email: string, password: string) => {
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';
  const { data, error } = await ask(query, { input: { email, password } });
  return { token: data?.login?.accessToken as string, code: error?.extensions.code };
};
const isSignedIn = async (token: string) => (await ask('{ viewer { id } }', {}, token)).error === undefined;
const change = (token: string, currentPassword: string, newPassword: string) =>
  ask(
    'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }',
    { input: { currentPassword, newPassword } },
    token,
  );
const first = 'the first password';
const second = 'another password';

let entered = 0;
async function enter() {
  entered += 1;
  const input = { name: '赵敏', email: `own-${entered}@test.example`, role: 'SALES', password: first };
  const { payload } = await writing.admin.write('createEmployee', input, '{ employee { id } }');
  return { id: payload.employee.id as string, email: input.email };
}

test('who changes their password stays signed in there, and nowhere else', async () => {
  const { email } = await enter();
  const [here, elsewhere] = [await login(email, first), await login(email, first)];
  const socket = connectSocket(writing.server.socketUrl, elsewhere.token);
  await socket.query('{ viewer { id } }');
  expect((await change(here.token, first, second)).data).toEqual({ changePassword: true });
  expect(await socket.closed).toBe(4403);
  expect([await isSignedIn(here.token), await isSignedIn(elsewhere.token)]).toEqual([true, false]);
  expect([(await login(email, first)).code, (await login(email, second)).code]).toEqual([
    'UNAUTHENTICATED',
    undefined,
  ]);
});

test('a wrong current password or a new one that is too short changes nothing', async () => {
  const { email } = await enter();
  const { token } = await login(email, first);
  const wrong = await change(token, 'not this one', second);
  expect(wrong.error?.extensions.issues).toMatchObject([
    { path: ['input', 'currentPassword'], code: 'WRONG_PASSWORD' },
  ]);
  const short = await change(token, first, 'short');
  expect(short.error?.extensions.issues).toMatchObject([
    { path: ['input', 'newPassword'], code: 'PASSWORD_LENGTH' },
  ]);
  expect((await login(email, first)).code).toBeUndefined();
});

test('guessing the current password is limited like signing in', async () => {
  const { email } = await enter();
  const { token } = await login(email, first);
  const codes = [];
  for (let i = 0; i < 11; i += 1)
    codes.push((await change(token, `guess ${i}`, second)).error?.extensions.code);
  expect(codes).toEqual([...Array(10).fill('BAD_USER_INPUT'), 'RATE_LIMITED']);
});

test('signing out everywhere ends every session of one’s own, and no other', async () => {
  const [{ email }, other] = [await enter(), await enter()];
  const tokens = [
    (await login(email, first)).token,
    (await login(email, first)).token,
    (await login(other.email, first)).token,
  ];
  expect((await ask('mutation { signOutEverywhere }', {}, tokens[0])).data).toEqual({
    signOutEverywhere: true,
  });
  expect(await Promise.all(tokens.map(isSignedIn))).toEqual([false, false, true]);
});

test('an administrator resets a password: every session ends, and failed attempts are forgiven', async () => {
  const { id, email } = await enter();
  const { token } = await login(email, first);
  for (let i = 0; i < 10; i += 1) await login(email, `guess ${i}`);
  expect((await login(email, first)).code).toBe('RATE_LIMITED');
  const reset = await writing.admin.write('resetPassword', { id, password: second }, '{ employee { id } }');
  expect(reset.payload).toEqual({ employee: { id } });
  expect(await isSignedIn(token)).toBe(false);
  expect((await login(email, second)).code).toBeUndefined();
});

test('a password is reset by administrators, of others, and with all violations named', async () => {
  const { id } = await enter();
  const reset = async (by: 'admin' | 'manager', input: object) =>
    (await writing[by].write('resetPassword', { id, password: second, ...input }, '{ employee { id } }'))
      .errors?.[0];
  expect((await reset('manager', {}))?.extensions.code).toBe('FORBIDDEN');
  expect((await reset('admin', { id: writing.admin.id }))?.extensions.code).toBe('FORBIDDEN');
  expect((await reset('admin', { id: missingId('emp') }))?.extensions.code).toBe('NOT_FOUND');
  expect((await reset('admin', { id: 'x', password: 'short' }))?.extensions.issues).toHaveLength(2);
});

test('an administrator’s reset wins over a change and over sign-ins that were under way', async () => {
  const { id, email } = await enter();
  const { token } = await login(email, first);
  const signIns = Array.from({ length: 6 }, () => login(email, first));
  const changes = [change(token, first, 'set by the session that is ended')];
  const reset = writing.admin.write('resetPassword', { id, password: second }, '{ employee { id } }');
  const tokens = (await Promise.all(signIns)).map((signedIn) => signedIn.token).filter(Boolean);
  await Promise.all([...changes, reset]);
  expect(await Promise.all(tokens.map(isSignedIn))).toEqual(tokens.map(() => false));
  expect((await login(email, second)).code).toBeUndefined();
  expect((await login(email, 'set by the session that is ended')).code).toBe('UNAUTHENTICATED');
});
