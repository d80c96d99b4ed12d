import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/core/database/database.ts';
import { eachBatch } from '../../src/core/database/server-cursor.ts';
import { openRoad } from '../faults/unreliable-road.ts';
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

test('a read that is ended in the middle ends, and leaves no transaction open', async () => {
  const leaving = new AbortController();
  const reading = eachBatch(client, numbers, { batchSize: 5, signal: leaving.signal }, async () =>
    leaving.abort(),
  );
  await expect(reading).rejects.toThrow('aborted');
  const open = () =>
    client`select 1 from pg_stat_activity where datname = current_database() and state like 'idle in%'`;
  await expect.poll(async () => (await open()).length).toBe(0);
});

test('reading ends with the batch where its statement cannot be ended, and a lost connection ends nothing but the reading', async () => {
  const ports = [Number(new URL(database.url).port)];
  const road = await openRoad(() => ports);
  const address = new URL(database.url);
  address.port = String(road.port);
  const connection = connect({ url: address.href, poolSize: 2 });
  const slow = { text: 'select pg_sleep(0.5)::text from generate_series(1, 2)', params: [] };
  const isSleeping = async () =>
    (await client`select 1 from pg_stat_activity where wait_event = 'PgSleep'`).length > 0;
  try {
    const leaving = new AbortController();
    const ended = expect(
      eachBatch(connection.client, slow, { batchSize: 1, signal: leaving.signal }, async () => {}),
    ).rejects.toThrow('aborted');
    await expect.poll(isSleeping, { interval: 20 }).toBe(true);
    const [port] = ports.splice(0) as [number];
    leaving.abort();
    await ended;
    ports.push(port);

    const read = eachBatch(connection.client, numbers, { batchSize: 5, signal, keepAliveMs: 5 }, async () => {
      road.cut();
      const startedMs = performance.now();
      await expect.poll(() => performance.now() - startedMs, { interval: 20 }).toBeGreaterThan(50);
    });
    await expect(read).rejects.toThrow();
  } finally {
    await connection.close();
    await road.close();
  }
});
