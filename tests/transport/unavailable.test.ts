import { afterAll, beforeAll, expect, test } from 'vitest';
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
        headers: { 'content-type': 'application/json', ...bearer(token) },
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
