import { analystPoolSize } from '../../access/analyst-pool.ts';
import type { Context } from '../../context.ts';
import { rateLimited } from '../../errors.ts';
import { createSemaphore, type Semaphore } from '../../semaphore.ts';

/** Maximum number of queued pieces of work per caller, and the retry delay reported to a caller that exceeds it. */
const maxWaiting = 200;
const retryAfterSeconds = 1;
/** After a shorter piece the next one follows in the next round of the event loop, without a timer's delay. */
const shortMs = 1;

/** Queued work by caller. The first caller's oldest piece runs next; then that caller moves to the end. */
const waiting = new Map<string, (() => void)[]>();
let isRunning = false;

/**
 * Runs work that blocks the event loop: at once if nothing is queued, otherwise in turn.
 *
 * A process has one event loop. So one piece runs at a time, and after it network input is processed for as long as the
 * piece took. Callers take turns, so a caller that sends many pieces waits for its own. Throws RATE_LIMITED if too many
 * pieces of this caller are queued.
 */
export function takeTurn<T>(
  { viewer, address }: Pick<Context, 'viewer' | 'address'>,
  work: () => T | Promise<T>,
): Promise<T> {
  const caller = viewer?.id ?? address;
  const pieces = waiting.get(caller) ?? [];
  if (pieces.length >= maxWaiting) return Promise.reject(rateLimited(retryAfterSeconds));
  return new Promise((resolve, reject) => {
    pieces.push(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
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
 * Callers take turns at a pool. For reads one caller may use at most half of the connections, so that the next caller
 * finds a free one. Transactions are short, so one writer may use all connections while nobody else waits.
 */
export function createPoolTurns(poolSize: number): PoolTurns {
  const turns = (places: number, placesPerCaller: number) =>
    createSemaphore({ places, placesPerCaller, maxWaiting, retryAfterSeconds });
  return {
    // One connection is reserved for shared round trips: viewers and single rows.
    reads: turns(Math.max(1, poolSize - 1), Math.ceil(poolSize / 2)),
    analystReads: turns(analystPoolSize, Math.ceil(analystPoolSize / 2)),
    writes: turns(poolSize, poolSize),
  };
}

function doNext(): void {
  const [next] = waiting;
  if (!next) {
    isRunning = false;
    return;
  }
  const [caller, pieces] = next;
  const piece = pieces.shift();
  waiting.delete(caller);
  if (pieces.length > 0) waiting.set(caller, pieces);
  const startedMs = performance.now();
  piece?.();
  const tookMs = performance.now() - startedMs;
  if (tookMs < shortMs) setImmediate(doNext);
  else setTimeout(doNext, tookMs);
}
