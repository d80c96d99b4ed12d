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

/** What a run may take. */
export interface RunBounds {
  /** Rows read, logged and written at once. */
  batchSize: number;
  /** A client that takes nothing for this long is given up. */
  stallTimeoutMs: number;
  /** Longest time a run may last: so long the database keeps what it reads as it was. */
  timeoutMs: number;
  /** How often progress is told and the viewer's right looked at again. */
  heartbeatMs: number;
}

/** How a run ends that does not reach its end. */
type EarlyEnd = 'FAILED' | 'CANCELLED';

/** Ends a run early; the first reason given is the one that is told. */
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

/** One export that was taken for its download. */
export interface ExportRun {
  ctx: Context;
  viewer: Viewer;
  row: CustomerExportRow;
  columns: readonly ExportColumn[];
  query: ExportRows;
  /** Where the file goes. */
  bytes: PassThrough;
  halt: ExportAbort;
  /** Called once, when the first rows are there: from then on a failure can be seen only by the file's breaking off. */
  onOpen: () => void;
}

/**
 * Reads an export's rows and writes its file, batch by batch, no faster than it is taken.
 *
 * What is told of it comes before what it tells: that it begins, and which files of colleagues a batch holds, is in
 * the access log before these bytes; that it is complete, before the last bytes, without which the file is not whole.
 *
 * Errors: whatever kept it from its end, when it is already noted as FAILED or CANCELLED.
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
  const cellsOf = cellsFor(columns, row.locale as Locale, ctx.timeZone);
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
    // Read as they were when the download began: whose right has ended since is told no more.
    if (!(await mayStillRead(run, rows, reads))) return halt.stop('FAILED');
    await open();
    await table.write(rows.map(cellsOf));
    rowCount += rows.length;
  };

  const unwatch = watch(run, bounds, () => rowCount);
  try {
    await note(run, { kind: 'EXPORT_STARTED', code: row.format, rowCount: null });
    // Of who has files of their own it holds no others: what was lent is left out.
    if (policy[run.viewer.role].files === 'ALL') await logUses(occasion, query.uses);
    const { batchSize } = bounds;
    await eachBatch(client, renderStatement(query.statement), { batchSize, signal }, writeBatch);
    await open();
    signal.throwIfAborted();
    await note(run, { kind: 'EXPORTED', code: 'DONE', rowCount });
    isDone = await endExport(ctx.db, row.id, 'DONE', rowCount);
    if (!isDone) throw new Error('The export was given up in the meantime.');
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
    // The reason is in the log; the client must only not take what it has for the whole.
    bytes.destroy(isOpen ? new Error('The export broke off.') : undefined);
    throw error;
  } finally {
    unwatch();
  }
}

/** Tells progress and looks whether the run may go on, until the returned function is called. */
function watch({ ctx, viewer, row, halt }: ExportRun, bounds: RunBounds, rowCount: () => number): () => void {
  const fail = () => halt.stop('FAILED');
  const deadline = setTimeout(fail, bounds.timeoutMs);
  const heartbeat = setInterval(() => {
    Promise.all([touchExport(ctx.db, row.id, rowCount()), isStill(ctx, viewer)]).then(
      (lives) => lives.every(Boolean) || fail(),
      fail,
    );
  }, bounds.heartbeatMs);
  return () => {
    clearTimeout(deadline);
    clearInterval(heartbeat);
  };
}

/** Whether the viewer is still signed in, employed and in the role the rows are read by. */
const isStill = async ({ db }: Context, { id, sessionId, role }: Viewer): Promise<boolean> =>
  (await findViewer(db, { employeeId: id, sessionId }, new Date()))?.role === role;

/** Tells the access log; rejects when it cannot be written. */
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
