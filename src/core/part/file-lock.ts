import { and, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import { asSql, isKept, isOwn, isVisible } from '../access/row-predicates.ts';
import type { Viewer } from '../access/viewer.ts';
import type { OwnedFile } from '../access/write-policy.ts';
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

/** A file as it was locked for a viewer, with what decides their right to write it. */
export type LockedFile = FileRow & OwnedFile;

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
): Promise<Map<string, F['$inferSelect'] & LockedFile>> {
  const wanted = Array.isArray(ids) ? new Set(ids) : undefined;
  const array = wanted ? uuids([...wanted]) : (ids as SQL);
  const found = await lockVisible(tx, viewer, files, array);
  if (found.size < (wanted?.size ?? 1)) throw notFound();
  return found;
}

/**
 * {@link lockFiles}, of those that the viewer can see; without `lock`, they are only read.
 *
 * One statement, and one more where a right on a locked file rests on other rows than its own: those are as they were
 * before this waited for the lock, and a co-owner who has been removed meanwhile must not write.
 */
export async function lockVisible<F extends FileTable>(
  tx: Database,
  viewer: Viewer,
  files: F,
  ids: SQL,
  { lock = true }: { lock?: boolean } = {},
): Promise<Map<string, F['$inferSelect'] & LockedFile>> {
  type Row = F['$inferSelect'] & LockedFile;
  const select = (wanted: SQL) =>
    tx
      .select({ ...getTableColumns(files as PgTable), ...rightsOn(viewer, files) })
      .from(files as PgTable)
      .where(and(sql`${files.id} = any(${wanted})`, visibleTo(viewer, files)))
      .orderBy(files.id);
  if (!lock) return byId((await select(ids)) as Row[]);
  // Not `for update`, which would also block inserts that only refer to the file.
  const rows = (await select(ids).for('no key update')) as Row[];
  const found = byId(rows);
  const shared = rows.filter(({ isOwn, ownerId }) => isOwn && ownerId !== viewer.id).map(({ id }) => id);
  if (shared.length === 0) return found;
  for (const id of shared) found.delete(id);
  for (const row of (await select(uuids(shared))) as Row[]) found.set(row.id, row);
  return byId([...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
}

const byId = <R extends FileRow>(rows: readonly R[]): Map<string, R> =>
  new Map(rows.map((row) => [row.id, row]));

/** What decides the viewer's right to write a file, as columns. */
export const rightsOn = (viewer: Viewer, files: FileTable) => ({
  isOwn: sql<boolean>`${isOwn(viewer, files)}`,
  isKept: sql<boolean>`${isKept(viewer, files)}`,
});

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
