import type { Role } from '../access/role.ts';
import type { Actor } from '../access/write-policy.ts';
import type { Database } from '../database/database.ts';
import type { Issue } from '../errors.ts';
import { checkId, type IdPrefix } from '../graphql/schema/type-id.ts';
import type { Settings } from '../settings/settings.ts';
import type { CheckOptions, Checks, FieldRule, FieldRules, Fields, Presence } from '../validation/fields.ts';
import type { FileRow, FileTable, PartRow, PartTable } from './file-lock.ts';

/** A row as the database has it. */
type RowOf<T extends PartTable> = T['$inferSelect'] & PartRow;
type FileOf<F extends FileTable> = F['$inferSelect'] & FileRow;
type ColumnsOf<T extends PartTable> = Partial<T['$inferInsert']>;

/** What a check knows besides the input. */
export interface CheckState<T extends PartTable, F extends FileTable> extends CheckOptions {
  now: Date;
  settings: Settings;
  /** The writer's; null for an import that the database's operator runs in nobody's name. */
  role: Role | null;
  /** In an update: the row as it is. */
  current?: RowOf<T> | undefined;
  /** The file the row is in; undefined where an input names none that could be. */
  file: FileOf<F> | undefined;
}

/** A row that is about to be written. */
export interface Draft<T extends PartTable, F extends FileTable> {
  file: FileOf<F>;
  /** As it was; undefined for a new row. */
  before: RowOf<T> | undefined;
  /** What is written: of a row that is there, only what the writer named. */
  values: ColumnsOf<T>;
  /** Its path in the input. */
  path: Issue['path'];
}

/** A row that was written, and differs from what it was. */
export type Change<T extends PartTable, F extends FileTable> = Omit<Draft<T, F>, 'path'> & { id: string };

/** What is in the way of removing a row. */
export interface KeptFor {
  /** A name for programs. */
  reason: string;
  /** "English. (中文。)" */
  message: string;
}

/** A field that holds the id of another row. */
export interface Reference extends FieldRule<string, string | null> {
  /** "English. (中文)" */
  description: string;
}

/** A field with the id of another row: its form is checked here, that the row exists in {@link PartRules.verify}. */
export const reference = (prefix: IdPrefix, presence: Presence, description: string): Reference => ({
  presence,
  description,
  check: (text) => checkId(prefix, text),
});

/** The mutations a part has, by name. Their inputs and payloads are called after them. */
export interface PartOperations {
  create?: string;
  update?: string;
  delete?: string;
}

/**
 * How the rows of a part are written: what {@link writesOf} does with every part alike is not declared, only what is
 * special about one.
 */
export interface PartRules<T extends PartTable, F extends FileTable, R extends FieldRules> {
  table: T;
  files: F;
  operations: PartOperations;
  /** The mutations are written by hand: the part is more than rows of a file. Default: they are made from these rules. */
  hasOwnMutations?: boolean;
  /** Fields that a writer may set; the inputs take their descriptions from the type. */
  fields: R;
  references?: Record<string, Reference>;
  /** Checks one input against the entry standards and reports every violation. Default: each field by its own rule. */
  check?(input: Fields<R>, state: CheckState<T, F>): Checks<R>;
  /** Values of a new row for what the input does not set and the table has no default for. */
  initial?(actor: Actor, file: F['$inferSelect']): ColumnsOf<T>;
  /** Violations that only the database knows of, for all rows together. */
  verify?(tx: Database, drafts: readonly Draft<T, F>[]): Promise<Issue[]>;
  /** Adds to new rows what depends on the other rows of their files, for all together. Those are locked. */
  complete?(tx: Database, created: readonly Omit<Draft<T, F>, 'path'>[]): Promise<void>;
  /** What follows for other rows from those that were created or updated, for all together. */
  follow?(tx: Database, changes: readonly Change<T, F>[]): Promise<void>;
  /** What follows for other rows from those that were removed, for all together. */
  followRemoval?(tx: Database, removed: readonly RowOf<T>[]): Promise<void>;
  /** Warns of what looks wrong beside rows of other files, for a row that a client wrote alone. */
  suspect?(tx: Database, actor: Actor, written: Draft<T, F> & { id: string }): Promise<void>;
  /**
   * Rows record what happened, each of the employee whose id this column holds: by the right to call `create`, and on
   * archived files too. Who may change or remove them later says `requireAmender`.
   */
  recordedBy?: string;
  /** Why a row must not be removed, as long as it is as it is: others rely on it. */
  keptFor?(row: RowOf<T>): KeptFor | undefined;
  /**
   * Fields that whoever deletes a row has to have the right to change: one of each class it holds. Default: all of
   * `fields`, so that who may change nothing of a row cannot delete it either.
   */
  deletedWith?: readonly string[];
  /** A sentence added to the description of a mutation. */
  remarks?: { create?: string; update?: string; delete?: string };
}
