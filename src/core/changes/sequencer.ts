import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { type Database, queryJson } from '../database/database.ts';
import { openReconnectingPool } from '../database/reconnecting-pool.ts';

/** Rows moved in one transaction: few enough that a bulk change does not hold up the log for more than some 75 ms. */
const batchSize = 5_000;
const intervalMs = 200;
/** The tick while there are changes: whoever writes past this instance, as psql and imports do, soon writes again. */
const busyIntervalMs = 5;
/** So long after something was sequenced the tick stays short. */
const busyForMs = 5_000;

/**
 * Gives committed changes their place in the event log, one batch of at most 5,000, and returns how many moved.
 * Safe from any number of instances at once; needs no leader. Call it outside of transactions.
 */
export const sequence = (db: Database): Promise<number> =>
  queryJson(db, sql`select sequence_events(${batchSize}::int)`);

export interface Sequencer {
  /** Something was committed: sequence now rather than at the next tick. Never throws, never waits. */
  nudge: () => void;
  /** Stops, and waits for a batch that is under way. */
  close: () => Promise<void>;
}

export interface SequencerOptions {
  url: string;
  log: Logger;
  /** Called when events have got their place: earlier than the notification tells. */
  onSequenced?: () => void;
}

/**
 * Sequences when nudged, and every 200 ms for what other writers committed (psql, an import, an instance that died);
 * every 5 ms for 5 s after some were found. The tick also retries whatever failed.
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
        for (let batch = batchSize; !closed && batch === batchSize; ) {
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
