import type { Placeholder, SQL } from 'drizzle-orm';
import type { FieldUses } from '../access/access-log-port.ts';
import type { FieldGroup } from '../access/field-group.ts';
import type { FieldAccess } from '../access/policy.ts';
import type { Declared, FileColumns } from '../access/row-predicates.ts';
import type { Viewer } from '../access/viewer.ts';
import type { Issue } from '../errors.ts';
import type { IdPrefix } from '../graphql/schema/type-id.ts';
import type { Alias } from './alias.ts';
import type { Attribute } from './attribute.ts';
import type { PageArgs } from './connection.ts';
import type { Arity } from './extensions.ts';
import type { Label } from './label.ts';
import type { Link } from './link.ts';
import type { PartEvents } from './part-events.ts';

/** A row as read: fields by GraphQL name, relations under the key from `rowKeyOf`. */
export interface Row {
  id: string;
  [field: string]: unknown;
}

/** A field of one model that refers to rows of another. */
export interface Relation {
  field: string;
  arity: Arity;
  target: () => Model;
  access: FieldAccess;
  description: string;
  /** The name of one such row in a segment's rule, if not the term at the end of the description. */
  label: Label | null;
  /** Joins a row of the target to a row of the source. */
  on: (source: Alias, target: Alias) => SQL;
  /** Column of the source with the target's id, if a foreign key guarantees that the row exists; otherwise null. */
  key: string | null;
  /** The join columns; null if `on` is explicit. */
  columns: { source: string; target: string } | null;
  /** The link rows in between, if any. */
  link: Link | null;
  /** Order of a `many` relation if the client requests none. */
  defaultOrder: OrderTerm[];
  /** The target belongs to the same customer file as the source, so whoever can see one can see the other. */
  sameFile: boolean;
  nullable: boolean;
  /** May be used in a filter: `some`, `none`, `count`, or the target's filter for `one`. */
  filterable: boolean;
}

/**
 * Of a part, the field of the file that lists its rows. The root field that lists those of all files has the same name.
 */
export interface InFile {
  field: string;
  /** The class that opens the rows: without it not even their number is shown. */
  access: FieldAccess;
  description: string;
  label?: Label;
  /** Default: the latest first, by `moment`. */
  defaultOrder?: OrderTerm[];
  /** Description of the root field. Default: made from the words of its ids. */
  rootDescription?: string;
}

export interface OrderTerm {
  field: string;
  direction: 'ASC' | 'DESC';
}

/**
 * The relation of a model's rows to customer files:
 * - `file`: the files themselves;
 * - `part`: they belong to a file by `customer_id`, so they are captured, and in its history, `asOf`, events and
 *   rights;
 * - `captured`: they belong to a file by `customer_id` and are events of it, but have no history of fields;
 * - `scoped`: they belong to no file; `scope` decides who can see them.
 */
export type ModelKind = 'file' | 'part' | 'captured' | 'scoped';

/** What the core knows about a GraphQL type: how its rows are read, filtered, ordered, paged and protected. */
export interface Model {
  /** GraphQL type name. */
  name: string;
  kind: ModelKind;
  prefix: IdPrefix;
  type: object;
  tableName: string;
  attributes: Map<string, Attribute>;
  relations: Map<string, Relation>;
  /** Column with the id of the customer file a row belongs to; null if it belongs to none. */
  fileColumn: string | null;
  /**
   * Events for a row of a file being added, changed or removed; null for the file itself and for rows outside files.
   */
  events: PartEvents | null;
  /**
   * The field with the time a row of a file came about, used in "needs of the last six months". Null outside of files.
   */
  moment: string | null;
  /** Of a part: the field of the file that lists its rows; otherwise null. */
  inFile: InFile | null;
  /** The condition for rows visible to the viewer, for models outside customer files. */
  scope: ((viewer: Viewer, alias: Alias) => SQL) | null;
  /**
   * Of a part: the condition for rows that the viewer can see beside those of the files they can see. Such a part may
   * belong to no file at all, and opens nothing of its file: what its fields declare is decided as for any file.
   */
  beside: ((viewer: Viewer, alias: Alias) => SQL) | null;
  /** Of such a part: the column with the employee whose own a row is that belongs to no file. */
  holder: string | null;
  /**
   * The condition for rows about the viewer, or written by them and nobody else: their texts identify nobody to a
   * viewer who knows people by id.
   */
  isOwn: ((viewer: Viewer, alias: Alias) => SQL) | null;
  defaultOrder: OrderTerm[];
  /** The groups that its fields belong to, which departments answer for: one for all, or by field. */
  groups: FieldGroup | ReadonlyMap<string, FieldGroup>;
  /**
   * Fields that mean something only together, such as an amount and its currency: whoever writes one has seen the others,
   * so a later change of those is in conflict with it.
   */
  together: readonly (readonly string[])[];
  /** Searches rows by a text in the columns the viewer may read; null if rows cannot be searched. */
  search: Search | null;
  /** Attributes read with every row, because a resolver needs them. */
  requiredAttributes: readonly string[];
  /** Conditions of a filter that are not plain attributes or relations, e.g. tags. */
  customFilters: Map<string, SpecialCondition>;
  /** The generated GraphQL classes. */
  Filter: object;
  Order: object;
  RelationFilter: object;
  Connection: object;
  ListArgs: new () => PageArgs;
}

/** Searches the rows under `alias` by a text. */
export type Search = (reading: ReadContext, alias: Alias, text: string, file: FileColumns | null) => Found;

/** What a text search finds, and in which order. */
export interface Found {
  /** A table joined to the rows, which conditions and keys may refer to; empty if none is. */
  join: SQL;
  /** Holds for every row that is found. */
  where: SQL;
  /** The steps of the rank, best first. A step is evaluated only if those before it leave room on the page. */
  steps: RankStep[];
  /** The order within a step, ascending: names, types and, where a step has none of its own, expressions. */
  within: OrderKey[];
}

/** One step of a rank. */
export interface RankStep {
  /** Disjoint from those of all other steps; together they are `where`. */
  where: SQL;
  /** A table that this step alone joins. */
  join?: SQL;
  /** The expressions of `within` in this step, if they differ. */
  within?: SQL[];
}

/** A filter field with SQL of its own, authorized as declared here: as the attribute of its name, if there is one. */
export interface SpecialCondition extends Declared {
  field: string;
  type: () => object;
  description: string;
  /** No index answers it, so it is evaluated row by row. */
  isHeavy?: boolean;
  /** Compiles the condition; adds violations of the value, which is at `path`, to `issues`. */
  compile: (
    value: never,
    alias: Alias,
    path: (string | number)[],
    issues: Issue[],
    reading?: ReadContext,
  ) => SQL;
  /** Of an object, its parts, each with conditions of its own; computed from the object. */
  parts?: ReadonlyMap<string, Attribute>;
  /**
   * Columns of the row and other tables that `compile` reads; a rule with a condition that does not declare them cannot
   * be followed.
   */
  reads?: { columns: readonly string[]; tables: readonly string[] };
  /**
   * The value is the id of a row of this model that stores a filter. A row whose filter refers to the row itself stores
   * a list, which `compile` reads by UUID.
   */
  saved?: () => Model;
}

/**
 * On whose behalf and at what instant rows are read. All predicates of a statement are evaluated in the same context.
 */
export interface ReadContext {
  viewer: Viewer;
  /** The operation's clock; a placeholder in a statement that is kept for other instants. */
  now: Date | Placeholder;
  /** The organisation's time zone as an IANA name, e.g. Asia/Shanghai. */
  timeZone: string;
  /** The organisation's currency, of amounts that name none. */
  currency: string;
  /** Stored filters that the statement refers to; see `withSavedFilters`. */
  saved?: SavedFilters;
  /**
   * Conditions are evaluated for all files at once, as for a count: aggregates over relations are computed in one pass
   * over their rows. Otherwise file by file, as for a page or for files given by id.
   */
  atOnce?: boolean;
  /**
   * Few files are given by id, and the plan is reused for other values: each file's rows are looked up separately.
   * Without knowing the values, PostgreSQL might read a whole table for a few files.
   */
  oneByOne?: boolean;
  /** Records properties of the statement; absent if few rows are queried, so that nothing is expensive. */
  shape?: QueryShape;
}

/** Properties of a statement recorded during compilation. */
export interface QueryShape {
  /** It has conditions, so its plan depends on their values. */
  isFiltered: boolean;
  /** Rights depend on the row, so an estimate over all rows would reveal what the viewer may not read. */
  isByRow: boolean;
  /** Conditions that no index can answer alone, by their path. */
  heavy: Map<string, HeavyCondition>;
  /** Its uses of logged classes. */
  uses: FieldUses;
}

/** A condition that is evaluated row by row, unless other conditions leave few rows. */
export interface HeavyCondition {
  path: (string | number)[];
  /** The model of the rows read. */
  model: Model;
}

/** A filter stored in a row, with the row's version. */
export interface SavedFilter {
  rule: Filter;
  version: number;
}

/** Stored filters by the row's UUID: those read so far, and those a statement turned out to need. */
export interface SavedFilters {
  /** Null for one that does not exist or is not visible to the viewer. */
  found: Map<string, SavedFilter | null>;
  wanted: Map<Model, Set<string>>;
  /** All that were wanted and have been read. */
  read: Map<Model, Set<string>>;
}

/** An expression that rows are ordered by. */
export interface OrderKey {
  name: string;
  expression: SQL;
  /** SQL type of its value in a cursor. */
  type: string;
  nullable: boolean;
  direction: 'ASC' | 'DESC';
}

/** A value of a generated `<Name>Filter` input, as provided by GraphQL or stored in a segment. */
export type Filter = { readonly [field: string]: unknown };
