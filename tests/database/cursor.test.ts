import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eachBatch } from '../../src/database/cursor.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** How long a transaction may stand idle here. */
const idleMs = 2_000;

let database: TestDatabase;
let client: postgres.Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  client = postgres(database.url, {
    onnotice: () => {},
    connection: { idle_in_transaction_session_timeout: idleMs },
  });
});
afterAll(async () => {
  await client.end();
  await database.close();
});

const numbers = { text: 'select g.n::text from generate_series(1, $1::int) g(n) order by g.n', params: [10] };
const { signal } = new AbortController();

test('takes all rows in their order, no more of them at once than a batch', async () => {
  const taken: string[][] = [];
  await eachBatch(client, numbers, { batchSize: 4, signal }, async (values) => void taken.push(values));
  expect(taken).toEqual([
    ['1', '2', '3', '4'],
    ['5', '6', '7', '8'],
    ['9', '10'],
  ]);
});

test('rows that are taken more slowly than a transaction may stand idle are all there in the end', async () => {
  const keepAliveMs = 100;
  let taken = 0;
  await eachBatch(client, numbers, { batchSize: 5, signal, keepAliveMs }, async (values) => {
    taken += values.length;
    const startedMs = performance.now();
    const wait = expect.poll(() => performance.now() - startedMs, { interval: 100 });
    await wait.toBeGreaterThan(idleMs * 1.5);
  });
  expect(taken).toBe(10);
});

test('an end that is asked for in the middle is one, and leaves no transaction open', async () => {
  const leaving = new AbortController();
  const reading = eachBatch(client, numbers, { batchSize: 5, signal: leaving.signal }, async () =>
    leaving.abort(),
  );
  await expect(reading).rejects.toThrow('aborted');
  const open = () =>
    client`select 1 from pg_stat_activity where datname = current_database() and state like 'idle in%'`;
  await expect.poll(async () => (await open()).length).toBe(0);
});
