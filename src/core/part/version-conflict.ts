import { getTableColumns } from 'drizzle-orm';
import { type Actor, originOf, writtenFields } from '../access/write-policy.ts';
import { type Database, writeAs } from '../database/database.ts';
import { columnOf } from '../database/rows.ts';
import { futureVersion, staleVersion, unknownVersion } from '../errors.ts';
import { type ChangesSince, findChangesSince, type Versioned } from './changes-since.ts';
import { type Conflicting, messageOf, shownTo } from './conflict-words.ts';
import type { LockedFile } from './file-lock.ts';

/** A locked row, and the version of it that its writer has read. */
export interface ReadRow {
  row: { id: string; version: number };
  file: Pick<LockedFile, 'id' | 'isOwn'>;
  expectedVersion: number;
}

/** What is to be written into it. */
export interface FieldWrite extends ReadRow {
  input: object;
  /** The valid values of the input, and what follows from them, by Drizzle's column names. */
  values: Record<string, unknown>;
}

/** A write that would undo what its writer has not seen; reported to the client by {@link writeVersioned}. */
class VersionConflict extends Error {
  readonly stale: ReadRow;
  readonly since: ChangesSince;
  readonly conflicts: Conflicting[];

  constructor(stale: ReadRow, since: ChangesSince, conflicts: Conflicting[]) {
    super('A row has changed since the version that its writer has read.');
    this.stale = stale;
    this.since = since;
    this.conflicts = conflicts;
  }
}

/**
 * Runs a write in a transaction, as {@link writeAs}, and reports a conflict of versions as far as the actor may read what
 * others wrote: after the transaction, since reading a colleague's file is logged, and nobody should wait for that with
 * the file locked.
 */
export async function writeVersioned<T>(
  db: Database,
  actor: Actor,
  work: (tx: Database) => Promise<T>,
): Promise<T> {
  try {
    return await writeAs(db, originOf(actor), work);
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
    const { stale, since, conflicts } = error;
    const shown = await shownTo(actor, stale.file, since.rights, conflicts);
    throw staleVersion(
      stale.row.version,
      messageOf(stale.expectedVersion, shown, actor.timeZone),
      shown.map(({ label: _, operation: __, ...conflict }) => conflict),
    );
  }
}

/**
 * Refuses to overwrite a field that has changed since the version its writer has read, or one that means something only
 * together with it. Where nothing overlaps, and where the stored value already is the written one, the write is taken,
 * so a retry never conflicts with itself. Looks at the history only if a version is stale: one statement, for any number
 * of rows.
 *
 * Errors: CONFLICT naming fields, values, actors and times; also for a version that does not exist yet, and for one
 * since which the changes are not all known.
 */
export async function requireUnchangedFields(
  tx: Database,
  actor: Actor,
  target: Versioned,
  writes: readonly FieldWrite[],
): Promise<void> {
  for (const { stale, since } of await findStale(tx, actor, target, writes, 'ROW')) {
    const { table, model } = target;
    const same = new Set(since.same);
    const columns = getTableColumns(table);
    const named = [...writtenFields(stale.input), ...writtenFields(stale.values)];
    const written = new Set(
      named.filter((field) => columns[field] && !same.has(columnOf(table, field).name)),
    );
    if (written.size === 0) continue;
    if (!since.isComplete) throw unknownVersion(stale.row.version, stale.expectedVersion);
    const partners = model.together.filter((fields) => fields.some((field) => written.has(field))).flat();
    const fieldOf = new Map(
      [...written, ...partners].map((field) => [columnOf(table, field).name, field] as const),
    );
    const conflicts = since.changes.flatMap((change) => {
      const field = change.column !== null && !same.has(change.column) && fieldOf.get(change.column);
      return field ? [{ ...change, field, isWritten: written.has(field) }] : [];
    });
    if (conflicts.length > 0) throw new VersionConflict(stale, since, conflicts);
  }
}

/**
 * Refuses a decision about what has changed since it was read: a deletion of a row, or, with `scope` FILE, what is done
 * to a file with everything in it. One statement, and that only if a version is stale.
 *
 * Errors: those of {@link requireUnchangedFields}.
 */
export async function requireUnchanged(
  tx: Database,
  actor: Actor,
  target: Versioned,
  rows: readonly ReadRow[],
  scope: 'ROW' | 'FILE' = 'ROW',
): Promise<void> {
  const writes = rows.map((row) => ({ ...row, input: {}, values: {} }));
  for (const { stale, since } of await findStale(tx, actor, target, writes, scope)) {
    if (!since.isComplete) throw unknownVersion(stale.row.version, stale.expectedVersion);
    // A version may also have been raised by what is no change: a right that was granted or ended.
    const conflicts = since.changes.map((change) => ({ ...change, field: null, isWritten: false }));
    if (conflicts.length > 0) throw new VersionConflict(stale, since, conflicts);
  }
}

/**
 * Refuses a stale write of a row without a history. Which of its fields have changed is unknown, so any change since the
 * version its writer has read is a conflict, unless the row already holds what is to be written. Errors: CONFLICT.
 */
export function requireVersion(row: { version: number }, expectedVersion: number, isDone = false): void {
  if (expectedVersion > row.version) throw futureVersion(row.version, expectedVersion);
  if (expectedVersion < row.version && !isDone) throw staleVersion(row.version);
}

/** Of some writes those whose version is stale, with what has happened since. Errors: CONFLICT for a future version. */
async function findStale(
  tx: Database,
  { viewer }: Actor,
  target: Versioned,
  writes: readonly FieldWrite[],
  scope: 'ROW' | 'FILE',
): Promise<{ stale: FieldWrite; since: ChangesSince }[]> {
  const ahead = writes.find(({ row, expectedVersion }) => expectedVersion > row.version);
  if (ahead) throw futureVersion(ahead.row.version, ahead.expectedVersion);
  const stale = writes.filter(({ row, expectedVersion }) => expectedVersion < row.version);
  if (stale.length === 0) return [];
  const rows = stale.map(({ row, file, expectedVersion, values }) => ({
    id: row.id,
    customerId: file.id,
    expectedVersion,
    values,
  }));
  const found = await findChangesSince(tx, viewer, target, rows, scope);
  return stale.map((write, i) => ({ stale: write, since: found[i] as ChangesSince }));
}
