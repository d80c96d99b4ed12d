import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { promisify } from 'node:util';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { projectFolder } from '../conventions/sources.ts';
import { buildServer } from '../faults/instance.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket, type SocketClient } from '../support/socket.ts';

let database: TestDatabase;
let server: TestServer;
let socket: SocketClient;
beforeAll(async () => {
  await buildServer();
  database = await createTestDatabase();
  server = await startTestServer({ database });
  socket = connectSocket(server.socketUrl, server.as('SALES').token);
});
afterAll(async () => {
  await socket.close();
  await server.close();
});

/** What `npm run renew-epoch` runs, with the settings an operator gives. */
const renewEpoch = (settings: Record<string, string>) =>
  promisify(execFile)(process.execPath, ['dist/cli/renew-epoch.js'], {
    cwd: projectFolder,
    env: { PATH: process.env.PATH, TOKEN_SIGNING_KEY: signingKey, ...settings },
  });
const signingKey = generateKeyPairSync('ed25519')
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

const currentCursor = async (): Promise<string> =>
  (await server.as('SALES').query('{ customers { changesCursor } }')).data.customers.changesCursor;

const poll = async (after: string) => {
  const { data, errors } = await server
    .as('SALES')
    .query('query ($after: String!) { customerFileEvents(after: $after) { nodes { cursor type } } }', {
      after,
    });
  return { nodes: data?.customerFileEvents?.nodes ?? [], code: errors?.[0]?.extensions.code };
};

const subscribe = (after: string) =>
  socket.subscribe('subscription ($after: String!) { customerFileChanged(after: $after) { type } }', {
    after,
  });
const codeOf = (errors: unknown) =>
  (errors as { extensions: { code: string } }[] | undefined)?.[0]?.extensions.code;

const epoch = async () => {
  const [row] = await database.client<{ epoch: string }[]>`select epoch from stream_head`;
  return row?.epoch;
};

test('after `npm run renew-epoch` every cursor from before has expired, and new ones work', async () => {
  const atList = await currentCursor();
  const [file] = await server.db
    .insert(customer)
    .values({ name: '苏州精密机械有限公司', ownerId: server.as('SALES').uuid })
    .returning();
  const open = subscribe(atList);
  expect((await open.next()).data.customerFileChanged).toEqual({ type: 'CREATED' });
  const [event] = (await poll(atList)).nodes;
  const before = await epoch();

  const { stdout } = await renewEpoch({
    DATABASE_URL: database.apiUrl,
    MIGRATION_DATABASE_URL: database.url,
  });
  expect(await epoch()).not.toBe(before);
  expect(stdout).toContain(await epoch());

  // Who listens is told without asking.
  expect(codeOf(await open.ended)).toBe('CURSOR_EXPIRED');
  for (const old of [atList, event.cursor]) {
    expect((await poll(old)).code).toBe('CURSOR_EXPIRED');
    const refused = subscribe(old);
    expect(codeOf(await Promise.race([refused.ended, refused.next().then(({ errors }) => errors)]))).toBe(
      'CURSOR_EXPIRED',
    );
  }

  const fresh = await currentCursor();
  const resumed = subscribe(fresh);
  await server.db
    .update(customer)
    .set({ city: '苏州市' })
    .where(eq(customer.id, file?.id ?? ''));
  expect((await resumed.next()).data.customerFileChanged).toEqual({ type: 'UPDATED' });
  expect((await poll(fresh)).nodes).toEqual([{ cursor: expect.any(String), type: 'UPDATED' }]);
});

test('the role that serves the API cannot renew the epoch', async () => {
  const before = await epoch();
  await expect(renewEpoch({ DATABASE_URL: database.apiUrl })).rejects.toMatchObject({ code: 1 });
  expect(await epoch()).toBe(before);
});
