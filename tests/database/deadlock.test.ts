import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, type WriteOrigin, writeAs } from '../../src/core/database/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.db.execute(
    sql`create table account (name text primary key, touched int not null default 0)`,
  );
  await database.db.execute(sql`insert into account (name) values ('a'), ('b')`);
});
afterAll(() => database.close());

const origin: WriteOrigin = { actorId: null, source: 'API' };
const touch = (tx: Database, name: string) =>
  tx.execute(sql`update account set touched = touched + 1 where name = ${name}`);

test('writers who wait for each other’s rows both succeed, and each counts once', async () => {
  let arrived = 0;
  let meet = () => {};
  const both = new Promise<void>((resolve) => {
    meet = resolve;
  });
  const runs: string[] = [];
  const write = (first: string, second: string) =>
    writeAs(database.db, origin, async (tx) => {
      runs.push(first);
      await touch(tx, first);
      arrived += 1;
      if (arrived === 2) meet();
      await both;
      await touch(tx, second);
      return first;
    });
  expect(await Promise.all([write('a', 'b'), write('b', 'a')])).toEqual(['a', 'b']);
  expect(runs).toHaveLength(3);
  const rows = await database.db.execute<{ touched: number }>(sql`select touched from account`);
  expect(rows.map(({ touched }) => touched)).toEqual([2, 2]);
});

test('any other failure is not tried again', async () => {
  let runs = 0;
  const failing = writeAs(database.db, origin, async (tx) => {
    runs += 1;
    await tx.execute(sql`insert into account (name) values ('a')`);
  });
  await expect(failing).rejects.toThrow();
  expect(runs).toBe(1);
});
