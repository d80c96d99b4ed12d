import { rateLimited } from '../errors.ts';

export interface TurnstileOptions {
  /** Pieces of work that run at the same time. */
  places: number;
  /** Pieces of work that may wait for a place; the next one is refused. */
  maxWaiting: number;
  /** What a refused caller is told to wait. */
  retryAfterSeconds: number;
}

export interface Turnstile {
  /** Runs `work` once a place is free, first come first served. Throws RATE_LIMITED when the queue is full. */
  pass: <T>(work: () => Promise<T>) => Promise<T>;
  /** How busy it is at this moment, for metrics. */
  load: () => { running: number; waiting: number };
}

/** Bounds expensive work twice: how much runs at once, and how much waits for it. */
export function createTurnstile({ places, maxWaiting, retryAfterSeconds }: TurnstileOptions): Turnstile {
  let running = 0;
  const waiting: (() => void)[] = [];

  const enter = async (): Promise<void> => {
    if (running < places) {
      running += 1;
      return;
    }
    if (waiting.length >= maxWaiting) throw rateLimited(retryAfterSeconds);
    await new Promise<void>((resolve) => waiting.push(resolve));
  };

  // A place is handed to the next in line rather than freed, so no newcomer can slip in between.
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };

  return {
    async pass(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
    load: () => ({ running, waiting: waiting.length }),
  };
}
