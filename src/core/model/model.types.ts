import type { SQL } from 'drizzle-orm';
import type { FieldUses } from '../access/access-log-port.ts';
import type { FieldAccess, TextKind } from '../access/policy.ts';
import type { FileColumns } from '../access/row-predicates.ts';
import type { Viewer } from '../access/viewer.ts';
import type { Issue } from '../errors.ts';
import type { IdPrefix } from '../graphql/schema/type-id.ts';
import type { Alias } from './alias.ts';
import type { Attribute } from './attribute.ts';
import type { PageArgs } from './connection.ts';
import type { Label } from './label.ts';
import type { Link } from './link.ts';
import type { PartEvents } from './part-events.ts';

/** A row as it comes out of a read: fields by GraphQL name, relations under their key: see `rowKeyOf`. */
export interface Row {
  id: string;
  [field: string]: unknown;
}

/** `many` gives a connection, `list` a plain list of at most 200 rows, `one` an object or null. */
export type Arity = 'one' | 'many' | 'list';

/** A field of one model that leads to another. */
export interface Relation {
  field: string;
  arity: Arity;
  target: () => Model;
  access: FieldAccess;
  description: string;
  /** What people call one such row in a segment's rule, where that is not the term that ends the description. */
  label: Label | null;
  /** Joins a row of the target to a row of the source. */
  on: (source: Alias, target: Alias) => SQL;
  /** Column of the source that holds the target's id, where a foreign key says that there is such a row; else null. */
  key: string | null;
  /** The columns by which the rows are joined; null where `on` is written out. */
  columns: { source: string; target: string } | null;
  /** The rows in between, where there are any. */
  link: Link | null;
  /** Order of a `many` relation that is not told otherwise. */
  defaultOrder: OrderTerm[];
  /** The target belongs to the same customer file as the source, so whoever sees one sees the other. */
  sameFile: boolean;
  nullable: boolean;
  /** May be used in a filter: `some`, `none`, `count`, or the target's filter for `one`. */
  filterable: boolean;
}

export interface OrderTerm {
  field: string;
  direction: 'ASC' | 'DESC';
}

/**
 * What the rows of a model are to customer files:
 * - `file`: the files themselves;
 * - `part`: they belong to a file by `customer_id`, so they are captured, and in its history, `asOf`, events and rights;
 * - `captured`: they belong to a file by `customer_id` and are events of it, but have no history of fields;
 * - `scoped`: they belong to no file; `scope` says for whom they exist.
 */
export type ModelKind = 'file' | 'part' | 'captured' | 'scoped';

/**
 * What the shared machinery knows of a GraphQL type: how its rows are read,
 * filtered, ordered, paged and protected.
 */
export interface Model {
  /** GraphQL type name. */
  name: string;
  kind: ModelKind;
  prefix: IdPrefix;
  type: object;
  tableName: string;
  attributes: Map<string, Attribute>;
  relations: Map<string, Relation>;
  /** Column that names the customer file a row belongs to; null when it belongs to none. */
  fileColumn: string | null;
  /** What is told when a row of a file comes, changes or goes; null for the file itself and for what is in none. */
  events: PartEvents | null;
  /** When a row of a file came about: "needs of the last six months" speaks of this field. Null outside of files. */
  moment: string | null;
  /** Rows that exist for the viewer, for models outside any customer file. */
  scope: ((viewer: Viewer, alias: Alias) => SQL) | null;
  /** Rows about the viewer or written by them and by nobody else: their texts name nobody to a viewer who knows people by id. */
  isOwn: ((viewer: Viewer, alias: Alias) => SQL) | null;
  defaultOrder: OrderTerm[];
  /** Finds rows by a text over the columns the viewer may read; null where rows are not searched. */
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

/** How rows are found by a text, and how well they match (a float8, larger is better). */
export type Search = (
  reading: ReadContext,
  alias: Alias,
  text: string,
  file: FileColumns | null,
) => { where: SQL; rank: OrderKey };

/** A filter field with SQL of its own. */
export interface SpecialCondition {
  field: string;
  type: () => object;
  access: FieldAccess;
  /** What it is compared with, if it is a text. */
  text?: TextKind;
  description: string;
  /** Notes among `issues` what is wrong with the value, which stands at `path`. */
  compile: (value: never, alias: Alias, path: (string | number)[], issues: Issue[]) => SQL;
  /** Columns of its own row and tables beside it that `compile` reads; a rule with what does not say so cannot be followed. */
  reads?: { columns: readonly string[]; tables: readonly string[] };
  /** The value is the id of a row of this model that keeps a filter; a row whose filter names the row itself keeps a list, which `compile` reads by UUID. */
  saved?: () => Model;
}

/** On whose behalf rows are read, and at what instant. Every predicate of one statement is judged by it. */
export interface ReadContext {
  viewer: Viewer;
  /** The operation's clock. */
  now: Date;
  /** IANA name, e.g. Asia/Shanghai: the organisation's calendar. */
  timeZone: string;
  /** Filters kept in rows that the statement refers to; see `withSavedFilters`. */
  saved?: SavedFilters;
  /**
   * Conditions are asked of all files at once, as for a count: numbers made of relations are made in one pass over
   * their rows. Otherwise file by file, as for a page or for files named by id.
   */
  atOnce?: boolean;
  /**
   * Files are named and few, and the plan is kept for other values: what belongs to each is looked up by itself. Not
   * knowing the values, PostgreSQL might take all rows of a table for few.
   */
  oneByOne?: boolean;
  /** Takes note of what the statement asks; absent where few rows are asked about, so that nothing is expensive. */
  shape?: QueryShape;
}

/** What was noticed while a statement was compiled. */
export interface QueryShape {
  /** It has conditions, so its plan depends on their values. */
  isFiltered: boolean;
  /** Rights differ from row to row, so an estimate over all rows would tell what the viewer may not read. */
  isByRow: boolean;
  /** Conditions that no index answers alone, by their path. */
  heavy: Map<string, HeavyCondition>;
  /** What of logged classes it makes use of. */
  uses: FieldUses;
}

/** A condition that is read row by row, unless others leave few rows. */
export interface HeavyCondition {
  path: (string | number)[];
  /** Whose rows. */
  model: Model;
}

/** A filter that is kept in a row, and the row's version. */
export interface SavedFilter {
  rule: Filter;
  version: number;
}

/** Filters kept in rows, by the row's UUID: those read so far, and those a statement turned out to need. */
export interface SavedFilters {
  /** Null for one that is not there or not the viewer's. */
  found: Map<string, SavedFilter | null>;
  wanted: Map<Model, Set<string>>;
  /** All that were wanted and read. */
  read: Map<Model, Set<string>>;
}

/** One expression rows are ordered by. */
export interface OrderKey {
  name: string;
  expression: SQL;
  /** SQL type of its value in a cursor. */
  type: string;
  nullable: boolean;
  direction: 'ASC' | 'DESC';
}

/** A value of a generated `<Name>Filter` input, as GraphQL delivers it or as a segment stores it. */
export type Filter = { readonly [field: string]: unknown };
