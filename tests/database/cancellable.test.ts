import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Connection, connect, queryColumn } from '../../src/core/database/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let connection: Connection;
beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect({ url: database.url, poolSize: 1, customPlanPool: true });
});
afterAll(async () => {
  await connection.close();
  await database.close();
});

/** A statement that waits until nobody holds the lock. */
const waiting = {
  text: `select json_build_array(pg_advisory_xact_lock_shared(1), $1::text)`,
  params: ['done'],
  customPlan: true,
};

const whileLocked = (work: () => Promise<unknown>) =>
  connection.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(1)`);
    await work();
  });

async function waitingSession(): Promise<number> {
  const read = async () => {
    const rows = await connection.db.execute<{ pid: number }>(sql`
      select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    return rows[0]?.pid;
  };
  await expect.poll(read, { timeout: 10_000 }).toBeDefined();
  return (await read()) as number;
}

test('a statement that was cancelled instead of another is run again', async () => {
  let answer: Promise<unknown> = Promise.resolve();
  await whileLocked(async () => {
    answer = queryColumn(connection.db, waiting);
    const pid = await waitingSession();
    await connection.db.execute(sql`select pg_cancel_backend(${pid}::int)`);
    // It waits again, in the same session.
    expect(await waitingSession()).toBe(pid);
  });
  expect(String(await answer)).toContain('done');
});

test('an abandoned statement is cancelled; the one behind it on the same connection is answered', async () => {
  const client = new AbortController();
  let next: Promise<unknown> = Promise.resolve();
  await whileLocked(async () => {
    const given = queryColumn(connection.db, { ...waiting, signal: client.signal });
    given.catch(() => {});
    await waitingSession();
    next = queryColumn(connection.db, { text: 'select to_json($1::int)', params: [1], customPlan: true });
    client.abort();
    await expect(given).rejects.toMatchObject({ extensions: { code: 'TIMEOUT' } });
    expect(String(await next)).toBe('1');
  });
});

test('a statement whose client has gone before is not sent', async () => {
  const given = queryColumn(connection.db, { ...waiting, signal: AbortSignal.abort() });
  await expect(given).rejects.toMatchObject({ extensions: { code: 'TIMEOUT' } });
});
