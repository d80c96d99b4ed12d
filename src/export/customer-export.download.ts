import { PassThrough, type Readable } from 'node:stream';
import type { Logger } from 'pino';
import type { ExportNote } from '../access/file-reads.ts';
import { type AccessClass, callers } from '../access/policy.ts';
import type { Context, Viewer } from '../context.ts';
import { customerModel } from '../customer/customer.model.ts';
import { eachBatch } from '../database/cursor.ts';
import { type Connection, renderStatement } from '../database/database.ts';
import { forbidden, rateLimited, unauthenticated } from '../errors.ts';
import { describeCause } from '../graphql/public-error.ts';
import { encodeId } from '../graphql/type-id.ts';
import type { EachRow } from '../model/each-row.ts';
import type { Locale } from '../model/label.ts';
import type { Row } from '../model/model.ts';
import { readsOf } from '../model/read-trace.ts';
import { findViewer } from '../session/session.service.ts';
import { clockOf, type TableRow, type TableWriter } from './cell.ts';
import { createCsvWriter } from './csv.write.ts';
import { eachRowOf } from './customer-export.service.ts';
import type { CustomerExportRow } from './customer-export.table.ts';
import { claimExport, columnsNamed, endExport, requireReady, touchExport } from './customer-export.write.ts';
import { type ExportColumn, selectionOf } from './export-column.ts';
import { createXlsxWriter } from './xlsx.write.ts';

/** What downloads may take. */
export interface DownloadBounds {
  /** Downloads of this instance at the same time; each holds a connection. */
  places: number;
  /** Rows read, logged and written at once. */
  batchSize: number;
  /** A client that takes nothing for this long is given up. */
  stallTimeoutMs: number;
  /** Longest time a download may last: so long the database keeps what it reads as it was. */
  timeoutMs: number;
  /** How often progress is told and the viewer's right looked at again. */
  pulseMs: number;
}

export const defaultDownloadBounds: DownloadBounds = {
  places: 3,
  batchSize: 500,
  stallTimeoutMs: 30_000,
  timeoutMs: 10 * 60_000,
  pulseMs: 1_000,
};

export interface Downloads {
  /**
   * Starts the one download of an export and returns its bytes once the first rows are there. `gone` tells that the
   * client went away.
   *
   * Errors: UNAUTHENTICATED, NOT_FOUND, CONFLICT for one that is used or expired, RATE_LIMITED, and those of
   * {@link eachRowOf} under the rights of now. Later failures end the stream with an error.
   */
  start: (ctx: Context, id: string, gone: AbortSignal) => Promise<Download>;
  /** From now on a client that goes away does so because the server stops. */
  stopping: () => void;
  /** Resolves when no download is under way any more. */
  settled: () => Promise<unknown>;
}

export interface Download {
  bytes: Readable;
  format: CustomerExportRow['format'];
}

export interface DownloadsOptions {
  /** A read-only pool with a connection for each place. */
  connection: Connection;
  log: Logger;
  bounds?: DownloadBounds | undefined;
}

export function createDownloads({
  connection,
  log,
  bounds = defaultDownloadBounds,
}: DownloadsOptions): Downloads {
  const running = new Set<Promise<void>>();
  let taken = 0;
  let isStopping = false;

  const start: Downloads['start'] = async (ctx, id, gone) => {
    const { viewer } = ctx;
    if (!viewer) throw unauthenticated();
    const allowed = callers['Mutation.exportCustomers'] ?? [];
    if (typeof allowed !== 'string' && !allowed.includes(viewer.role)) throw forbidden();
    if (taken >= bounds.places) {
      throw rateLimited(
        10,
        'Too many exports are being downloaded; try again soon. (导出繁忙，请稍后再试。)',
      );
    }
    taken += 1;
    let run: Promise<void> | undefined;
    try {
      const row = await requireReady(ctx.db, id, viewer.id, ctx.now);
      const columns = columnsNamed(row.columns);
      const segmentId = row.segmentId && encodeId('seg', row.segmentId);
      const question = await eachRowOf(ctx, { columns, filter: row.filter, segmentId });
      await claimExport(ctx.db, row.id);
      return await new Promise<Download>((resolve, reject) => {
        const bytes = new PassThrough();
        const opened = () => resolve({ bytes, format: row.format });
        run = write({ ctx, viewer, row, columns, question, bytes, gone, opened }).catch(reject);
        running.add(run);
      });
    } finally {
      void (run ?? Promise.resolve()).finally(() => {
        taken -= 1;
        if (run) running.delete(run);
      });
    }
  };

  interface Work {
    ctx: Context;
    viewer: Viewer;
    row: CustomerExportRow;
    columns: ExportColumn[];
    question: EachRow;
    bytes: PassThrough;
    gone: AbortSignal;
    /** The first rows are there. */
    opened: () => void;
  }

  const write = async ({ ctx, viewer, row, columns, question, bytes, gone, opened }: Work) => {
    const stopped = new AbortController();
    let end: 'DONE' | 'FAILED' | 'CANCELLED' | undefined;
    let rowCount = 0;
    const stop = (how: 'FAILED' | 'CANCELLED') => {
      end ??= how;
      stopped.abort();
    };
    const leave = () => stop(isStopping ? 'FAILED' : 'CANCELLED');
    gone.addEventListener('abort', leave, { once: true });
    if (gone.aborted) leave();
    const deadline = setTimeout(() => stop('FAILED'), bounds.timeoutMs);
    const pulse = setInterval(() => {
      Promise.all([touchExport(ctx.db, row.id, rowCount), isStill(ctx, viewer)]).then(
        (lives) => lives.every(Boolean) || stop('FAILED'),
        () => stop('FAILED'),
      );
    }, bounds.pulseMs);

    const { signal } = stopped;
    const selection = selectionOf(columns);
    const table = createWriter(row, columns, bytes, {
      signal,
      stallTimeoutMs: bounds.stallTimeoutMs,
      onStall: () => stop('CANCELLED'),
    });
    const cellsOf = cellsFor(columns, row.locale as Locale, ctx.timeZone);
    const note = (told: Pick<ExportNote, 'kind' | 'code' | 'rowCount'>) =>
      ctx.accessLog.noteExport(ctx, {
        ...told,
        classes: classesOf(columns),
        fields: columns.map(({ path }) => path),
        purpose: row.purpose,
      });
    let isOpen = false;
    const open = async () => {
      if (isOpen) return;
      isOpen = true;
      opened();
      await table.open();
    };

    try {
      await note({ kind: 'EXPORT_STARTED', code: row.format, rowCount: null });
      const { batchSize } = bounds;
      await eachBatch(
        connection.client,
        renderStatement(question.statement),
        { batchSize, signal },
        async (lines) => {
          const rows = lines.map(question.read);
          const reads = readsOf(customerModel, selection, rows, (access) => ctx.verdicts[access] !== 'DENY');
          // No log, no rows.
          if ((await ctx.accessLog.noteReads(ctx, reads)).length > 0)
            throw new Error('Access log not written.');
          await open();
          await table.write(rows.map(cellsOf));
          rowCount += rows.length;
        },
      );
      await open();
      signal.throwIfAborted();
      // Before the file's end, without which it is no whole file.
      await note({ kind: 'EXPORTED', code: 'DONE', rowCount });
      if (!(await endExport(ctx.db, row.id, 'DONE', rowCount))) throw new Error('Given up in the meantime.');
      end = 'DONE';
      await table.end();
    } catch (error) {
      if (end === undefined) log.error({ ...describeCause(error), exportId: row.id }, 'export failed');
      if (end !== 'DONE') {
        const code = end ?? 'FAILED';
        await Promise.allSettled([
          note({ kind: 'EXPORTED', code, rowCount }),
          endExport(ctx.db, row.id, code, rowCount),
        ]);
      }
      // The client must not take what it has for the whole. The reason is in the log.
      bytes.destroy(isOpen ? new Error('The export broke off.') : undefined);
      throw error;
    } finally {
      clearTimeout(deadline);
      clearInterval(pulse);
      gone.removeEventListener('abort', leave);
    }
  };

  return {
    start,
    stopping: () => {
      isStopping = true;
    },
    settled: () => Promise.allSettled(running),
  };
}

/** Whether the viewer is still signed in, employed and in the role the rows are read by. */
const isStill = async ({ db }: Context, { id, sessionId, role }: Viewer): Promise<boolean> =>
  (await findViewer(db, { employeeId: id, sessionId }, new Date()))?.role === role;

const classesOf = (columns: readonly ExportColumn[]): AccessClass[] => [
  ...new Set(columns.flatMap(({ access }) => access).filter((one) => one !== 'open')),
];

const createWriter = (
  { format, locale }: CustomerExportRow,
  columns: readonly ExportColumn[],
  bytes: PassThrough,
  options: Parameters<typeof createCsvWriter>[2],
): TableWriter => {
  const shown = columns.map(({ label, form }) => ({ heading: label[locale as Locale], form }));
  return format === 'CSV' ? createCsvWriter(bytes, shown, options) : createXlsxWriter(bytes, shown, options);
};

const cellsFor = (
  columns: readonly ExportColumn[],
  locale: Locale,
  timeZone: string,
): ((row: Row) => TableRow) => {
  const clock = clockOf(timeZone);
  return (row) =>
    columns.map(({ read, form }) => {
      const text = read(row, locale);
      return text !== null && form === 'instant' ? clock(text) : text;
    });
};
