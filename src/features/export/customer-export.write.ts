import { and, eq, sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import { breaksConstraint } from '../../core/database/constraint.ts';
import type { Database } from '../../core/database/database.ts';
import { insertedId } from '../../core/database/idempotency.ts';
import {
  badInput,
  conflict,
  notFound,
  rateLimited,
  unauthenticated,
  violationsOf,
} from '../../core/errors.ts';
import { uuidOf } from '../../core/graphql/schema/type-id.ts';
import type { Locale } from '../../core/model/label.ts';
import { segmentIdsIn } from '../../domains/segment/rule-clause.ts';
import { lockVisible } from '../../domains/segment/segment-use.service.ts';
import { checkExport, type ExportFields } from './customer-export.check.ts';
import { eachRowOf } from './customer-export.service.ts';
import {
  type CustomerExportRow,
  customerExport,
  type ExportFormat,
  type ExportStatus,
} from './customer-export.table.ts';
import { type ExportColumn, exportColumns } from './export-column.ts';

/** How long an export waits for its download. */
const waitMs = 15 * 60_000;
/** A download without a sign of life for this long is one of an instance that died. */
const deadAfterSeconds = 30;
/** How long what was asked for is kept; the access log keeps that it was. */
const retentionMs = 24 * 60 * 60_000;

export interface ExportCustomers extends ExportFields {
  segmentId?: string | null;
  format: ExportFormat;
  locale: Locale;
}

/** The columns of these names. */
export const columnsNamed = (names: readonly string[]): ExportColumn[] =>
  names.map((name) => {
    const column = exportColumns.get(name);
    if (!column) throw new Error(`There is no column ${name}.`);
    return column;
  });

/**
 * Keeps what an export is to hold and returns its id (a UUID). Nothing is read yet, but the viewer's rights are judged.
 *
 * Errors: FORBIDDEN naming every column the viewer's role never reads, NOT_FOUND for a segment that is not theirs,
 * BAD_USER_INPUT naming every violation.
 */
export async function requestExport(ctx: Context, input: ExportCustomers): Promise<string> {
  const { viewer, now } = ctx;
  if (!viewer) throw unauthenticated();
  const { values, filter, issues } = checkExport(input);
  const { format, locale } = input;
  const segmentId = input.segmentId ?? null;
  const named = { and: [filter ?? {}, { inSegment: segmentId }] };
  for (;;) {
    if (!issues.some(({ code }) => code === 'TOO_LONG')) {
      const columns = columnsNamed(input.columns);
      const found = await violationsOf(() => eachRowOf(ctx, { columns, filter, segmentId }));
      issues.push(...found.map((issue) => ({ ...issue, path: ['input', ...issue.path] })));
    }
    if (issues.length > 0) throw badInput(issues);
    const insert = (db: Database): Promise<string> =>
      insertedId(
        db
          .insert(customerExport)
          .values({
            employeeId: viewer.id,
            format,
            locale,
            filter,
            columns: [...input.columns],
            purpose: values.purpose as string,
            segmentId: segmentId && uuidOf(segmentId),
            expiresAt: new Date(now.getTime() + waitMs).toISOString(),
          })
          .returning({ id: customerExport.id }),
      );
    if (segmentIdsIn(named).length === 0) return insert(ctx.db);
    const id = await ctx.db.transaction(async (tx) =>
      (await lockVisible(tx, viewer, named)) ? insert(tx) : null,
    );
    if (id !== null) return id;
    // A segment went after the rights were found: they are looked at once more, and say what is wrong.
  }
}

/** An export of the employee's own that waits to be downloaded. Errors: NOT_FOUND, CONFLICT when it does not wait. */
export async function requireReady(
  db: Database,
  id: string,
  employeeId: string,
  now: Date,
): Promise<CustomerExportRow> {
  const [row] = await db
    .select()
    .from(customerExport)
    .where(and(eq(customerExport.id, id), eq(customerExport.employeeId, employeeId)));
  if (!row) throw notFound();
  if (row.status !== 'READY' && row.status !== 'EXPIRED') throw notReady(row.status);
  if (row.status === 'EXPIRED' || Date.parse(row.expiresAt) <= now.getTime()) throw notReady('EXPIRED');
  return row;
}

const notReady = (status: ExportStatus) =>
  status === 'EXPIRED'
    ? conflict('This export has expired; ask for it again. (该导出已过期，请重新申请。)', { status })
    : conflict('This export was downloaded already; ask for it again. (该导出已被下载，请重新申请。)', {
        status,
      });

/**
 * Takes an export for its one download. Errors: CONFLICT when somebody was quicker, RATE_LIMITED while the employee
 * downloads another one.
 */
export async function claimExport(db: Database, id: string): Promise<void> {
  await settleExports(db);
  try {
    const claimed = await db
      .update(customerExport)
      .set({ status: 'RUNNING', startedAt: sql`now()`, touchedAt: sql`now()` })
      .where(and(eq(customerExport.id, id), eq(customerExport.status, 'READY')))
      .returning({ id: customerExport.id });
    if (claimed.length === 0) throw notReady('RUNNING');
  } catch (error) {
    if (!breaksConstraint(error, 'customer_export_running_key')) throw error;
    throw rateLimited(10, 'One export at a time: yours is being downloaded. (请等待您的上一个导出完成。)');
  }
}

/** Tells how far a download is, and that it lives. False when it was given up in the meantime. */
export const touchExport = async (db: Database, id: string, rowCount: number): Promise<boolean> =>
  changeRunning(db, id, { rowCount, touchedAt: sql`now()` });

/** Ends a download. False when it had been given up before. */
export const endExport = (
  db: Database,
  id: string,
  status: ExportStatus,
  rowCount: number,
): Promise<boolean> => changeRunning(db, id, { status, rowCount, endedAt: sql`now()` });

async function changeRunning(db: Database, id: string, change: object): Promise<boolean> {
  const changed = await db
    .update(customerExport)
    .set(change)
    .where(and(eq(customerExport.id, id), eq(customerExport.status, 'RUNNING')))
    .returning({ id: customerExport.id });
  return changed.length > 0;
}

/** Gives up what nobody came for in time, and what an instance that died left behind. */
export async function settleExports(db: Database): Promise<void> {
  await db.execute(sql`
    update ${customerExport} set status = case status when 'READY' then 'EXPIRED' else 'FAILED' end, ended_at = now()
    where (status = 'READY' and expires_at <= now())
       or (status = 'RUNNING' and touched_at < now() - make_interval(secs => ${deadAfterSeconds}::float8))`);
}

/** Forgets exports of more than a day ago. */
export async function trimExports(db: Database, now: Date): Promise<void> {
  await db.execute(
    sql`delete from ${customerExport} where created_at < ${new Date(now.getTime() - retentionMs).toISOString()}`,
  );
}
