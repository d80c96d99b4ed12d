import type postgres from 'postgres';
import type { RenderedStatement } from './database.ts';

export interface EachBatchOptions {
  batchSize: number;
  /** Ends the reading at once, including a running statement; the returned promise then rejects. */
  signal: AbortSignal;
  /**
   * How often a connection is used while its rows are consumed slowly; otherwise it would be taken for dead. Default 10
   * s.
   */
  keepAliveMs?: number;
}

/**
 * Reads the result of a statement with one column batch by batch, from a single snapshot. The next batch is fetched
 * when `take` is done with the previous one, so memory holds one batch, however many rows there are.
 *
 * `client` must allow one connection more than are already being read from, plus one to cancel a statement with;
 * without the latter, cancellation takes effect after the batch. Errors: those of the statement and of `take`.
 */
export async function eachBatch(
  client: postgres.Sql,
  { text, params }: RenderedStatement,
  { batchSize, signal, keepAliveMs = 10_000 }: EachBatchOptions,
  take: (values: string[]) => Promise<void>,
): Promise<void> {
  await client.begin('read only', async (tx) => {
    // Plan for all rows, not for the first tenth of them.
    const [session] = await tx<
      { pid: number }[]
    >`select pg_backend_pid() as pid, set_config('cursor_tuple_fraction', '1', true)`;
    // Not the driver's `cancel()`: if that fails, it rejects a promise nobody handles.
    const cancel = () => void client`select pg_cancel_backend(${session?.pid ?? 0})`.catch(() => {});
    await tx.unsafe(`declare each_row no scroll cursor for ${text}`, params as never[]);
    for (;;) {
      signal.throwIfAborted();
      const fetching = tx.unsafe(`fetch ${batchSize} from each_row`).raw();
      signal.addEventListener('abort', cancel, { once: true });
      const rows = await fetching.finally(() => signal.removeEventListener('abort', cancel));
      if (rows.length === 0) return;
      const alive = setInterval(() => void touch(tx).catch(() => {}), keepAliveMs);
      try {
        await take(rows.map(([value]) => String(value)));
      } finally {
        clearInterval(alive);
      }
    }
  });
}

/** `async`, because a transaction whose connection is lost throws synchronously. */
const touch = async (tx: postgres.TransactionSql): Promise<unknown> => tx`select 1`;
