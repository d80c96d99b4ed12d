/** Longest time for which pieces keep the event loop, in milliseconds, unless a single one takes longer. */
const roundMs = 10;

const waiting: (() => void)[] = [];
let isRunning = false;

/**
 * Resolves when the caller may do the next piece of work that is short by itself but comes in large numbers. Pieces
 * follow one another, with all that they lead to at once; after every 10 ms network input is processed.
 */
export const nextPiece = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    if (isRunning) return;
    isRunning = true;
    void runPieces();
  });

async function runPieces(): Promise<void> {
  while (waiting.length > 0) {
    const endMs = performance.now() + roundMs;
    do {
      waiting.shift()?.();
      // Ticks come after all promises that are settled by then.
      await new Promise<void>((resolve) => process.nextTick(resolve));
    } while (waiting.length > 0 && performance.now() < endMs);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  isRunning = false;
}
