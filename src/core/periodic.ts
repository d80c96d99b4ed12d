/** How long a stop waits for a run that does not end. */
const stopWithinMs = 5_000;

/**
 * Runs `work` every `everyMs`, one run at a time: while one takes longer, the next is left out. Work in steps checks `isOpen`
 * before each. Returns a function that stops it and waits for a run under way, 5 s at most.
 */
export function startPeriodic(
  everyMs: number,
  work: (isOpen: () => boolean) => Promise<unknown>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let isStopped = false;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    try {
      await work(() => !isStopped);
    } catch (error) {
      onError(error);
    } finally {
      running = undefined;
    }
  };
  const timer = setInterval(() => {
    running ??= run();
  }, everyMs);
  return async () => {
    isStopped = true;
    clearInterval(timer);
    if (!running) return;
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, stopWithinMs);
    });
    await Promise.race([running, late]);
    clearTimeout(limit);
  };
}
