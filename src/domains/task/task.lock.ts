import { and, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Actor } from '../../core/access/write-policy.ts';
import type { Database } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';
import { conflict, notFound } from '../../core/errors.ts';
import { type Responsibility, responsibilityOf, visibleTasks } from './task.scope.ts';
import { type TaskRow, task } from './task.table.ts';

/** A task as it is, locked, with what the viewer is to it. */
export interface LockedTask extends TaskRow, Responsibility {
  /** Refuses to change what is settled. Errors: CONFLICT. */
  requireOpen: () => void;
}

export interface LockedTasks {
  get: (id: string) => LockedTask;
}

/**
 * Locks tasks, after the files they belong to, and returns them as they are now. A viewer may see a task without seeing
 * its file, which is locked all the same: its version counts what happens to the task.
 *
 * Errors: NOT_FOUND, alike for a task that does not exist and for one that the viewer cannot see.
 */
export async function lockTasks(
  tx: Database,
  { viewer }: Actor,
  ids: readonly string[],
): Promise<LockedTasks> {
  await lockFilesOf(tx, sql`select customer_id from task where id = any(${uuids(ids)})`);
  const rows = await tx
    .select({
      ...getTableColumns(task),
      ...responsibilityOf(viewer),
    })
    .from(task)
    .where(and(sql`task.id = any(${uuids(ids)})`, visibleTasks(viewer, 'task')))
    .orderBy(task.id)
    .for('update');
  const found = new Map(
    rows.map((row) => [row.id, { ...row, requireOpen: () => requireOpen(row) } satisfies LockedTask]),
  );
  if (ids.some((id) => !found.has(id))) throw notFound();
  return { get: (id) => found.get(id) as LockedTask };
}

/** Locks the files that a sub-select of ids names, in the order in which every write locks files. */
export const lockFilesOf = (tx: Database, ids: SQL) =>
  tx.execute(sql`select 1 from customer where id in (${ids}) order by id for no key update`);

function requireOpen({ state }: TaskRow): void {
  if (state !== 'OPEN') throw conflict('This task is settled already. (该待办已处理。)', { state });
}
