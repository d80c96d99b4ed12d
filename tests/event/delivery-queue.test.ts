import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createDeliveryQueue, type DeliveryQueue } from '../../src/core/delivery/delivery-queue.ts';

interface Request {
  seq: number;
  follower: number;
}

/** A queue whose deliveries end when they are told to, each batch as one. */
function startQueue() {
  const begun: { due: Request[]; end: () => void }[] = [];
  const queue: DeliveryQueue<Request> = createDeliveryQueue(
    ({ seq }) => ({ seq, events: 1 }),
    (due) =>
      queue.during(
        new Set(due.map(({ seq }) => seq)).size,
        () => new Promise<void>((end) => void begun.push({ due, end })),
      ),
  );
  const addMany = (requests: Request[]) => {
    for (const request of requests) queue.add(request);
  };
  return { queue, begun, addMany };
}
const backfills = (amount: number): Request[] =>
  Array.from({ length: amount }, (_, i) => ({ seq: i + 1, follower: i }));

test('all who receive one event are handed on together, however many they are', async () => {
  const { begun, addMany } = startQueue();
  addMany(Array.from({ length: 10_000 }, (_, follower) => ({ seq: 7, follower })));
  await nextTurn();
  expect(begun.map(({ due }) => due.length)).toEqual([10_000]);
});

test('of a thousand events no more than 64 are under way, and all of them are handed on in the end', async () => {
  const { begun, addMany } = startQueue();
  addMany(backfills(1_000));
  const seen: Request[] = [];
  for (let waits = 0; seen.length < 1_000; waits += 1) {
    await nextTurn();
    expect(waits).toBeLessThan(1_000);
    const batches = begun.splice(0);
    expect(batches.flatMap(({ due }) => due).length).toBeLessThanOrEqual(64);
    for (const { due, end } of batches) {
      seen.push(...due);
      end();
    }
  }
  expect(new Set(seen.map(({ seq }) => seq)).size).toBe(1_000);
});

test('an event that has just happened is in the next batch, though a thousand backfilled ones came before it', async () => {
  const { begun, addMany, queue } = startQueue();
  addMany(backfills(1_000));
  await nextTurn();
  queue.add({ seq: 5_000, follower: 5_000 });
  begun.splice(0)[0]?.end();
  await nextTurn();
  await nextTurn();
  expect(begun[0]?.due.map(({ seq }) => seq)).toContain(5_000);
});

test('the oldest event is in the first batch, however many newer ones there are', async () => {
  const { begun, addMany } = startQueue();
  addMany([
    { seq: 1, follower: 1 },
    ...backfills(500).map(({ seq, follower }) => ({ seq: seq + 10, follower })),
  ]);
  await nextTurn();
  expect(begun[0]?.due.map(({ seq }) => seq)).toContain(1);
});

test('work that fails frees its places', async () => {
  const { queue, begun, addMany } = startQueue();
  const failing = queue.during(64, () => Promise.reject(new Error('no database')));
  await expect(failing).rejects.toThrow('no database');
  addMany(backfills(64));
  await nextTurn();
  expect(begun[0]?.due.length).toBe(64);
});
