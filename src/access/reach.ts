import { type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Role } from '../employee/employee.table.ts';
import { type WithheldReason, withheld } from '../errors.ts';
import { type AccessClass, policy } from './policy.ts';

/** The columns by which a file's rights are judged: those of a `customer` table, or an alias of it. */
export interface FileColumns {
  id: AnyPgColumn | SQL;
  ownerId: AnyPgColumn | SQL;
  /** Classes that the statement has judged already, so that no row of the file gets here without them. */
  opened?: readonly AccessClass[];
}

/** Who reads: one employee, or by a column each of several who have the same role. */
export interface Reader {
  role: Role;
  id: string | SQL;
}

/** Whether a condition holds for every row, for none, or by row. */
export type Condition = true | false | SQL;

/**
 * Files that exist for the viewer. The one predicate behind every path: lists,
 * counts, lookups, relations, segments, events, writes.
 *
 * Grants are collected into an array by a sub-select that runs once per
 * statement; an `exists` beside `or` would have kept the owner index from being used.
 */
export function visibleFiles(viewer: Reader, file: FileColumns): Condition {
  if (policy[viewer.role].files === 'ALL') return true;
  return sql`(${isOwn(viewer, file)} or ${isGranted(viewer, file)})`;
}

/**
 * {@link visibleFiles} as conditions of which every such file meets exactly one, where it is by row: a page read once
 * by each and merged finds one's own by the owner's index in the order of the list, as no index does for `or`.
 */
export function waysToFiles(viewer: Reader, file: FileColumns): SQL[] {
  const own = isOwn(viewer, file);
  return [own, sql`${isGranted(viewer, file)} and (${own}) is not true`];
}

/** Whether the viewer may read fields of `accessClass` on a file they can see. */
export function readable(viewer: Reader, accessClass: AccessClass, file: FileColumns): Condition {
  const reach = policy[viewer.role].read[accessClass];
  if (reach === 'NONE') return false;
  if (reach === 'ALL' || file.opened?.includes(accessClass)) return true;
  switch (reach) {
    case 'OWN':
      // A grant always includes card and basic, and only visible files are judged here.
      if (accessClass === 'card' || accessClass === 'basic') return true;
      return sql`(${isOwn(viewer, file)} or ${isGranted(viewer, file, accessClass)})`;
    case 'GRANTED':
      return sql`(${isGranted(viewer, file, accessClass)})`;
  }
}

/** Why a class that is not readable is withheld from the viewer. */
export function withheldReason(viewer: Reader, accessClass: AccessClass): WithheldReason {
  const reach = policy[viewer.role].read[accessClass];
  if (reach === 'OWN') return 'NOT_OWNER';
  return reach === 'GRANTED' ? 'APPROVAL_REQUIRED' : 'ROLE';
}

/** Refuses, before any SQL, the use of a field the viewer's role can never read. */
export function requireReadable(viewer: Reader, accessClass: AccessClass, field: string): void {
  if (policy[viewer.role].read[accessClass] === 'NONE') throw withheld(field, 'ROLE');
}

const isOwn = (viewer: Reader, file: FileColumns): SQL => sql`${file.ownerId} = ${viewer.id}::uuid`;

const isGranted = (viewer: Reader, file: FileColumns, accessClass?: AccessClass): SQL => {
  const named = accessClass ? sql` and ${accessClass} = any(g.classes)` : sql``;
  return sql`${file.id} = any(array(select g.customer_id from access_grant g where g.grantee_id = ${viewer.id}::uuid and g.ended_at is null and g.expires_at > now()${named}))`;
};
