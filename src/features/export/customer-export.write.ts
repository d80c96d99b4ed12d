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

/** How long an export can be downloaded. */
const waitMs = 15 * 60_000;
/** After this long without a heartbeat, the instance that ran a download is considered dead. */
const deadAfterSeconds = 30;
/** Most checks of a request whose segments are deleted or made private between a check and the insert. */
const maxChecks = 5;
/** How long an export's row is kept; the access log keeps the record of it. */
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
 * Stores the request for an export and returns its id (a UUID). No rows are read yet, but the viewer's rights are
 * checked.
 *
 * Errors: FORBIDDEN naming every column that the viewer's role may never read, NOT_FOUND for a segment that they cannot
 * see, CONFLICT if its segments keep changing, BAD_USER_INPUT naming every violation.
 */
export async function requestExport(ctx: Context, input: ExportCustomers): Promise<string> {
  const { viewer } = ctx;
  if (!viewer) throw unauthenticated();
  const { values, filter, issues } = checkExport(input);
  const { format, locale } = input;
  const segmentId = input.segmentId ?? null;
  const named = { and: [filter ?? {}, { inSegment: segmentId }] };
  for (let check = 1; check <= maxChecks; check += 1) {
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
            expiresAt: new Date(Date.now() + waitMs).toISOString(),
          })
          .returning({ id: customerExport.id }),
      );
    if (segmentIdsIn(named).length === 0) return insert(ctx.db);
    const id = await ctx.db.transaction(async (tx) =>
      (await lockVisible(tx, viewer, named)) ? insert(tx) : null,
    );
    if (id !== null) return id;
    // A segment was deleted or made private after the check: the next check reports it.
  }
  throw conflict(
    'A segment of this export keeps changing; try again. (该导出引用的客户分群正在变更，请重试。)',
  );
}

/** The employee's own export, if it can be downloaded. Errors: NOT_FOUND, CONFLICT when it has been or has expired. */
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
    ? conflict('This export has expired; request it again. (该导出已过期，请重新申请。)', { status })
    : conflict('This export was downloaded already; request it again. (该导出已被下载，请重新申请。)', {
        status,
      });

/**
 * Claims an export for its one download. Errors: CONFLICT when another request claimed it first, RATE_LIMITED while the
 * employee downloads another export.
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

/** Records a download's progress and heartbeat. False if it has been given up in the meantime. */
export const touchExport = async (db: Database, id: string, rowCount: number): Promise<boolean> =>
  changeRunning(db, id, { rowCount, touchedAt: sql`now()` });

/** Ends a download. False if it had been given up before. */
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

/** Expires exports that were not downloaded in time, and gives up downloads whose instance died. */
export async function settleExports(db: Database): Promise<void> {
  await db.execute(sql`
    update ${customerExport} set status = case status when 'READY' then 'EXPIRED' else 'FAILED' end, ended_at = now()
    where (status = 'READY' and expires_at <= now())
       or (status = 'RUNNING' and touched_at < now() - make_interval(secs => ${deadAfterSeconds}::float8))`);
}

/** Deletes exports that are more than a day old. */
export async function trimExports(db: Database, now: Date): Promise<void> {
  await db.execute(
    sql`delete from ${customerExport} where created_at < ${new Date(now.getTime() - retentionMs).toISOString()}`,
  );
}
