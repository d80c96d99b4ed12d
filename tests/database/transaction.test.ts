import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
