import { abandoned, rateLimited } from './errors.ts';

export interface SemaphoreOptions {
  /** Maximum number of concurrent pieces of work. */
  slots: number;
  /** Maximum per caller; default: all. */
  slotsPerCaller?: number;
  /** Maximum number of waiting pieces of work per caller; the next one is refused. */
  maxWaiting: number;
  /** Retry delay reported to a refused caller. Default 1. */
  retryAfterSeconds?: number;
}

export interface Semaphore {
  /**
   * Runs `work` once a slot is free: one caller's work in order of arrival, callers in turn. Throws RATE_LIMITED if the
   * caller's queue is full, and gives up the work if `signal` is aborted before its turn.
   */
  run: <T>(work: () => Promise<T>, caller?: string, signal?: AbortSignal) => Promise<T>;
  /** The current load, for metrics. */
  load: () => { running: number; waiting: number };
}

/** Limits expensive work in two ways: how much runs at once, and how much of one caller's work may wait. */
export function createSemaphore({
  slots,
  slotsPerCaller = slots,
  maxWaiting,
  retryAfterSeconds = 1,
}: SemaphoreOptions): Semaphore {
  let running = 0;
  const runningOf = new Map<string, number>();
  /** Waiting work by caller; the caller that has waited longest for a turn comes first. */
  const waiting = new Map<string, (() => void)[]>();

  const count = (caller: string, change: 1 | -1): void => {
    running += change;
    const theirs = (runningOf.get(caller) ?? 0) + change;
    if (theirs > 0) runningOf.set(caller, theirs);
    else runningOf.delete(caller);
  };
  const mayEnter = (caller: string): boolean =>
    running < slots && (runningOf.get(caller) ?? 0) < slotsPerCaller;

  const enter = async (caller: string, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted) throw abandoned();
    // While a slot is free, callers in the queue have reached their own limit, so a newcomer overtakes nobody.
    if (mayEnter(caller)) return count(caller, 1);
    const queue = waiting.get(caller) ?? [];
    if (queue.length >= maxWaiting) throw rateLimited(retryAfterSeconds);
    waiting.set(caller, queue);
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        queue.splice(queue.indexOf(proceed), 1);
        if (queue.length === 0 && waiting.get(caller) === queue) waiting.delete(caller);
        reject(abandoned());
      };
      const proceed = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      queue.push(proceed);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  };

  // A free slot goes to the next in the queue before anybody else can take it.
  const leave = (caller: string): void => {
    count(caller, -1);
    for (const [next, queue] of waiting) {
      if (!mayEnter(next)) continue;
      waiting.delete(next);
      const proceed = queue.shift();
      if (queue.length > 0) waiting.set(next, queue);
      count(next, 1);
      proceed?.();
      return;
    }
  };

  return {
    async run(work, caller = '', signal) {
      await enter(caller, signal);
      try {
        return await work();
      } finally {
        leave(caller);
      }
    },
    load: () => ({
      running,
      waiting: [...waiting.values()].reduce((sum, { length }) => sum + length, 0),
    }),
  };
}
