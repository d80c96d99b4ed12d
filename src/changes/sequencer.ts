import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { type Database, queryJson } from '../database/database.ts';
import { openLink } from './link.ts';

/** Rows moved in one transaction: few enough that a bulk change does not hold up the log for more than some 50 ms. */
const batchSize = 5_000;
const intervalMs = 200;

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

/**
 * Sequences when nudged, and every 200 ms for what other writers committed (psql, an import, an instance that died).
 * The tick also retries whatever failed.
 */
export function startSequencer({ url, log }: { url: string; log: Logger }): Sequencer {
  const link = openLink({ url, poolSize: 1 });
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let failing = false;

  const drain = async (): Promise<void> => {
    try {
      do {
        again = false;
        while (!closed && (await link.run(sequence)) === batchSize);
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
  const timer = setInterval(nudge, intervalMs);
  return {
    nudge,
    close: async () => {
      closed = true;
      clearInterval(timer);
      await running;
      await link.close();
    },
  };
}
