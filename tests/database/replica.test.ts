import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Database, renderStatement } from '../../src/core/database/database.ts';
import { migrateDatabase } from '../../src/core/database/migrate.ts';
import { openReplica, type Replica } from '../../src/core/database/replica.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { openRoad, type Road } from '../faults/unreliable-road.ts';
import { apiRole } from '../support/api-role.ts';
import { createTestDatabase } from '../support/database.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';
import { startStandby, startThrowawayServer, type ThrowawayServer } from '../support/throwaway-server.ts';

let primary: ThrowawayServer;
let standby: ThrowawayServer;
let server: TestServer;
/** The way of the API to the replica. */
let road: Road;
/** Superuser's connection to the replica. */
let replicaAdmin: postgres.Sql;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  primary = await startThrowawayServer({ isCrashSafe: true });
  closing.unshift(primary.stop);
  const admin = postgres(primary.adminUrl, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create role ${apiRole} login`);
  await admin.end();
  const database = await createTestDatabase({ adminUrl: primary.adminUrl, templateName: 'template0' });
  await migrateDatabase(database.url, { apiRole });
  standby = await startStandby(primary);
  closing.unshift(standby.stop);
  road = await openRoad(() => [Number(new URL(standby.adminUrl).port)]);
  closing.unshift(road.close);
  replicaAdmin = postgres(replicaUrl(database.url, standby), { max: 1, onnotice: () => {} });
  closing.unshift(() => replicaAdmin.end({ timeout: 1 }));
  const readDatabaseUrl = overRoad(database.apiUrl);
  server = await startTestServer({ database, config: { readDatabaseUrl } });
  closing.unshift(server.close);
});
afterAll(async () => {
  for (const close of closing) await close();
});
afterEach(() => replay('resume'));

const replay = (what: 'pause' | 'resume') => replicaAdmin.unsafe(`select pg_wal_replay_${what}()`);

function replicaUrl(url: string, { adminUrl }: ThrowawayServer): string {
  const address = new URL(url);
  address.port = new URL(adminUrl).port;
  return address.href;
}

function overRoad(url: string): string {
  const address = new URL(url);
  address.port = String(road.port);
  return address.href;
}

/** Opens a replica of the server's database, and tells who answers. */
function openWay(url: string) {
  const said: string[] = [];
  const log = pino({}, { write: (line: string) => void said.push(JSON.parse(line).msg) });
  const replica = openReplica({ url, poolSize: 2, primary: server.db, log });
  const answeredBy = async () => {
    const [bytes] = await replica.query(renderStatement(sql`select to_json(pg_is_in_recovery())`));
    return String(bytes) === 'true' ? 'replica' : 'primary';
  };
  return { replica, said, answeredBy };
}

async function withWay<T>(url: string, work: (way: ReturnType<typeof openWay>) => Promise<T>): Promise<T> {
  const way = openWay(url);
  try {
    return await work(way);
  } finally {
    await way.replica.close();
  }
}

const urlOfReplica = async () => {
  const [row] = await server.db.execute<{ name: string }>(sql`select current_database() as name`);
  return overRoad(`postgres://postgres@127.0.0.1/${row?.name}`);
};

const newFile = async (db: Database, name: string) => {
  const rows = await db
    .insert(customer)
    .values({ name, ownerId: server.as('SALES').uuid })
    .returning();
  return rows[0] as { id: string };
};

/** Only what a replica answers is read in a transaction, which ends after it; the primary would be asked last. */
const answeredByReplica = () => server.statements.at(-1) === 'commit';

test('a query over HTTP is answered by the replica, and sees what was committed before it', async () => {
  let byReplica = 0;
  for (let count = 0; count < 20; count += 1) {
    const { id } = await newFile(server.db, `第${count}机械有限公司`);
    const { data } = await server.as('SALES').query('query ($id: ID!) { customer(id: $id) { name } }', {
      id: encodeId('cus', id),
    });
    expect(data.customer).toEqual({ name: `第${count}机械有限公司` });
    if (answeredByReplica()) byReplica += 1;
  }
  // Not all: on a busy machine it may be late now and then.
  expect(byReplica).toBeGreaterThan(0);
});

test('an analyst’s query is answered by the replica too', async () => {
  const ask = async () => {
    const { errors } = await server.as('ANALYST').query('{ customers { totalCount } }');
    expect(errors).toBeUndefined();
    return answeredByReplica();
  };
  await expect.poll(ask).toBe(true);
});

test('a mutation reads back from the primary', async () => {
  const { id } = await newFile(server.db, '深圳机械有限公司');
  const { errors } = await server
    .as('SALES')
    .query(
      'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { shortName } } }',
      { input: { id: encodeId('cus', id), expectedVersion: 1, shortName: '深机' } },
    );
  expect(errors).toBeUndefined();
  expect(server.statements.at(-1)).toMatch(/from "customer"/);
});

test('whoever writes reads their own write, however far the replica is behind', async () => {
  const { id } = await newFile(server.db, '深圳一号机械有限公司');
  await replay('pause');
  const sales = server.as('SALES');
  const input = { id: encodeId('cus', id), expectedVersion: 1, shortName: '一号' };
  const written = await sales.query(
    'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { shortName } } }',
    { input },
  );
  expect(written.errors).toBeUndefined();
  const { data } = await sales.query('query ($id: ID!) { customer(id: $id) { shortName } }', {
    id: input.id,
  });
  expect(data.customer).toEqual({ shortName: '一号' });
});

test('a right that was taken away is gone at once, however far the replica is behind', async () => {
  const { id } = await newFile(server.db, '深圳二号机械有限公司');
  const ask = () =>
    server.as('SALES').query('query ($id: ID!) { customer(id: $id) { name } }', { id: encodeId('cus', id) });
  expect((await ask()).data.customer).toEqual({ name: '深圳二号机械有限公司' });
  await replay('pause');
  await server.db
    .update(customer)
    .set({ ownerId: server.as('SALES_2').uuid })
    .where(sql`id = ${id}`);
  expect((await ask()).data.customer).toBeNull();
});

test('a list from the replica and what follows its cursor leave no gap', async () => {
  const manager = server.as('MANAGER');
  const { id } = await newFile(server.db, '深圳三号机械有限公司');
  const customerId = encodeId('cus', id);
  const socket = connectSocket(server.socketUrl, manager.token);
  let isWriting = true;
  const write = async () => {
    for (let count = 0; isWriting; count += 1)
      await server.db
        .update(customer)
        .set({ shortName: `第${count}次` })
        .where(sql`id = ${id}`);
  };
  const writing = write();
  try {
    for (let round = 0; round < 10; round += 1) {
      const { data } = await manager.query(
        'query ($name: String!) { customers(filter: { name: { eq: $name } }) { changesCursor nodes { version } } }',
        { name: '深圳三号机械有限公司' },
      );
      const { changesCursor, nodes } = data.customers;
      const stream = socket.subscribe(
        'subscription ($id: ID!, $after: String!) { customerFileChanged(customerId: $id, after: $after) { version } }',
        { id: customerId, after: changesCursor },
      );
      const first = await stream.next();
      stream.stop();
      expect(first.errors).toBeUndefined();
      // Those before the list's own are known; the next one is not skipped.
      expect(first.data.customerFileChanged.version).toBeLessThanOrEqual(nodes[0].version + 1);
    }
  } finally {
    isWriting = false;
    await writing;
  }
  await socket.close();
});

test('the primary answers while the replica is behind, and no longer', async () => {
  await withWay(await urlOfReplica(), async ({ answeredBy, said }) => {
    await expect.poll(answeredBy).toBe('replica');
    said.length = 0;
    await replay('pause');
    await newFile(server.db, '深圳四号机械有限公司');
    expect(await answeredBy()).toBe('primary');
    await replay('resume');
    await expect.poll(answeredBy).toBe('replica');
    expect(said).toEqual(['replica: the primary answers instead', 'replica: answers again']);
  });
});

test('the primary answers while the replica is down, and no longer', async () => {
  await withWay(await urlOfReplica(), async ({ answeredBy }) => {
    await expect.poll(answeredBy).toBe('replica');
    await standby.crash(async () => expect(await answeredBy()).toBe('primary'));
    await expect.poll(answeredBy).toBe('replica');
    // Its connection of before may hear only now that it is gone.
    await expect.poll(() => replay('resume')).toBeDefined();
  });
});

test('a replica that goes silent is waited for no longer than its patience, and new connections are tried', async () => {
  await withWay(await urlOfReplica(), async ({ answeredBy }) => {
    await expect.poll(answeredBy).toBe('replica');
    expect(road.swallow()).toBeGreaterThan(0);
    expect(await answeredBy()).toBe('primary');
    await expect.poll(answeredBy).toBe('replica');
  });
});

test('a database that is no replica of the primary is never queried', async () => {
  const [{ name } = { name: '' }] = await server.db.execute<{ name: string }>(
    sql`select current_database() as name`,
  );
  const itself = new URL(primary.adminUrl);
  itself.pathname = `/${name}`;
  await withWay(itself.href, async ({ replica, said }) => {
    const statement = renderStatement(sql`select to_json(current_setting('default_transaction_read_only'))`);
    // Connections of a replica's pool would be read-only.
    expect(String((await replica.query(statement))[0])).toBe('"off"');
    expect(said).toEqual(['replica: the primary answers instead']);
  });
});

test('an error of the statement itself comes once, and the replica goes on', async () => {
  await withWay(
    await urlOfReplica(),
    async ({ replica, answeredBy, said }: { replica: Replica } & ReturnType<typeof openWay>) => {
      await expect(replica.query(renderStatement(sql`select to_json(1 / 0)`))).rejects.toMatchObject({
        code: '22012',
      });
      expect(await answeredBy()).toBe('replica');
      expect(said).toEqual([]);
    },
  );
});
