import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectSocket } from '../support/socket.ts';
import { temporaryFolder } from './held-database.ts';
import { type OwnDatabaseServer, type Reply, startOnOwnDatabase } from './own-database.ts';

const folder = temporaryFolder();
let server: OwnDatabaseServer;
beforeAll(async () => {
  server = await startOnOwnDatabase(folder.path);
});
afterAll(async () => {
  await server?.close();
  folder.remove();
});

const expectUnavailable = ({ status, retryAfter, errors, data }: Reply) => {
  expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '2' });
  expect(errors?.[0]?.extensions).toEqual({ code: 'UNAVAILABLE', retryAfterSeconds: 2 });
  expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
};

/** Kills PostgreSQL and has its port taken, so that it stays away for as long as `work` takes. */
async function whileKilled(work: () => Promise<void>): Promise<void> {
  const rivals: Server = createServer((socket) => socket.destroy());
  const pid = server.postmaster();
  process.kill(pid, 'SIGKILL');
  for (;;) {
    rivals.listen(server.port(), '127.0.0.1');
    const isTaken = await Promise.race([
      once(rivals, 'listening').then(() => true),
      once(rivals, 'error').then(() => false),
    ]).catch(() => false);
    if (isTaken) break;
  }
  try {
    await work();
  } finally {
    await new Promise((resolve) => rivals.close(resolve));
  }
}

const available = () => expect.poll(async () => (await server.ready()).status, { timeout: 60_000 }).toBe(200);

test('a PostgreSQL that is killed is started again; meanwhile every request gets 503 UNAVAILABLE, and nothing acknowledged is lost', async () => {
  const socket = connectSocket(server.socketUrl, server.token);
  const before = await server.create('kill-before');
  expect(before.errors).toBeUndefined();
  const id = before.data.createCustomer.customer.id;
  const changes = socket.subscribe(
    'subscription($id: ID!) { customerFileChanged(customerId: $id) { type } }',
    {
      id,
    },
  );
  await expect.poll(() => server.metric('live_subscriptions')).toBe(1);

  await whileKilled(async () => {
    const operations: (() => Promise<Reply>)[] = [
      () => server.ask('{ viewer { name } }'),
      () => server.ask('{ customers { nodes { name } } }'),
      () => server.ask('query($id: ID!) { customer(id: $id) { name } }', { id }),
      () => server.ask('query($id: ID!) { node(id: $id) { id } }', { id }),
      () => server.create('kill-during'),
      () => server.signIn(),
    ];
    for (const operation of operations) expectUnavailable(await operation());
    const file = await fetch(`${server.exportsUrl}/exp_01h00000000000000000000000`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    expect(file.status).toBe(503);
    expect(file.headers.get('retry-after')).toBe('2');
    const overSocket = connectSocket(server.socketUrl, server.token);
    expect(await overSocket.closed).toBe(1012);
    expect(await server.ready()).toMatchObject({ status: 503, reason: 'DOWN', checks: { database: false } });
    expect(await server.metric('database_available')).toBe(0);
    const ended = socket.subscribe('{ viewer { name } }').ended;
    expect(await ended).toEqual([
      expect.objectContaining({ extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 2 } }),
    ]);
  });
  await available();

  expect(await server.metric('database_restarts_total')).toBe(1);
  expect(await server.metric('unavailable_total{reason="DOWN"}')).toBeGreaterThan(0);
  const again = await server.create('kill-before');
  expect(again.data.createCustomer.customer.id).toBe(id);
  const during = await server.create('kill-during');
  expect(during.errors).toBeUndefined();

  // The subscription of before goes on.
  const name = '上海起死回生机械有限公司';
  const { errors } = await server.ask(
    'mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { id } } }',
    { input: { id, expectedVersion: 1, name } },
  );
  expect(errors).toBeUndefined();
  expect((await changes.next()).data?.customerFileChanged.type).toBe('UPDATED');
  await socket.close();
  const said = server.captured.text();
  expect(said).toContain('ended by itself');
  expect(said).toContain('was started again');
  expect(said).toContain('database unavailable');
  expect(said).toContain('database available again');
});
