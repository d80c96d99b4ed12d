import type postgres from 'postgres';
import { abandoned } from '../errors.ts';

/** PostgreSQL: the statement was cancelled, by request or by `statement_timeout`. */
const queryCanceled = '57014';
/** How often a statement is run again that was cancelled instead of another. */
const maxStrays = 2;

/** A query as the driver represents it. Its own `cancel()` drops the promise of the request, whose failure would end the process. */
type DriverQuery = { canceller?: ((query: unknown) => Promise<void>) | null };

/**
 * Runs a statement that is cancelled when `signal` is aborted.
 *
 * PostgreSQL cancels whatever a session is running when the request arrives, which by then may be the next statement.
 * So every statement on such connections must be run here, and may only read: one that was cancelled instead of another
 * is run again. It is recognized by its time, because one that was too slow fails with the same code.
 */
export async function runCancellable<Rows extends readonly unknown[]>(
  send: () => Promise<Rows>,
  statementTimeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Rows> {
  for (let strays = 0; ; strays += 1) {
    if (signal?.aborted) throw abandoned();
    const startedMs = performance.now();
    const query = send();
    const cancel = () => {
      const { canceller } = query as DriverQuery;
      canceller?.(query).catch(() => {});
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await query;
    } catch (error) {
      const isCanceled = (error as Partial<postgres.PostgresError>).code === queryCanceled;
      if (isCanceled && signal?.aborted) throw abandoned();
      const isStray = isCanceled && performance.now() - startedMs < statementTimeoutMs;
      if (!isStray || strays === maxStrays) throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }
}
