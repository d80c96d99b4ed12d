import { and, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import { asSql, isVisible } from '../access/row-predicates.ts';
import type { Viewer } from '../access/viewer.ts';
import type { Database } from '../database/database.ts';
import { uuids } from '../database/rows.ts';
import { conflict, notFound } from '../errors.ts';

/** The table of the files. */
export type FileTable = PgTable & { id: AnyPgColumn; ownerId: AnyPgColumn; archivedAt: AnyPgColumn };

/** The columns of a file that every write needs. */
export interface FileRow {
  id: string;
  ownerId: string;
  archivedAt: string | null;
}

/** A table whose rows belong to files. */
export type PartTable = PgTable & { id: AnyPgColumn; customerId: AnyPgColumn; version: AnyPgColumn };

/** The columns of a part's row that every write needs. */
export interface PartRow {
  id: string;
  customerId: string;
  version: number;
}

/**
 * Locks files for writing, in id order, and returns them as they are now, by id.
 *
 * Every write to a file or to anything in it starts here: the lock serializes the changes of one file, and because it
 * is taken before any lock on a child row, two writers cannot deadlock. `ids` are UUIDs or a sub-select of an array.
 *
 * Errors: NOT_FOUND, alike if a file does not exist and if the viewer cannot see it; for a sub-select, if it finds none.
 */
export async function lockFiles<F extends FileTable>(
  tx: Database,
  viewer: Viewer,
  files: F,
  ids: readonly string[] | SQL,
): Promise<Map<string, F['$inferSelect'] & FileRow>> {
  const wanted = Array.isArray(ids) ? new Set(ids) : undefined;
  const array = wanted ? uuids([...wanted]) : (ids as SQL);
  const found = await lockVisible(tx, viewer, files, array);
  if (found.size < (wanted?.size ?? 1)) throw notFound();
  return found;
}

/** {@link lockFiles}, of those that the viewer can see; without `lock`, they are only read. */
export async function lockVisible<F extends FileTable>(
  tx: Database,
  viewer: Viewer,
  files: F,
  ids: SQL,
  { lock = true }: { lock?: boolean } = {},
): Promise<Map<string, F['$inferSelect'] & FileRow>> {
  const found = tx
    .select()
    .from(files as PgTable)
    .where(and(sql`${files.id} = any(${ids})`, visibleTo(viewer, files)))
    .orderBy(files.id);
  // Not `for update`, which would also block inserts that only refer to the file.
  const rows = (await (lock ? found.for('no key update') : found)) as (F['$inferSelect'] & FileRow)[];
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Locks the files that rows belong to, then the rows, and returns both as they are now, by id.
 *
 * Errors: NOT_FOUND, also for a row that was deleted while this waited for the lock.
 */
export async function lockInFiles<T extends PartTable, F extends FileTable>(
  tx: Database,
  viewer: Viewer,
  table: T,
  files: F,
  ids: readonly string[],
) {
  const wanted = uuids(ids);
  const locked = await lockFiles(
    tx,
    viewer,
    files,
    sql`array(select ${table.customerId} from ${table} where ${table.id} = any(${wanted}))`,
  );
  const found = (await tx
    .select()
    .from(table as PgTable)
    .where(sql`${table.id} = any(${wanted}) and ${table.customerId} = any(${uuids([...locked.keys()])})`)
    .orderBy(table.id)
    .for('update')) as (T['$inferSelect'] & PartRow)[];
  const rows = new Map(found.map((row) => [row.id, row]));
  if (ids.some((id) => !rows.has(id))) throw notFound();
  return { files: locked, rows };
}

/** {@link isVisible} as an argument of drizzle's `and`, which skips undefined. */
export function visibleTo(viewer: Viewer, files: FileTable): SQL | undefined {
  const visible = isVisible(viewer, files);
  return visible === true ? undefined : asSql(visible);
}

/**
 * Refuses to change an archived file, which can only be restored or handed on, or have interactions recorded.
 * Errors: CONFLICT.
 */
export function requireActive(file: Pick<FileRow, 'archivedAt'>): void {
  if (file.archivedAt !== null) {
    throw conflict('This file is archived; restore it first. (该档案已封存，请先恢复。)', { archived: true });
  }
}
