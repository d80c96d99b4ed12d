import { PassThrough, type Readable } from 'node:stream';
import type { Logger } from 'pino';
import { callers } from '../../core/access/callers.ts';
import type { Context } from '../../core/context.ts';
import type { Connection } from '../../core/database/database.ts';
import { forbidden, rateLimited, unauthenticated } from '../../core/errors.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { eachRowOf } from './customer-export.service.ts';
import type { ExportFormat } from './customer-export.table.ts';
import { claimExport, columnsNamed, requireReady } from './customer-export.write.ts';
import { createHalt, type RunBounds, runExport } from './export-run.ts';

/** The limits of downloads. */
export interface DownloadBounds extends RunBounds {
  /** Most concurrent downloads of this instance; each holds a connection. */
  maxDownloads: number;
}

export const defaultDownloadBounds: DownloadBounds = {
  maxDownloads: 3,
  batchSize: 500,
  stallTimeoutMs: 30_000,
  timeoutMs: 10 * 60_000,
  heartbeatMs: 1_000,
};

export interface Download {
  bytes: Readable;
  format: ExportFormat;
}

export interface Downloads {
  /**
   * Starts the one download of an export (a UUID) and returns its bytes once the first rows have been read. `gone` is
   * aborted when the client disconnects.
   *
   * Errors: UNAUTHENTICATED, NOT_FOUND, CONFLICT for an export that has been downloaded or has expired, RATE_LIMITED,
   * and those of {@link eachRowOf} under the viewer's present rights. Later failures end the stream with an error.
   */
  start: (ctx: Context, id: string, gone: AbortSignal) => Promise<Download>;
  /** To be called when the server stops: from then on, a client that disconnects counts as FAILED, not CANCELLED. */
  stopping: () => void;
  /** Resolves when no download is running any more. */
  settled: () => Promise<unknown>;
}

export interface DownloadsOptions {
  /** A read-only pool with one connection for each of `maxDownloads`. */
  connection: Connection;
  log: Logger;
  bounds: DownloadBounds;
}

export function createDownloads({ connection, log, bounds }: DownloadsOptions): Downloads {
  /** Downloads that are being prepared or running; each takes one of `maxDownloads`. */
  const taken = new Set<Promise<unknown>>();
  let isStopping = false;

  /** Runs a download to its end; `opened` receives the bytes. */
  const begin = async (
    ctx: Context,
    id: string,
    gone: AbortSignal,
    opened: (download: Download) => void,
  ): Promise<void> => {
    const { viewer } = ctx;
    if (!viewer) throw unauthenticated();
    const allowed = callers['Mutation.exportCustomers'] ?? [];
    if (typeof allowed !== 'string' && !allowed.includes(viewer.role)) throw forbidden();
    const row = await requireReady(ctx.db, id, viewer.id, new Date());
    const columns = columnsNamed(row.columns);
    const segmentId = row.segmentId && encodeId('seg', row.segmentId);
    const query = await eachRowOf(ctx, { columns, filter: row.filter, segmentId });
    await claimExport(ctx.db, row.id);

    const halt = createHalt();
    const leave = () => halt.stop(isStopping ? 'FAILED' : 'CANCELLED');
    gone.addEventListener('abort', leave, { once: true });
    if (gone.aborted) leave();
    const bytes = new PassThrough();
    const onOpen = () => opened({ bytes, format: row.format });
    await runExport(connection, { ctx, viewer, row, columns, query, bytes, halt, onOpen }, bounds, log);
  };

  return {
    start: (ctx, id, gone) =>
      new Promise((resolve, reject) => {
        if (taken.size >= bounds.maxDownloads) {
          const message = 'Too many exports are being downloaded; try again soon. (导出繁忙，请稍后再试。)';
          reject(rateLimited(10, message));
          return;
        }
        // Once `opened` has resolved the promise, a failure is reported by the stream's own error.
        const run = begin(ctx, id, gone, resolve).catch(reject);
        taken.add(run);
        void run.then(() => taken.delete(run));
      }),
    stopping: () => {
      isStopping = true;
    },
    settled: () => Promise.all(taken),
  };
}
