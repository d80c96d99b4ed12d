import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import { isVisible } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import type { Database } from '../../core/database/database.ts';
import { conflict, notFound, staleVersion } from '../../core/errors.ts';
import { type CustomerRow, customer } from './customer.table.ts';

/**
 * Locks a file for writing and returns it as it is now.
 *
 * Every write to a file or to anything in it starts here: the lock serializes the changes of one file, and because it
 * is taken before any lock on a child row, two writers cannot deadlock. `id` is a UUID or a scalar sub-select of one.
 *
 * Errors: NOT_FOUND, alike for a file that does not exist and for one that the viewer cannot see.
 */
export async function lockFile(tx: Database, viewer: Viewer, id: string | SQL): Promise<CustomerRow> {
  const [file] = await tx
    .select()
    .from(customer)
    .where(and(eq(customer.id, id), visibleTo(viewer)))
    // Not `for update`, which would also block inserts that only refer to the file.
    .for('no key update');
  if (!file) throw notFound();
  return file;
}

/** A table whose rows belong to a file. */
type TableInFile = PgTable & { id: AnyPgColumn; customerId: AnyPgColumn };

/**
 * Locks the file that a row belongs to, then the row, and returns both as they are now.
 *
 * Errors: NOT_FOUND, also for a row that was deleted while this waited for the lock.
 */
export async function lockInFile<T extends TableInFile>(
  tx: Database,
  viewer: Viewer,
  table: T,
  id: string,
): Promise<{ file: CustomerRow; row: T['$inferSelect'] }> {
  const file = await lockFile(
    tx,
    viewer,
    sql`(select ${table.customerId} from ${table} where ${table.id} = ${id})`,
  );
  const [row] = await tx
    .select()
    .from(table as PgTable)
    .where(and(eq(table.id, id), eq(table.customerId, file.id)))
    .for('update');
  if (!row) throw notFound();
  return { file, row };
}

/** {@link isVisible} as an argument of drizzle's `and`, which skips undefined. */
export const visibleTo = (viewer: Viewer): SQL | undefined => {
  const visible = isVisible(viewer, customer);
  return typeof visible === 'boolean' ? undefined : visible;
};

/**
 * Refuses to change an archived file, which can only be restored or handed on, or have interactions recorded.
 * Errors: CONFLICT.
 */
export function requireActive(file: CustomerRow): void {
  if (file.archivedAt !== null) {
    throw conflict('This file is archived; restore it first. (该档案已封存，请先恢复。)', { archived: true });
  }
}

/** Errors: CONFLICT with the current version, if the client expected another. */
export function requireVersion(row: { version: number }, expectedVersion: number): void {
  if (row.version !== expectedVersion) throw staleVersion(row.version);
}
