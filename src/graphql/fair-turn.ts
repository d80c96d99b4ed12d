import type { Context } from '../context.ts';
import { rateLimited } from '../errors.ts';

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
