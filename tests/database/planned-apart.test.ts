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

/** How PostgreSQL plans what is sent so, and how many statements the connection keeps. */
const askedSo = async (how: { customPlan?: boolean; reusable?: boolean }): Promise<[string, number]> => {
  const text = `select json_build_array(current_setting($1::text), (select count(*) from pg_prepared_statements where statement like '%$1%'))`;
  const [answer] = await queryColumn(connection.db, { text, params: ['plan_cache_mode'], ...how });
  return JSON.parse(String(answer));
};

test('a statement that recurs is kept as text and planned for its values; one that is sent once is not kept', async () => {
  for (let i = 0; i < 2; i += 1)
    expect(await askedSo({ customPlan: true })).toEqual(['force_custom_plan', 0]);
  for (let i = 0; i < 2; i += 1)
    expect(await askedSo({ customPlan: true, reusable: true })).toEqual(['force_custom_plan', 1]);
  expect(await askedSo({})).toEqual(['auto', 1]);
});
