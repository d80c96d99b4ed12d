import type { SQL } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Role } from '../../core/access/role.ts';
import type { Database } from '../../core/database/database.ts';
import type { RowTable } from '../../core/database/rows.ts';
import type { Issue } from '../../core/errors.ts';
import type { PartWrites } from '../../core/part/writes-of.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { CustomerRow } from '../../domains/customer/customer.table.ts';
import type { Identity } from '../../domains/customer/duplicate-words.ts';

/** The table its rows are in. */
export type RecordTypeName = string;

/** A type of record that an import can create, and its rules. */
export interface RecordType {
  name: RecordTypeName;
  table: RowTable;
  /** Fields that a mapping may set: all that have an entry standard. */
  fields: readonly string[];
  /** Those of them that are boolean. */
  flags?: readonly string[];
  /** Fields that a mapping sets to the external key of another record. */
  references: Readonly<Record<string, RecordReference>>;
  /** Fields whose default would be a false statement: if the file's value is invalid, a new record is refused. */
  decisive?: readonly string[];
  /** A flag that only one record of a customer can have: of several in a file, the first. */
  soleFlag?: string;
  /** The values of a record with what its external key adds to them. */
  withKey?: (
    values: Record<string, unknown>,
    key: { source: string; key: string },
    current: Record<string, unknown> | undefined,
  ) => Record<string, unknown>;
  /** Values of a new record where its file has none. */
  initial?: (scope: { now: Date; settings: Settings }) => Record<string, unknown>;
  /** Unique columns. */
  unique?: readonly Unique[];
  /** What shows that a new record may be another file or contact. */
  identityOf?: (id: string, values: Record<string, unknown>) => Omit<Identity, 'place'>;
  /** Which of the existing rows have a contract, where the standards need to know. */
  findContracts?: (tx: Database, ids: readonly string[]) => Promise<ReadonlySet<string>>;
  /** The entry standards, the same as for a client's input. */
  check: (
    input: Record<string, unknown>,
    state: CheckState,
  ) => { values: Record<string, unknown>; issues: Issue[]; warnings: Issue[] };
  /** The issues, by id, of updates that pass their checks but must be refused because of other rows. */
  refuse?: (tx: Database, changes: readonly RecordChange[]) => Promise<Map<string, Issue>>;
  /** The writes of a part, which save its records. */
  writes?: PartWrites;
}

export interface RecordReference {
  to: RecordTypeName;
  /** The column's name in Drizzle. */
  column: string;
  /** Whether a record is refused without it. For 'owner', a new record gets the import's owner instead. */
  need: 'required' | 'optional' | 'owner';
  /** The roles that the employee may have; absent for any. */
  roles?: readonly Role[];
}

export interface Unique {
  field: string;
  column: AnyPgColumn;
  /** Whether the index is case-insensitive. */
  isCaseless: boolean;
  /** What of a value is unique, if it is no text by itself; undefined where nothing is. */
  keyOf?: (value: unknown) => string | undefined;
  /** Rows of another table whose values nobody can have any more. */
  spent?: AnyPgColumn;
  /** The same of a row, with the condition for rows among which it is. */
  stored?: { key: SQL<string>; among: SQL };
  code: string;
  message: string;
}

/** What the checks need besides the input. */
export interface CheckState {
  mode: 'create' | 'update';
  now: Date;
  settings: Settings;
  /** Of whoever the import is attributed to; null if only the operator of the database. */
  role: Role | null;
  hasContract: boolean;
  /** For an update: the existing row. */
  current: Record<string, unknown> | undefined;
  /** The customer file that the record belongs to, if any. */
  file: CustomerRow | undefined;
}

/** One row that an import created or updated. */
export interface RecordChange {
  id: string;
  before: Record<string, unknown> | undefined;
  /** The values written; for an update only the columns that the mapping sets. */
  values: Record<string, unknown>;
}
