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

/** The columns that decide the rights on a file: those of the `customer` table, or of an alias. */
export interface FileColumns {
  id: AnyPgColumn | SQL;
  ownerId: AnyPgColumn | SQL;
  /** Where the row of the file itself is at hand. */
  archivedAt?: AnyPgColumn | SQL;
  /** Whether the file is the reader's own, where the statement has computed it; see {@link isOwn}. */
  isOwn?: SQL;
  /** Classes the statement has already authorized: a row of the file without them does not get this far. */
  opened?: readonly AccessClass[];
}

/** The reader: one employee, or a column with the ids of several employees of the same role. */
export interface Reader {
  role: Role;
  id: string | SQL;
  /** If set, grants are ignored; see {@link withoutGrants}. */
  ignoresGrants?: true;
}

/**
 * The same reader with only the rights of their role and of own files. A grant lets one person look; whatever leaves
 * the system, or reaches somebody else, on their behalf (an export, a mailing, a webhook) is read with these rights.
 */
export const withoutGrants = <R extends Reader>(reader: R): R & { ignoresGrants: true } => ({
  ...reader,
  ignoresGrants: true,
});

/** A condition that holds for every row, for none, or depends on the row. */
export type Condition = true | false | SQL;

/** The condition as SQL. */
export const asSql = (condition: Condition): SQL =>
  typeof condition === 'object' ? condition : sql.raw(String(condition));

/**
 * The predicate for files visible to the viewer, for statements that search all files. {@link isVisible} and {@link
 * disjointVisibility} are equivalent forms; together they are the one predicate behind every path: lists, counts,
 * lookups, relations, segments, events, writes.
 *
 * Grants, co-ownerships and the files of whom they stand in for are collected into an array by a subquery that runs once per statement. Only in this form
 * does PostgreSQL search the primary-key index for them, next to the owner index. A check per row is slow: 0.1 ms with 20,000 grants.
 */
export function visibleFiles(viewer: Reader, file: FileColumns): Condition {
  if (policy[viewer.role].files === 'ALL') return true;
  return sql`(${isOwner(viewer, file)} or ${isAmongShared(viewer, file)})`;
}

/**
 * {@link visibleFiles} for files that are given by id or joined to another row: each is looked up separately, so the
 * number of the viewer's grants does not matter.
 */
export function isVisible(viewer: Reader, file: FileColumns): Condition {
  if (policy[viewer.role].files === 'ALL') return true;
  if (viewer.ignoresGrants) return isOwn(viewer, file);
  return isOwnOrGranted(viewer, file);
}

/**
 * {@link visibleFiles} as disjoint conditions, for where it depends on the row: every visible file meets exactly one.
 * Reading a page once per condition and merging lets the owner index return owned files in list order, which no index
 * can do for `or`.
 */
export function disjointVisibility(viewer: Reader, file: FileColumns): SQL[] {
  const owned = isOwner(viewer, file);
  return [owned, sql`${isAmongShared(viewer, file)} and (${owned}) is not true`];
}

/** What a field declares about who may read it. */
export interface Declared {
  access: FieldAccess;
  /**
   * What the field holds if it is a text; a text that can identify a person is withheld from {@link pseudonymousRoles}.
   */
  text?: OutputTextKind | null | undefined;
  /** Written by others than the owner of the row, so it may name somebody even to that owner. */
  byOthers?: boolean | undefined;
}

/** The right that governs reading a field: its class, or `identity` instead if the text could identify a person. */
export type Right = FieldAccess | 'identity';

/** Whether a text can identify a person. */
export const canName = (text: Declared['text']): boolean => text === 'FREE' || text === 'IDENTIFYING';

/** The right that governs a field for this viewer. The one place that decides it, for every path to a value. */
export const rightTo = ({ role }: Pick<Reader, 'role'>, { access, text }: Declared): Right =>
  canName(text) && pseudonymousRoles.includes(role) ? 'identity' : access;

/** The viewer's reach on a field: as on the policy page, minus grants for a reader who ignores them. */
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
      // A grant always includes card and basic, and only visible files get here.
      if (accessClass === 'card' || accessClass === 'basic') return true;
      if (viewer.ignoresGrants) return isOwn(viewer, file);
      return isOwnOrGranted(viewer, file, accessClass);
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

/** Throws, before any SQL runs, if the viewer's role can never read the field. */
export function requireReadable(viewer: Reader, declared: Declared, field: string): void {
  if (reachOf(viewer, declared) === 'NONE') throw withheld(field, 'ROLE');
}

/** An employee, or a column with the ids of several. */
type Person = Pick<Reader, 'id'>;

/**
 * Whether a file is an employee's own to work on: as its owner, as one of its co-owners, or as who stands in for its
 * owner now. The one predicate of that, for reading and for writing.
 */
export const isOwn = (person: Person, file: FileColumns): SQL =>
  file.isOwn ?? sql`(${isOwner(person, file)} or ${isCoOwned(person, file)} or ${isDelegated(person, file)})`;

/** Whether an employee also decides about the file, as its owner does: a co-owner works on it and does not. */
export const isKept = (person: Person, file: FileColumns): SQL =>
  sql`(${isOwner(person, file)} or ${isDelegated(person, file)})`;

const isOwner = (person: Person, file: FileColumns): SQL => sql`${file.ownerId} = ${person.id}::uuid`;

/** The grants are looked up before the co-ownerships: for many files PostgreSQL has a hash of them. */
const isOwnOrGranted = (viewer: Reader, file: FileColumns, accessClass?: AccessClass): SQL =>
  file.isOwn
    ? sql`(${file.isOwn} or ${isGranted(viewer, file, accessClass)})`
    : sql`(${isOwner(viewer, file)} or ${isGranted(viewer, file, accessClass)}
        or ${isCoOwned(viewer, file)} or ${isDelegated(viewer, file)})`;

/** With its schema: the rights are those of today, also where a statement reads the file as it was. */
const coOwnershipsOf = (person: Person): SQL =>
  sql`public.customer_coowner co where co.employee_id = ${person.id}::uuid`;

const isCoOwned = (person: Person, file: FileColumns): SQL =>
  sql`exists (select from ${coOwnershipsOf(person)} and co.customer_id = ${file.id})`;

/** A viewer's active grants, of one class or of any. */
const grantsOf = (viewer: Reader, accessClass?: AccessClass): SQL => {
  const named = accessClass ? sql` and ${accessClass} = any(g.classes)` : sql``;
  return sql`access_grant g where g.grantee_id = ${viewer.id}::uuid and g.ended_at is null and g.expires_at > business_now()${named}`;
};

/** Evaluated per file; for many files PostgreSQL builds one hash instead. */
const isGranted = (viewer: Reader, file: FileColumns, accessClass?: AccessClass): SQL =>
  sql`exists (select from ${grantsOf(viewer, accessClass)} and g.customer_id = ${file.id})`;

const isInForce = sql`de.starts_at <= business_now() and de.ends_at > business_now() and de.ended_at is null`;

/** An employee's delegations that are in force. */
const delegationsTo = (person: Person): SQL =>
  sql`public.delegation de where de.delegate_id = ${person.id}::uuid and ${isInForce}`;

/** The id of who stands in for an employee now. */
export const delegateOf = (employeeId: SQL): SQL =>
  sql`(select de.delegate_id from public.delegation de where de.employee_id = ${employeeId} and ${isInForce} limit 1)`;

/** Collected once per statement: they are few, and a look-up per row costs more than all of them. */
const isDelegated = (person: Person, file: FileColumns): SQL =>
  sql`${file.ownerId} in (select de.employee_id from ${delegationsTo(person)})`;

/** Among the files of others that the viewer works on or may read. */
const isAmongShared = (viewer: Reader, file: FileColumns): SQL => {
  const granted = viewer.ignoresGrants
    ? sql``
    : sql` union all select g.customer_id from ${grantsOf(viewer)}`;
  const delegated = sql`select df.id from public.customer df where df.owner_id in (select de.employee_id from ${delegationsTo(viewer)})`;
  return sql`${file.id} = any(array(select co.customer_id from ${coOwnershipsOf(viewer)} union all ${delegated}${granted}))`;
};

/** Segments visible to an employee (UUID). */
export const visibleSegments = (viewerId: string | SQL, alias: string): SQL =>
  sql`(${sql.raw(alias)}.shared or ${ownSegments(viewerId, alias)})`;

/** Segments that an employee (UUID) owns. */
export const ownSegments = (viewerId: string | SQL, alias: string): SQL =>
  sql`${sql.raw(alias)}.owner_id = ${viewerId}::uuid`;
