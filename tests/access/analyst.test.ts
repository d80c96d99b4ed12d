import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAnalystPool } from '../../src/core/access/analyst-pool.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const budgetPerMinuteMs = 30_000;
const analyst = { id: 'analyst' };

describe('what an analyst queries', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());

  test('runs in read-only transactions with a timeout of 10 s, on at most two connections', async () => {
    const reads = openAnalystPool({ url: database.url, budgetPerMinuteMs });
    const setting = (name: string) =>
      reads.statements(analyst).load(sql`select to_json(current_setting(${name}::text))`);
    expect(await setting('transaction_read_only')).toBe('on');
    expect(await setting('statement_timeout')).toBe('10s');
    const pids = await Promise.all(
      Array.from({ length: 8 }, () =>
        reads.statements(analyst).load(sql`select to_json(pg_backend_pid()) from pg_sleep(0.02)`),
      ),
    );
    expect(new Set(pids).size).toBe(2);
    await reads.close();
  });

  test('cannot write, whatever the statement', async () => {
    const reads = openAnalystPool({ url: database.url, budgetPerMinuteMs });
    const write = sql`with made as (insert into team (name) values ('一队') returning id) select to_json(id) from made`;
    // PostgreSQL: read_only_sql_transaction.
    await expect(reads.statements(analyst).load(write)).rejects.toMatchObject({ code: '25006' });
    await reads.close();
  });

  test('spends the wall-clock time of each query', async () => {
    const reads = openAnalystPool({ url: database.url, budgetPerMinuteMs: 1 });
    const ask = () => reads.statements(analyst).load(sql`select to_json(1) from pg_sleep(0.05)`);
    expect(await ask()).toBe(1);
    await expect(ask()).rejects.toMatchObject({ extensions: { code: 'RATE_LIMITED' } });
    await reads.close();
  });

  test('spends a budget of database time that refills, each analyst their own', async () => {
    let nowMs = 0;
    let tookMs = 0;
    const reads = openAnalystPool({
      url: database.url,
      budgetPerMinuteMs,
      clock: () => nowMs,
      onStatement: () => {
        nowMs += tookMs;
      },
    });
    const ask = (viewer: { id: string }, willTakeMs: number) => {
      tookMs = willTakeMs;
      return reads.statements(viewer).load(sql`select to_json(1)`);
    };
    // The driver asks questions of its own on a new connection.
    await ask({ id: 'the first' }, 0);
    expect(await ask(analyst, budgetPerMinuteMs + 5_000)).toBe(1);
    // 5 s too many, at half a second a second.
    const refused = (retryAfterSeconds: number, usedMs: number) => ({
      message: expect.stringContaining(`${usedMs} ms of ${budgetPerMinuteMs} ms`),
      extensions: {
        code: 'RATE_LIMITED',
        retryAfterSeconds,
        limitMs: budgetPerMinuteMs,
        usedMs,
        retryAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
    });
    // However often it is refused, a question costs nothing.
    for (let time = 0; time < 3; time += 1)
      await expect(ask(analyst, 9_000)).rejects.toMatchObject(refused(11, budgetPerMinuteMs + 5_000));
    tookMs = 0;
    expect(await ask({ id: 'another' }, 0)).toBe(1);
    nowMs += 10_000;
    await expect(ask(analyst, 0)).rejects.toMatchObject(refused(1, budgetPerMinuteMs));
    nowMs += 2;
    expect(await ask(analyst, 0)).toBe(1);
    await reads.close();
  });
});

describe('an analyst at the API', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.db.insert(customer).values({
      name: '上海第一精密机械有限公司',
      ownerId: server.as('SALES').uuid,
      creditLimit: '500000.00',
    });
  });
  afterAll(() => server.close());

  test('reads pseudonymous rows: numbers and dates, nobody’s name', async () => {
    const { data, errors } = await server
      .as('ANALYST')
      .query(
        '{ customers { nodes { fileNumber stage creditLimit name shortName address owner { id name } } } }',
      );
    expect(data.customers.nodes[0]).toMatchObject({
      creditLimit: '500000.00',
      stage: 'POTENTIAL',
      name: null,
      shortName: null,
      address: null,
      owner: { id: server.as('SALES').id, name: null },
    });
    expect(errors?.map(({ extensions }) => extensions.field).sort()).toEqual([
      'Customer.address',
      'Customer.name',
      'Customer.shortName',
      'Employee.name',
    ]);
  });

  test('holds up nobody with queries that hang', async () => {
    const release = await lockCustomers(server);
    const hanging = Array.from({ length: 6 }, () =>
      server.as('ANALYST').query('{ customers { totalCount } }'),
    );
    const { data } = await server
      .as('MANAGER')
      .query('{ employees(first: 1) { nodes { id } } tags { totalCount } }');
    expect(data.employees.nodes).toHaveLength(1);
    await release();
    for (const answer of await Promise.all(hanging)) expect(answer.data.customers.totalCount).toBe(1);
  });

  test('keeps segments of their own and changes nothing else', async () => {
    const saved = await server
      .as('ANALYST')
      .query(
        'mutation { createSegment(input: { name: "A 级", rule: { tier: { eq: A } } }) { segment { id size } } }',
      );
    expect(saved.errors).toBeUndefined();
    expect(saved.data.createSegment.segment.size).toBe(0);
  });
});

/** Holds the customers until released, so that whoever reads them waits. */
async function lockCustomers({ db }: TestServer): Promise<() => Promise<void>> {
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let tellLocked: () => void = () => {};
  const locked = new Promise<void>((resolve) => {
    tellLocked = resolve;
  });
  const holding = db.transaction(async (tx) => {
    await tx.execute(sql`lock table customer in access exclusive mode`);
    tellLocked();
    await released;
  });
  await locked;
  return async () => {
    release();
    await holding;
  };
}
