import { type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { type WithheldReason, withheld } from '../errors.ts';
import {
  type AccessClass,
  type FieldAccess,
  type OutputTextKind,
  policy,
  pseudonymousRoles,
  type Reach,
} from './policy.ts';
import type { Role } from './role.ts';

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
  /** Grants count for nothing: see {@link withoutGrants}. */
  ignoresGrants?: true;
}

/**
 * The same reader by what is theirs through their role and as owner alone. A grant lets one person look; what leaves
 * the system, or reaches somebody else, in their name (an export, a mailing, a webhook) is read by this.
 */
export const withoutGrants = <R extends Reader>(reader: R): R & { ignoresGrants: true } => ({
  ...reader,
  ignoresGrants: true,
});

/** Whether a condition holds for every row, for none, or by row. */
export type Condition = true | false | SQL;

/** A condition as a statement has it. */
export const asSql = (condition: Condition): SQL =>
  typeof condition === 'object' ? condition : sql.raw(String(condition));

/**
 * Files that exist for the viewer, for a statement that looks for them among all there are. With {@link isVisible} and
 * {@link disjointVisibility}, which say the same, the one predicate behind every path: lists, counts, lookups, relations,
 * segments, events, writes.
 *
 * Grants are collected into an array by a sub-select that runs once per statement: the index of the primary key begins
 * with it, beside the owner's, as with no other form. Row by row it is slow: 20,000 grants, 0.1 ms.
 */
export function visibleFiles(viewer: Reader, file: FileColumns): Condition {
  if (policy[viewer.role].files === 'ALL') return true;
  if (viewer.ignoresGrants) return isOwn(viewer, file);
  return sql`(${isOwn(viewer, file)} or ${isAmongGranted(viewer, file)})`;
}

/**
 * {@link visibleFiles} for files that are named, or stand on another row: each is looked up by itself, so that it does
 * not matter how many the viewer was lent.
 */
export function isVisible(viewer: Reader, file: FileColumns): Condition {
  if (policy[viewer.role].files === 'ALL') return true;
  if (viewer.ignoresGrants) return isOwn(viewer, file);
  return sql`(${isOwn(viewer, file)} or ${isGranted(viewer, file)})`;
}

/**
 * {@link visibleFiles} as conditions of which every such file meets exactly one, where it is by row: a page read once
 * by each and merged finds one's own by the owner's index in the order of the list, as no index does for `or`.
 */
export function disjointVisibility(viewer: Reader, file: FileColumns): SQL[] {
  const own = isOwn(viewer, file);
  if (viewer.ignoresGrants) return [own];
  return [own, sql`${isAmongGranted(viewer, file)} and (${own}) is not true`];
}

/** What a field says of who reads it. */
export interface Declared {
  access: FieldAccess;
  /** What it holds if it is a text; a text that can name somebody is not for {@link pseudonymousRoles}. */
  text?: OutputTextKind | null | undefined;
  /** Others write it, whosever the row is: it may name somebody to its owner too. */
  byOthers?: boolean | undefined;
}

/** By what a field is read: its class, or `identity`, which stands in its place where the text could name somebody. */
export type Right = FieldAccess | 'identity';

/** Whether a text can name somebody. */
export const canName = (text: Declared['text']): boolean => text === 'FREE' || text === 'IDENTIFYING';

/** By what the viewer reads a field. The one place that decides it, for every path to a value. */
export const rightTo = ({ role }: Pick<Reader, 'role'>, { access, text }: Declared): Right =>
  canName(text) && pseudonymousRoles.includes(role) ? 'identity' : access;

/** How far the viewer reaches a field: as the policy page says, by no grant where grants do not count. */
export function reachOf(viewer: Pick<Reader, 'role' | 'ignoresGrants'>, declared: Declared): Reach {
  const right = rightTo(viewer, declared);
  if (right === 'open') return 'ALL';
  const reach = right === 'identity' ? 'NONE' : policy[viewer.role].read[right];
  return reach === 'GRANTED' && viewer.ignoresGrants ? 'NONE' : reach;
}

/** Whether the viewer may read fields of `accessClass` on a file they can see. */
export function readable(viewer: Reader, accessClass: AccessClass, file: FileColumns): Condition {
  const reach = reachOf(viewer, { access: accessClass });
  if (reach === 'NONE') return false;
  if (reach === 'ALL' || file.opened?.includes(accessClass)) return true;
  switch (reach) {
    case 'OWN':
      // A grant always includes card and basic, and only visible files are judged here.
      if (accessClass === 'card' || accessClass === 'basic') return true;
      if (viewer.ignoresGrants) return isOwn(viewer, file);
      return sql`(${isOwn(viewer, file)} or ${isGranted(viewer, file, accessClass)})`;
    case 'GRANTED':
      return sql`(${isGranted(viewer, file, accessClass)})`;
  }
}

/** Why a field that is not readable is withheld from the viewer. */
export function withheldReason(viewer: Reader, declared: Declared): WithheldReason {
  const reach = reachOf(viewer, declared);
  if (reach === 'OWN') return 'NOT_OWNER';
  return reach === 'GRANTED' ? 'APPROVAL_REQUIRED' : 'ROLE';
}

/** Refuses, before any SQL, the use of a field the viewer's role can never read. */
export function requireReadable(viewer: Reader, declared: Declared, field: string): void {
  if (reachOf(viewer, declared) === 'NONE') throw withheld(field, 'ROLE');
}

const isOwn = (viewer: Reader, file: FileColumns): SQL => sql`${file.ownerId} = ${viewer.id}::uuid`;

/** A viewer's grants in force, of one class or of any. */
const grantsOf = (viewer: Reader, accessClass?: AccessClass): SQL => {
  const named = accessClass ? sql` and ${accessClass} = any(g.classes)` : sql``;
  return sql`access_grant g where g.grantee_id = ${viewer.id}::uuid and g.ended_at is null and g.expires_at > now()${named}`;
};

/** Asked file by file; of many files PostgreSQL makes one hash instead. */
const isGranted = (viewer: Reader, file: FileColumns, accessClass?: AccessClass): SQL =>
  sql`exists (select from ${grantsOf(viewer, accessClass)} and g.customer_id = ${file.id})`;

const isAmongGranted = (viewer: Reader, file: FileColumns): SQL =>
  sql`${file.id} = any(array(select g.customer_id from ${grantsOf(viewer)}))`;

/** Segments that exist for an employee (UUID). */
export const visibleSegments = (viewerId: string | SQL, alias: string): SQL =>
  sql`(${sql.raw(alias)}.shared or ${ownSegments(viewerId, alias)})`;

/** Segments that an employee (UUID) owns. */
export const ownSegments = (viewerId: string | SQL, alias: string): SQL =>
  sql`${sql.raw(alias)}.owner_id = ${viewerId}::uuid`;
