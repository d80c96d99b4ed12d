import { rateLimited } from './errors.ts';

export interface SemaphoreOptions {
  /** Pieces of work that run at the same time. */
  places: number;
  /** Of one caller at most; default: all. */
  placesPerCaller?: number;
  /** Pieces of work of one caller that may wait for a place; the next one is refused. */
  maxWaiting: number;
  /** When a refused caller may try again. Default 1. */
  retryAfterSeconds?: number;
}

export interface Semaphore {
  /**
   * Runs `work` once a place is free: of one caller in the order it came, callers in turn. Throws RATE_LIMITED when the
   * caller's queue is full.
   */
  run: <T>(work: () => Promise<T>, caller?: string) => Promise<T>;
  /** How busy it is at this moment, for metrics. */
  load: () => { running: number; waiting: number };
}

/** Bounds expensive work twice: how much runs at once, and how much of one caller waits for it. */
export function createSemaphore({
  places,
  placesPerCaller = places,
  maxWaiting,
  retryAfterSeconds = 1,
}: SemaphoreOptions): Semaphore {
  let running = 0;
  const runningOf = new Map<string, number>();
  /** What waits, by caller: whoever has waited longest for a turn is first. */
  const waiting = new Map<string, (() => void)[]>();

  const count = (caller: string, change: 1 | -1): void => {
    running += change;
    const theirs = (runningOf.get(caller) ?? 0) + change;
    if (theirs > 0) runningOf.set(caller, theirs);
    else runningOf.delete(caller);
  };
  const mayEnter = (caller: string): boolean =>
    running < places && (runningOf.get(caller) ?? 0) < placesPerCaller;

  const enter = async (caller: string): Promise<void> => {
    // While a place is free, whoever waits has all that one caller gets: no newcomer slips in before them.
    if (mayEnter(caller)) return count(caller, 1);
    const queue = waiting.get(caller) ?? [];
    if (queue.length >= maxWaiting) throw rateLimited(retryAfterSeconds);
    waiting.set(caller, queue);
    await new Promise<void>((resolve) => queue.push(resolve));
  };

  // A place is handed to the next in line before anybody else can come.
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
    async run(work, caller = '') {
      await enter(caller);
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
