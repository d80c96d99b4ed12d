import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryJson } from '../../src/core/database/database.ts';
import { openReconnectingPool } from '../../src/core/database/reconnecting-pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** Work that has begun when it is in `begun`, and ends when it is told to. */
function startWork(link: ReturnType<typeof openReconnectingPool>, amount: number) {
  const begun: (() => void)[] = [];
  const works = Array.from({ length: amount }, () =>
    link.run(() => new Promise<void>((end) => void begun.push(end))),
  );
  return { begun, works };
}

test('work waits for a connection before its time begins, so that none of a crowd is late for the others', async () => {
  const link = openReconnectingPool({ url: database.url, poolSize: 2 });
  const { begun, works } = startWork(link, 5);
  await nextTurn();
  expect(begun.length).toBe(2);
  for (let ended = 0; ended < 5; ended += 1) {
    begun[ended]?.();
    await nextTurn();
    expect(begun.length).toBe(Math.min(5, ended + 3));
  }
  await Promise.all(works);
  expect(await link.run((db) => queryJson(db, sql`select to_json(1)`))).toBe(1);
  await link.close();
});

test('work that fails makes room for the next', async () => {
  const link = openReconnectingPool({ url: database.url, poolSize: 1 });
  const failing = link.run(() => Promise.reject(new Error('broken')));
  const next = link.run((db) => queryJson(db, sql`select to_json(2)`));
  await expect(failing).rejects.toThrow('broken');
  expect(await next).toBe(2);
  await link.close();
});

test('a closed link begins nothing more, what waited for it included', async () => {
  const link = openReconnectingPool({ url: database.url, poolSize: 1 });
  const { begun, works } = startWork(link, 2);
  await nextTurn();
  await link.close();
  begun[0]?.();
  await works[0];
  await expect(works[1]).rejects.toThrow('closed');
  expect(begun.length).toBe(1);
});
