import type postgres from 'postgres';
import type { RenderedStatement } from './database.ts';

export interface EachBatchOptions {
  batchSize: number;
  /** Ends the reading at once, a statement under way included; the returned promise then rejects. */
  signal: AbortSignal;
  /** How often a connection is used whose rows are taken slowly: silent for longer it would be taken for dead. Default 10 s. */
  keepAliveMs?: number;
}

/**
 * Reads what a statement of one column yields, batch by batch, all of it as it stood when the reading began. The next
 * batch is fetched when `take` is done with the last, so that memory holds one, however many rows there are.
 *
 * `client` must allow one connection more than are read from already, and one to end a statement with: where that cannot
 * be had the reading ends with the batch. Errors: those of the statement and of `take`.
 */
export async function eachBatch(
  client: postgres.Sql,
  { text, params }: RenderedStatement,
  { batchSize, signal, keepAliveMs = 10_000 }: EachBatchOptions,
  take: (values: string[]) => Promise<void>,
): Promise<void> {
  await client.begin('read only', async (tx) => {
    // All rows are wanted, not the first tenth of them: the plan is to be made for that.
    const [session] = await tx<
      { pid: number }[]
    >`select pg_backend_pid() as pid, set_config('cursor_tuple_fraction', '1', true)`;
    // Not the driver's `cancel()`: where that does not get through, it rejects a promise that nobody has.
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

/** Asynchronous, for a transaction whose connection is lost throws at once. */
const touch = async (tx: postgres.TransactionSql): Promise<unknown> => tx`select 1`;
