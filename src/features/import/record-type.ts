import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Role } from '../../core/access/role.ts';
import type { Database } from '../../core/database/database.ts';
import type { Issue } from '../../core/errors.ts';
import type { CustomerRow } from '../../domains/customer/customer.table.ts';

export type SubjectName = 'employee' | 'team' | 'customer' | 'contact' | 'deal' | 'need' | 'interaction';

/** What an import can make, and by which rules. */
export interface Subject {
  name: SubjectName;
  table: SubjectTable;
  /** Fields a mapping may fill, all that the entry standards know. */
  fields: readonly string[];
  /** Those of them that hold yes or no and not a text. */
  flags?: readonly string[];
  /** Fields that a mapping fills with the external key of another record. */
  references: Readonly<Record<string, Reference>>;
  /** Fields whose default would be a claim: where the file's value is bad, a new record is refused instead. */
  decisive?: readonly string[];
  /** Columns no two rows may share. */
  unique?: readonly Unique[];
  /** The same entry standards that a client's input meets. */
  check: (
    input: Record<string, unknown>,
    state: CheckState,
  ) => { values: Record<string, unknown>; issues: Issue[] };
  /** What keeps accepted updates from being written, by id; for what depends on more than their own rows. */
  refuse?: (tx: Database, changes: readonly Change[]) => Promise<Map<string, Issue>>;
  /** What follows from the changes of a batch for other rows. */
  follow?: (tx: Database, changes: readonly Change[]) => Promise<void>;
}

export type SubjectTable = PgTable & { id: AnyPgColumn };

export interface Reference {
  to: SubjectName;
  /** The table's column, as Drizzle names it. */
  column: string;
  /** A record cannot do without. With 'owner', the import's owner stands in at creation. */
  need: 'required' | 'optional' | 'owner';
  /** The roles of which an employee can be named; any where absent. */
  roles?: readonly Role[];
}

export interface Unique {
  field: string;
  column: AnyPgColumn;
  /** Whether the index takes capital and small letters for the same. */
  isCaseless: boolean;
  code: string;
  message: string;
}

/** What the checks must know besides the input. */
export interface CheckState {
  mode: 'create' | 'update';
  now: Date;
  /** The row as it is, in an update. */
  current: Record<string, unknown> | undefined;
  /** The file that the record belongs to, if it belongs to one. */
  file: CustomerRow | undefined;
}

/** One row that an import made or changed. */
export interface Change {
  id: string;
  before: Record<string, unknown> | undefined;
  /** What was written; in an update only the columns the mapping names. */
  values: Record<string, unknown>;
}
