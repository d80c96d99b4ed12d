import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import type { Postmaster } from '../../src/core/database/embedded-postmaster.ts';
import { keepRunning } from '../../src/core/database/embedded-restart.ts';

/** A PostgreSQL that ends when it is told to. */
function ending(pid: number): { postmaster: Postmaster; end: () => void } {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { postmaster: { pid, port: 1, ended, hold: () => {} }, end };
}

test('however often PostgreSQL is started again, one thing waits for the release, and after it nothing', async () => {
  const started = Array.from({ length: 20 }, (_, pid) => ending(pid));
  let signal: AbortSignal | undefined;
  let next = 1;
  const keeping = keepRunning({
    first: started[0]?.postmaster as Postmaster,
    restart: async (given) => {
      signal = given;
      return started[next++]?.postmaster as Postmaster;
    },
    log: () => {},
    logFile: 'postgres.log',
  });
  for (const [restarts, { end }] of started.slice(0, -1).entries()) {
    end();
    await expect.poll(keeping.restarts).toBe(restarts + 1);
  }
  expect(getEventListeners(signal as AbortSignal, 'abort')).toHaveLength(1);
  await keeping.release();
  expect(getEventListeners(signal as AbortSignal, 'abort')).toHaveLength(0);
});
