import { beforeAll, expect, test } from 'vitest';
import { runOrdeal } from './fault-scenario.ts';
import { buildServer } from './instance.ts';

/** `npm run faults` is the long run: three instances, every fault again and again. */
const isLong = (import.meta as { env?: { MODE?: string } }).env?.MODE === 'long';
const short = { instances: 2, owners: 3, filesPerOwner: 4, rounds: 1, calmMs: 500, writePauseMs: 20 };
const long = { instances: 3, owners: 6, filesPerOwner: 6, rounds: 6, calmMs: 2_000, writePauseMs: 10 };

beforeAll(() => buildServer());

test('through crashes, cuts and silence nothing is lost, delivered twice or out of order, and each acknowledged write is applied once', async () => {
  const report = await runOrdeal(isLong ? { ...long, tell: console.log } : short);
  if (isLong) console.table(report);
  expect(report).toMatchObject({
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
    notAppliedOnce: 0,
    notInHistoryOnce: 0,
    reloads: 0,
  });
  expect(report.events).toBeGreaterThan(100);
  expect(report.acknowledged).toBeGreaterThan(100);
}, 1_800_000);
