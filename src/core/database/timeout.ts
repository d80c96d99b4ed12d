/**
 * Waits for work no longer than `timeoutMs`, then rejects with what `late` makes. The work itself goes on: what comes
 * of it then, an error included, is nobody's.
 */
export async function withTimeout<T>(
  timeoutMs: number,
  work: () => Promise<T>,
  late: () => unknown = () => new Error(`No answer within ${timeoutMs} ms`),
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), timeoutMs);
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
  }
}
