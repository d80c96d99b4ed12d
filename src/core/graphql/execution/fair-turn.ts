import { analystPoolSize } from '../../access/analyst-pool.ts';
import type { Context } from '../../context.ts';
import { rateLimited } from '../../errors.ts';
import { createSemaphore, type Semaphore } from '../../semaphore.ts';

/** Pieces of work of one caller that may wait, and the seconds that whoever has more is asked to wait. */
const maxWaiting = 200;
const retryAfterSeconds = 1;
/** A piece that took less is followed by the next one after one round of the event loop, without the delay of a timer. */
const shortMs = 1;

/** What waits, by caller: the oldest piece of the first is next, then that caller goes to the end. */
const waiting = new Map<string, (() => void)[]>();
let isRunning = false;

/**
 * Does work that holds up everybody else while it lasts: at once where nothing waits, otherwise in turn.
 *
 * A process has one event loop. So one piece is done at a time, and after it whatever the network brought comes first,
 * for as long as the piece took; and callers take turns, so that one who sends many waits for their own.
 * Throws RATE_LIMITED when too many pieces of this caller wait.
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

/** How those who send operations share the connections of a pool. */
export interface PoolTurns {
  reads: Semaphore;
  /** Analysts have connections of their own. */
  analystReads: Semaphore;
  writes: Semaphore;
}

/**
 * Callers take turns at a pool. One who sends many reads has half of its connections at most, so that whoever comes next
 * finds one; transactions are short, and whoever writes much may have all while nobody else waits.
 */
export function createPoolTurns(poolSize: number): PoolTurns {
  const turns = (places: number, placesPerCaller: number) =>
    createSemaphore({ places, placesPerCaller, maxWaiting, retryAfterSeconds });
  return {
    // One connection is left for what shares round trips: who the callers are, and rows.
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
