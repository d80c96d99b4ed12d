import type { Logger } from 'pino';
import { openReconnectingPool, type ReconnectingPool } from '../database/reconnecting-pool.ts';
import { startPeriodic } from '../periodic.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import type { BusinessClock } from '../time/business-clock.ts';
import type { RunClock, RunKind } from './run.types.ts';
import { type ClaimedChunk, noteFailure, openRuns, workChunk } from './run.write.ts';

/** How late a run may be opened. */
const lookEveryMs = 1_000;
/** Longest time a chunk may take. */
const answerTimeoutMs = 60_000;

export interface RunsOptions {
  url: string;
  kinds: readonly RunKind[];
  settings: LiveSettings;
  log: Logger;
  /** Called when a chunk has been done, which may have written to the outbox. */
  onChange: () => void;
  clock: BusinessClock;
}

/**
 * Opens the runs that are due and does their chunks, one at a time, on a connection of its own. Every instance does, and each
 * chunk is done by one. Returns a function that stops it after the chunk under way.
 */
export function startRuns({ url, kinds, settings, log, onChange, clock }: RunsOptions): () => Promise<void> {
  const link = openReconnectingPool({ url, poolSize: 1, answerTimeoutMs });
  const time = () => ({ now: clock.now(), settings: settings.current() });
  const look = async (isOpen: () => boolean) => {
    await link.run((db) => openRuns(db, kinds, time()));
    while (isOpen() && (await attemptChunk(link, kinds, time(), log))) onChange();
  };
  let isFailing = false;
  const stop = startPeriodic(
    lookEveryMs,
    async (isOpen) => {
      await look(isOpen);
      isFailing = false;
    },
    (error) => {
      if (!isFailing) log.warn({ err: error }, 'runs: will retry');
      isFailing = true;
    },
  );
  return async () => {
    await stop();
    await link.close();
  };
}

/** Tries the next chunk of any run; false if there is none to be done. What fails is recorded, and is no error. */
export async function attemptChunk(
  link: Pick<ReconnectingPool, 'run'>,
  kinds: readonly RunKind[],
  clock: RunClock,
  log: Pick<Logger, 'error'>,
): Promise<boolean> {
  const claimed: ClaimedChunk[] = [];
  try {
    return await link.run((db) => workChunk(db, kinds, clock, (chunk) => claimed.push(chunk)));
  } catch (error) {
    const chunk = claimed.at(-1);
    if (!chunk) throw error;
    log.error({ err: error, run: chunk.runId }, 'run: a chunk failed, will retry');
    await link.run((db) => noteFailure(db, chunk, error));
    return true;
  }
}
