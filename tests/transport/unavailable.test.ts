import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPasswordHasher } from '../../src/core/session/password.ts';
import type { TestServer } from '../support/server.ts';
import { addContact, openFile, startWriting, type Writing } from '../support/writing.ts';
import { bearer, openSignedIn, post, send } from './wire.ts';

let writing: Writing;
let server: TestServer;
beforeAll(async () => {
  writing = await startWriting();
  server = writing.server;
});
afterAll(() => writing.close());

const create = 'mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { customer { id } } }';
const signIn = 'mutation($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }';
const password = '华东-correct-horse-42';
const answered = { code: 'UNAVAILABLE', retryAfterSeconds: 2 };

/** Has PostgreSQL refuse each row of a table with an error code, as it does for reasons of its own. */
async function whileRefused(table: string, code: string, work: () => Promise<void>): Promise<void> {
  await server.db.execute(`
    create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'could not extend file "base/1/2"' using errcode = '${code}'; end $$`);
  await server.db.execute(
    `create trigger refuse before insert on ${table} for each row execute function refuse()`,
  );
  try {
    await work();
  } finally {
    await server.db.execute('drop function refuse cascade');
  }
}

const isReady = () =>
  expect.poll(async () => (await send(`${new URL(server.url).origin}/readyz`)).status).toBe(200);

test.each(['53100', '53200', '53300', '58030', '57P03', '25006', '08006'])(
  'a write that PostgreSQL refuses with %s is 503 UNAVAILABLE over HTTP, UNAVAILABLE over the socket, and goes through later',
  async (code) => {
    const { token } = server.as('SALES');
    const input = { name: `上海${code}精密机械有限公司`, idempotencyKey: code };
    await whileRefused('customer', code, async () => {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'accept-language': 'en', ...bearer(token) },
        body: JSON.stringify({ query: create, variables: { input } }),
      });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
      const text = await response.text();
      expect(JSON.parse(text).errors[0].extensions).toEqual(answered);
      const raw = await openSignedIn(server, token);
      const overSocket = await raw.ask(create, { input });
      raw.socket.close();
      expect(overSocket.errors[0].extensions).toEqual(answered);
      expect(text + JSON.stringify(overSocket)).not.toContain('base/');
      const read = await post(server.url, { query: '{ customers { nodes { id } } }' }, bearer(token));
      expect([read.status, read.json.errors]).toEqual([200, undefined]);
    });
    await isReady();
    const { json } = await post(server.url, { query: create, variables: { input } }, bearer(token));
    expect(json.errors).toBeUndefined();
  },
);

test('a full disk keeps nobody from signing in, staying signed in and out, and still refuses every other mutation', async () => {
  const passwordHash = await createPasswordHasher().hash(password);
  await server.db.execute(sql`update employee set password_hash = ${passwordHash}`);
  const login = () =>
    post(server.url, { query: signIn, variables: { input: { email: 'sales@test.example', password } } });
  const session = (await login()).json.data.login;
  await whileRefused('customer', '53100', async () => {
    const fail = async () => {
      const variables = { input: { name: '上海满盘精密机械有限公司' } };
      const { status } = await post(server.url, { query: create, variables }, bearer(session.accessToken));
      expect(status).toBe(503);
      // The problem has been noted; for two seconds it is believed.
      const ready = await send(`${new URL(server.url).origin}/readyz`);
      expect([ready.status, JSON.parse(ready.text).reason]).toEqual([503, 'DISK_FULL']);
    };
    await fail();
    const refreshed = await post(server.url, {
      query: 'mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { accessToken } }',
      variables: { input: { refreshToken: session.refreshToken } },
    });
    expect(refreshed.json.errors).toBeUndefined();
    await fail();
    expect((await login()).json.errors).toBeUndefined();
    await fail();
    const left = await post(
      server.url,
      { query: 'mutation { logout }' },
      bearer(refreshed.json.data.refreshSession.accessToken),
    );
    expect(left.json).toEqual({ data: { logout: true } });
  });
  await isReady();
  await whileRefused('session', '53100', async () => {
    const { status, json } = await login();
    expect([status, json.errors[0].extensions]).toEqual([503, answered]);
  });
  await isReady();
});

test('a mutation of which some has happened is 200 with UNAVAILABLE, so that nobody sends it again by itself', async () => {
  const { token } = server.as('SALES');
  const ask = (query: string, variables: object) => post(server.url, { query, variables }, bearer(token));
  const both = `mutation($one: CreateCustomerInput!, $id: ID!) {
    a: createCustomer(input: $one) { customer { id } }
    b: createNeed(input: { customerId: $id, item: "一台机床" }) { need { id } } }`;
  const file = await openFile(writing, writing.owner);
  await whileRefused('need', '53300', async () => {
    const { status, headers, json } = await ask(both, {
      one: { name: '上海先成精密机械有限公司' },
      id: file.id,
    });
    expect(json).toMatchObject({ data: null, errors: [{ path: ['b'], extensions: answered }] });
    expect([status, headers.get('retry-after')]).toEqual([200, null]);
  });
  const { json } = await ask(
    '{ customers(filter: { name: { eq: "上海先成精密机械有限公司" } }) { totalCount } }',
    {},
  );
  expect(json.data.customers.totalCount).toBe(1);
});

test('what cannot be logged because the disk is full is not read, UNAVAILABLE, and the rest is answered', async () => {
  const file = await openFile(writing, writing.owner);
  await addContact(writing, file.uuid, { birthday: '1980-01-02' });
  const query = `{ customer(id: "${file.id}") { name contacts { nodes { name birthday } } } }`;
  await whileRefused('access_log', '53100', async () => {
    const { status, json, text } = await post(server.url, { query }, bearer(server.as('MANAGER').token));
    expect(status).toBe(200);
    expect(json.data.customer.contacts.nodes).toEqual([{ name: '王经理', birthday: null }]);
    expect(json.errors[0].extensions).toEqual(answered);
    expect(text).not.toContain('1980');
  });
  await isReady();
});
