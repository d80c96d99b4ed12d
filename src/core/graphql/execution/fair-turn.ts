import { analystPoolSize } from '../../access/analyst-pool.ts';
import type { Context } from '../../context.ts';
import { abandoned, rateLimited } from '../../errors.ts';
import { createSemaphore, type Semaphore } from '../../semaphore.ts';

/** Maximum number of queued pieces of work per caller, and the retry delay reported to a caller that exceeds it. */
const maxWaiting = 200;
const retryAfterSeconds = 1;
/** After a shorter piece the next one follows in the next round of the event loop, without a timer's delay. */
const shortMs = 1;

/** A piece of work; false if nobody wanted it any more. */
type Piece = () => boolean;

/** Queued work by caller. The first caller's oldest piece runs next; then that caller moves to the end. */
const waiting = new Map<string, Piece[]>();
let isRunning = false;

/** The current load, for metrics. */
export const turnsLoad = (): ReturnType<Semaphore['load']> => ({
  running: Number(isRunning),
  waiting: [...waiting.values()].reduce((sum, { length }) => sum + length, 0),
});

/**
 * Runs work that blocks the event loop: at once if nothing is queued, otherwise in turn.
 *
 * A process has one event loop. So one piece runs at a time, and after it network input is processed for as long as the
 * piece took. Callers take turns, so a caller that sends many pieces waits for its own. Throws RATE_LIMITED if too many
 * pieces of this caller are queued. Work that nobody wants any more when its turn comes is given up.
 */
export function takeTurn<T>(
  { viewer, address, signal }: Pick<Context, 'viewer' | 'address' | 'signal'>,
  work: () => T | Promise<T>,
  isAbandoned: () => boolean = () => signal?.aborted ?? false,
): Promise<T> {
  const caller = viewer?.id ?? address;
  const pieces = waiting.get(caller) ?? [];
  if (pieces.length >= maxWaiting) return Promise.reject(rateLimited(retryAfterSeconds));
  return new Promise((resolve, reject) => {
    pieces.push(() => {
      if (isAbandoned()) {
        reject(abandoned());
        return false;
      }
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
      return true;
    });
    waiting.set(caller, pieces);
    if (isRunning) return;
    isRunning = true;
    doNext();
  });
}

/** How callers share the connections of a pool. */
export interface PoolTurns {
  reads: Semaphore;
  /** Analysts have separate connections. */
  analystReads: Semaphore;
  writes: Semaphore;
}

/**
 * Callers take turns at a pool. For reads one caller may use all but three connections, so that the next caller finds a
 * free one; with half of them, a dashboard that sends twenty lists at once had a seventh fewer answers. Transactions are
 * short, so one writer may use all connections while nobody else waits.
 */
export function createPoolTurns(poolSize: number): PoolTurns {
  const turns = (slots: number, slotsPerCaller: number) =>
    createSemaphore({ slots, slotsPerCaller, maxWaiting, retryAfterSeconds });
  return {
    // One connection is reserved for shared round trips: viewers and single rows.
    reads: turns(Math.max(1, poolSize - 1), Math.max(Math.ceil(poolSize / 2), poolSize - 3)),
    analystReads: turns(analystPoolSize, Math.ceil(analystPoolSize / 2)),
    writes: turns(poolSize, poolSize),
  };
}

function doNext(): void {
  let startedMs: number;
  let hasRun: boolean;
  do {
    const [next] = waiting;
    if (!next) {
      isRunning = false;
      return;
    }
    const [caller, pieces] = next;
    const piece = pieces.shift();
    waiting.delete(caller);
    if (pieces.length > 0) waiting.set(caller, pieces);
    startedMs = performance.now();
    hasRun = piece?.() ?? false;
  } while (!hasRun);
  const tookMs = performance.now() - startedMs;
  if (tookMs < shortMs) setImmediate(doNext);
  else setTimeout(doNext, tookMs);
}
