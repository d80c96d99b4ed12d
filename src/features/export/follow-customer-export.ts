import { setTimeout } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import type { Delivery } from '../../core/graphql/execution/operation.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { readRow } from '../../core/model/read.ts';
import { customerExportModel } from './customer-export.model.ts';
import { customerExport } from './customer-export.table.ts';

/** How often the export's row is polled, since its download may run on another instance. One row by its key. */
const pollIntervalMs = 500;

/**
 * Opens the stream behind `customerExportChanged`: the export's id each time it changes, until it has ended.
 * Errors: BAD_USER_INPUT for an id of another kind, NOT_FOUND for an export that is not the viewer's.
 */
export async function followCustomerExport(
  ctx: Context,
  exportId: string,
): Promise<AsyncIterableIterator<Delivery>> {
  const id = requireId('exp', exportId, ['exportId']);
  await readRow(ctx, customerExportModel, id, { fields: [] });
  const stopped = new AbortController();
  let delivered: string | undefined;
  let isOver = false;

  const look = async (): Promise<string | null> => {
    const [row] = await ctx.db
      .select({ status: customerExport.status, rowCount: customerExport.rowCount })
      .from(customerExport)
      .where(eq(customerExport.id, id));
    // The row is deleted a day after the request.
    if (!row) return null;
    isOver = row.status !== 'READY' && row.status !== 'RUNNING';
    return `${row.status} ${row.rowCount}`;
  };
  const done = { done: true, value: undefined } as const;

  // Not an async generator, whose return() would wait for its pending next().
  const iterator: AsyncIterableIterator<Delivery> = {
    async next() {
      while (!isOver && !stopped.signal.aborted) {
        const seen = await look();
        if (seen === null) return done;
        if (seen !== delivered) {
          delivered = seen;
          return { done: false, value: async () => id };
        }
        await setTimeout(pollIntervalMs, undefined, { signal: stopped.signal }).catch(() => {});
      }
      return done;
    },
    async return() {
      stopped.abort();
      return done;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
