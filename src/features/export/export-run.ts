import type { PassThrough } from 'node:stream';
import type { Logger } from 'pino';
import { type ExportNote, logUses, unlogged } from '../../core/access/access-log-port.ts';
import { type AccessClass, policy } from '../../core/access/policy.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import type { Context } from '../../core/context.ts';
import { type Connection, renderStatement } from '../../core/database/database.ts';
import { eachBatch } from '../../core/database/server-cursor.ts';
import { describeCause } from '../../core/graphql/execution/public-error.ts';
import { readsOf } from '../../core/model/access-trace.ts';
import type { Locale } from '../../core/model/label.ts';
import type { Row } from '../../core/model/model.types.ts';
import { findViewer } from '../../core/session/authenticate.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import type { PushOptions } from './backpressure.ts';
import { clockOf, type TableRow, type TableWriter } from './cell.ts';
import { createCsvWriter } from './csv.write.ts';
import type { ExportRows } from './customer-export.service.ts';
import type { CustomerExportRow } from './customer-export.table.ts';
import { endExport, touchExport } from './customer-export.write.ts';
import { type ExportColumn, selectionOf } from './export-column.ts';
import { mayStillRead } from './recheck-access.ts';
import { createXlsxWriter } from './xlsx.write.ts';

/** The limits of a run. */
export interface RunBounds {
  /** Number of rows read, logged and written at once. */
  batchSize: number;
  /** How long a client may read nothing before the run is given up. */
  stallTimeoutMs: number;
  /** Longest duration of a run, and thus of the database snapshot that it reads from. */
  timeoutMs: number;
  /** How often progress is recorded and the viewer's rights are checked again. */
  heartbeatMs: number;
}

/** The status of a run that does not complete. */
type EarlyEnd = 'FAILED' | 'CANCELLED';

/** Ends a run early; the first reason given is the one reported. */
export interface ExportAbort {
  signal: AbortSignal;
  reason: () => EarlyEnd | null;
  stop: (reason: EarlyEnd) => void;
}

export function createHalt(): ExportAbort {
  const controller = new AbortController();
  let given: EarlyEnd | null = null;
  return {
    signal: controller.signal,
    reason: () => given,
    stop: (reason) => {
      given ??= reason;
      controller.abort();
    },
  };
}

/** An export that has been claimed for its download. */
export interface ExportRun {
  ctx: Context;
  viewer: Viewer;
  row: CustomerExportRow;
  columns: readonly ExportColumn[];
  query: ExportRows;
  /** The stream that the file is written to. */
  bytes: PassThrough;
  halt: ExportAbort;
  /** Called once, when the first rows have been read. From then on a failure shows only in the file's breaking off. */
  onOpen: () => void;
}

/**
 * Reads an export's rows and writes its file, batch by batch, no faster than the client reads it.
 *
 * Every step is logged before its bytes are sent: the start and each batch's files of colleagues before the rows; the
 * completion before the last bytes, without which the file is not valid.
 *
 * Errors: whatever kept the run from completing, after it has been recorded as FAILED or CANCELLED.
 */
export async function runExport(
  { client }: Pick<Connection, 'client'>,
  run: ExportRun,
  bounds: RunBounds,
  log: Logger,
): Promise<void> {
  const { ctx, row, columns, query, bytes, halt, onOpen } = run;
  const { signal } = halt;
  const occasion = { ...ctx, purpose: row.purpose, reason: 'EXPORT' as const };
  const selection = selectionOf(columns);
  const cellsOf = cellsFor(columns, row.locale as Locale, ctx.settings.timeZone);
  const table = tableWriter(row, columns, bytes, {
    signal,
    stallTimeoutMs: bounds.stallTimeoutMs,
    onStall: () => halt.stop('CANCELLED'),
  });
  let rowCount = 0;
  let isOpen = false;
  let isDone = false;
  const open = async () => {
    if (isOpen) return;
    isOpen = true;
    onOpen();
    await table.open();
  };
  const writeBatch = async (lines: string[]) => {
    const rows = lines.map(query.read);
    const reads = readsOf(customerModel, selection, rows, ctx.decisions);
    const classes = await ctx.accessLog.noteReads(occasion, reads);
    if (classes.length > 0) throw unlogged('The export', ctx.accessLog);
    // The rows are from the snapshot at the start of the download: rights that have ended since must be respected.
    if (!(await mayStillRead(run, rows, reads))) return halt.stop('FAILED');
    await open();
    await table.write(rows.map(cellsOf));
    rowCount += rows.length;
  };

  const unwatch = watch(run, bounds, () => rowCount);
  try {
    await note(run, { kind: 'EXPORT_STARTED', code: row.format, rowCount: null });
    // A role with files of its own exports only these, since files read by grant are left out; its uses need no entry.
    if (policy[run.viewer.role].files === 'ALL') await logUses(occasion, query.uses);
    const { batchSize } = bounds;
    await eachBatch(client, renderStatement(query.statement), { batchSize, signal }, writeBatch);
    await open();
    signal.throwIfAborted();
    unwatch();
    await ctx.db.transaction(async (tx) => {
      // Locks the row, so that nobody gives the export up between the entry that says it is done and its end.
      if (!(await endExport(tx, row.id, 'DONE', rowCount)))
        throw new Error('The export was given up in the meantime.');
      await note(run, { kind: 'EXPORTED', code: 'DONE', rowCount });
    });
    isDone = true;
    await table.end();
  } catch (error) {
    if (!isDone) {
      const end = halt.reason() ?? 'FAILED';
      if (!halt.reason()) log.error({ ...describeCause(error), exportId: row.id }, 'export failed');
      await Promise.allSettled([
        note(run, { kind: 'EXPORTED', code: end, rowCount }),
        endExport(ctx.db, row.id, end, rowCount),
      ]);
    }
    // The reason is in the log; the client only has to notice that the file is incomplete.
    bytes.destroy(isOpen ? new Error('The export broke off.') : undefined);
    throw error;
  } finally {
    unwatch();
  }
}

/** Records progress and checks that the run may continue, until the returned function is called, also more than once. */
function watch({ ctx, viewer, row, halt }: ExportRun, bounds: RunBounds, rowCount: () => number): () => void {
  let isOver = false;
  const fail = () => isOver || halt.stop('FAILED');
  const deadline = setTimeout(fail, bounds.timeoutMs);
  const heartbeat = setInterval(() => {
    Promise.all([touchExport(ctx.db, row.id, rowCount()), isStill(ctx, viewer)]).then(
      (lives) => lives.every(Boolean) || fail(),
      fail,
    );
  }, bounds.heartbeatMs);
  return () => {
    isOver = true;
    clearTimeout(deadline);
    clearInterval(heartbeat);
  };
}

/** Whether the viewer is still signed in, not disabled, and in the role under which the rows are read. */
const isStill = async ({ db }: Context, { id, sessionId, role }: Viewer): Promise<boolean> =>
  (await findViewer(db, { employeeId: id, sessionId }, new Date()))?.role === role;

/** Writes an entry into the access log; rejects when it cannot be written. */
const note = (
  { ctx, row, columns }: ExportRun,
  details: Pick<ExportNote, 'kind' | 'code' | 'rowCount'>,
): Promise<unknown> =>
  ctx.accessLog.noteExport(ctx, {
    ...details,
    classes: classesOf(columns),
    fields: columns.map(({ path }) => path),
    purpose: row.purpose,
  });

const classesOf = (columns: readonly ExportColumn[]): AccessClass[] => [
  ...new Set(
    columns.flatMap(({ through }) => through.map(({ access }) => access)).filter((one) => one !== 'open'),
  ),
];

function tableWriter(
  { format, locale }: CustomerExportRow,
  columns: readonly ExportColumn[],
  bytes: PassThrough,
  options: PushOptions,
): TableWriter {
  const shown = columns.map(({ label, form }) => ({ heading: label[locale as Locale], form }));
  return format === 'CSV' ? createCsvWriter(bytes, shown, options) : createXlsxWriter(bytes, shown, options);
}

function cellsFor(
  columns: readonly ExportColumn[],
  locale: Locale,
  timeZone: string,
): (row: Row) => TableRow {
  const clock = clockOf(timeZone);
  return (row) =>
    columns.map(({ read, form }) => {
      const text = read(row, locale);
      return text !== null && form === 'instant' ? clock(text) : text;
    });
}
