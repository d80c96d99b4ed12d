/**
 * Waits for work for at most `timeoutMs`, then rejects with the error from `late`. The work itself continues; its later
 * result or error is ignored.
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
