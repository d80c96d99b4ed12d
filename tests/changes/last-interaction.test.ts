import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/core/database/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, addFile } from './files.ts';

let database: TestDatabase;
let db: TestDatabase['db'];
let owner: string;
let file: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
  owner = await addEmployee(db, 'owner');
});
afterAll(() => database.close());

const log = (tx: Database, ...days: string[]) =>
  tx.execute(sql`
    insert into interaction (customer_id, employee_id, kind, occurred_at, summary)
    select ${file}, ${owner}, 'NOTE', day::timestamptz, 'x' from unnest(${`{${days}}`}::text[]) day`);

const lastDay = async (): Promise<string | null> => {
  const [row] = await db.execute<{ day: string | null }>(
    sql`select (last_interaction_at at time zone 'UTC')::date::text as day from customer where id = ${file}`,
  );
  return row!.day;
};

const somebodyWaits = async () => {
  for (;;) {
    const [row] = await db.execute(
      sql`select from pg_locks join pg_database on pg_database.oid = database
          where datname = current_database() and not granted
          union all select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (row) return;
  }
};

test.each([
  ['an earlier one is added', (tx: Database) => log(tx, '2026-02-02')],
  ['earlier ones are added', (tx: Database) => log(tx, '2026-02-02', '2026-02-03')],
  [
    'an earlier one is moved',
    (tx: Database) =>
      tx.execute(sql`update interaction set occurred_at = '2026-01-02Z'
                     where customer_id = ${file} and occurred_at = '2026-02-01Z'`),
  ],
  [
    'all that were there leave',
    (tx: Database) => tx.execute(sql`delete from interaction where occurred_at < '2026-03-01Z'`),
  ],
])(
  'the last interaction is the latest of two writers’, when %s while it is being logged',
  async (_what, change) => {
    file = await addFile(db, owner);
    await log(db, '2026-01-01', '2026-02-01');
    let changing: Promise<unknown> = Promise.resolve();
    await db.transaction(async (tx) => {
      await log(tx, '2026-03-01');
      // Sent now: a query waits for its `then`.
      changing = change(db).then();
      await somebodyWaits();
    });
    await changing;
    expect(await lastDay()).toBe('2026-03-01');
  },
);
