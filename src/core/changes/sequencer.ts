import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { type Database, queryJson } from '../database/database.ts';
import { openReconnectingPool } from '../database/reconnecting-pool.ts';

/** Rows moved in one transaction: few enough that a bulk change delays the log by at most about 75 ms. */
export const sequenceBatchSize = 5_000;
const intervalMs = 200;
/**
 * The tick while changes arrive: a writer that bypasses this instance, such as psql or an import, soon writes again.
 */
const busyIntervalMs = 5;
/** How long the tick stays short after something was sequenced. */
const busyForMs = 5_000;

/**
 * Gives committed changes their place in the event log, one batch of at most 5,000, and returns how many were moved.
 * Safe to run on any number of instances at once; needs no leader. Call it outside of transactions.
 */
export const sequence = (db: Database): Promise<number> =>
  queryJson(db, sql`select sequence_events(${sequenceBatchSize}::int)`);

export interface Sequencer {
  /** Something was committed: sequence now instead of at the next tick. Never throws, never waits. */
  nudge: () => void;
  /** Stops, and waits for a running batch. */
  close: () => Promise<void>;
}

export interface SequencerOptions {
  url: string;
  log: Logger;
  /** Called when events have been sequenced, which is earlier than the notification arrives. */
  onSequenced?: () => void;
}

/**
 * Sequences when nudged, and also every 200 ms to pick up what other writers committed (psql, an import, an instance
 * that died); every 5 ms for 5 s after finding some. The tick also retries after failures.
 */
export function startSequencer({ url, log, onSequenced }: SequencerOptions): Sequencer {
  const link = openReconnectingPool({ url, poolSize: 1 });
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let failing = false;
  let movedBefore = 0;
  let moved = 0;

  const drain = async (): Promise<void> => {
    try {
      do {
        again = false;
        for (let batch = sequenceBatchSize; !closed && batch === sequenceBatchSize; ) {
          batch = await link.run(sequence);
          moved += batch;
          if (batch > 0) onSequenced?.();
        }
      } while (again && !closed);
      failing = false;
    } catch (error) {
      if (!failing && !closed) log.warn({ err: error }, 'sequencer: will retry');
      failing = true;
    } finally {
      running = undefined;
    }
  };
  const nudge = () => {
    again = true;
    if (!closed) running ??= drain();
  };
  let busyUntilMs = 0;
  const tick = async () => {
    nudge();
    await running;
    if (moved > movedBefore) busyUntilMs = performance.now() + busyForMs;
    movedBefore = moved;
    if (!closed) timer = setTimeout(tick, performance.now() < busyUntilMs ? busyIntervalMs : intervalMs);
  };
  let timer = setTimeout(tick, intervalMs);
  return {
    nudge,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
      await link.close();
    },
  };
}
