import { expect, test } from 'vitest';
import { startPeriodic } from '../../src/core/periodic.ts';

const fail = (error: unknown) => {
  throw error;
};

test('recurring work that takes longer than its interval never runs twice at once, and a stop waits for it', async () => {
  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let runs = 0;
  let isDone = false;
  let isOpen = () => true;
  const stop = startPeriodic(
    1,
    async (open) => {
      runs += 1;
      isOpen = open;
      await held;
      isDone = true;
    },
    fail,
  );
  let ticks = 0;
  const stopTicks = startPeriodic(1, async () => (ticks += 1), fail);
  await expect.poll(() => runs > 0 && ticks > 20).toBe(true);
  expect(runs).toBe(1);

  const stopped = stop();
  expect(isOpen()).toBe(false);
  letGo();
  await stopped;
  expect([runs, isDone]).toEqual([1, true]);
  await stopTicks();
});

test('recurring work that fails is reported, and runs again', async () => {
  const errors: unknown[] = [];
  const stop = startPeriodic(
    1,
    () => Promise.reject(new Error('not today')),
    (error) => errors.push(error),
  );
  await expect.poll(() => errors.length).toBeGreaterThan(2);
  await stop();
  expect(errors[0]).toMatchObject({ message: 'not today' });
});
