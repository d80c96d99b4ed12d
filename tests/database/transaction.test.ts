import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Connection, connect, type Database, queryJson } from '../../src/core/database/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let connection: Connection;
beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect({ url: database.url, poolSize: 2 });
  await database.db.execute(sql`create table mark (place int)`);
});
afterAll(async () => {
  await connection.close();
  await database.close();
});

test('transactions begin, and what runs beside them commits, however many statements wait for the pool', async () => {
  const places = Array.from({ length: 300 }, (_, place) => place);
  const write = (db: Database, place: number) =>
    queryJson(
      db,
      sql`with written as (insert into mark values (${place}::int)) select to_json(${place}::int)`,
    );
  // The driver queues statements behind each other once it knows them.
  await Promise.all([write(connection.db, -1), write(connection.db, -1)]);
  await Promise.all(
    places.map(async (place) => {
      await queryJson(connection.db, sql`select to_json(${place}::int)`);
      await (place % 3 === 0
        ? connection.db.transaction((tx) => write(tx, place))
        : write(connection.db, place));
    }),
  );
  const rows = await database.db.execute<{ place: number }>(
    sql`select place from mark where place >= 0 order by place`,
  );
  expect(rows.map(({ place }) => place)).toEqual(places);
});

test('a statement waits for no other: it runs as soon as any connection is free', async () => {
  const waitsFor = (lock: number) =>
    queryJson(connection.db, sql`select to_json(pg_advisory_xact_lock_shared(${lock}::int)::text)`);
  const light = () => queryJson(connection.db, sql`select to_json(1)`);
  // The driver sends statements behind each other once it knows them.
  await Promise.all([waitsFor(1), waitsFor(1), light(), light()]);
  let second: Promise<unknown> | undefined;
  await database.db.transaction(async (first) => {
    await first.execute(sql`select pg_advisory_xact_lock(1)`);
    const heavy = waitsFor(1);
    await database.db.transaction(async (held) => {
      await held.execute(sql`select pg_advisory_xact_lock(2)`);
      second = waitsFor(2);
      await vi.waitFor(async () => {
        const [row] = await database.db.execute<{ waiting: number }>(sql`
          select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`);
        expect(row?.waiting).toBe(2);
      }, 60_000);
      second = Promise.all([second, light(), light(), light()]);
    });
    await second;
    second = heavy;
  });
  await second;
});
