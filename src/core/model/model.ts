import { getTableColumns, getTableName, type SQL } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { FieldAccess, TextKind } from '../access/policy.ts';
import type { FileColumns } from '../access/row-predicates.ts';
import type { Viewer } from '../context.ts';
import type { Issue } from '../errors.ts';
import type { IdPrefix } from '../graphql/schema/type-id.ts';
import { type Alias, idIn, listedBy } from './alias.ts';
import { type Attribute, attributesOf } from './attribute.ts';
import { connectionTypeOf, PageArgs } from './connection.ts';
import { filterTypeOf, relationFilterTypeOf } from './filter-type.ts';
import type { Label } from './label.ts';
import { type Link, type LinkOptions, linkOf, through } from './link.ts';
import { listArgsOf } from './list-args.ts';
import type { OrderKey } from './order.ts';
import { orderTypeOf } from './order-type.ts';
import { type EventOptions, type PartEvents, partEventsOf } from './part-events.ts';
import type { ReadContext } from './read-context.ts';
import { register } from './registry.ts';

export { type Alias, columnOf } from './alias.ts';
export { accessClassOf, modelNamed, modelOfPrefix, rowAccessOf } from './registry.ts';

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

type Defaulted = 'field' | 'label' | 'defaultOrder' | 'sameFile' | 'nullable' | 'filterable';
type Joined = 'on' | 'key' | 'columns' | 'link';
/** By the target's id in a column of the source, by the source's in one of the target, through a link, or as written. */
type Join = { key: string } | { listedBy: string } | { link: LinkOptions } | { on: Relation['on'] };
type RelationOptions = Omit<Relation, Defaulted | Joined> & Partial<Pick<Relation, Defaulted>> & Join;

export interface ModelOptions {
  prefix: IdPrefix;
  table: PgTable;
  /** The GraphQL type class whose attributes were declared with {@link Attribute}. */
  type: abstract new () => object;
  name: string;
  kind: ModelKind;
  /** Words of its events that differ from `<TABLE>_ADDED`, `_CHANGED` and `_REMOVED`. */
  events?: EventOptions;
  /** When a row came about, for a part of a file; default createdAt. */
  moment?: string;
  scope?: (viewer: Viewer, alias: Alias) => SQL;
  isOwn?: (viewer: Viewer, alias: Alias) => SQL;
  defaultOrder?: OrderTerm[];
  search?: Search;
  requiredAttributes?: readonly string[];
  relations?: Record<string, RelationOptions>;
  customFilters?: Record<string, Omit<SpecialCondition, 'field'>>;
}

/** Declares a model and generates its filter, order and connection types. */
export function defineModel(options: ModelOptions): Model {
  const model: Model = {
    name: options.name,
    kind: options.kind,
    prefix: options.prefix,
    type: options.type,
    tableName: getTableName(options.table),
    attributes: new Map([['id', idAttribute(options)], ...attributesOf(options.type)]),
    relations: new Map(),
    fileColumn: fileColumnOf(options),
    events: isCaptured(options.kind)
      ? partEventsOf(getTableName(options.table), options.prefix, options.events)
      : null,
    moment: options.kind === 'part' ? (options.moment ?? 'createdAt') : null,
    scope: options.scope ?? null,
    isOwn: options.isOwn ?? null,
    defaultOrder: options.defaultOrder ?? [{ field: 'createdAt', direction: 'DESC' }],
    search: options.search ?? null,
    requiredAttributes: options.requiredAttributes ?? [],
    customFilters: new Map(),
    Filter: {},
    Order: {},
    RelationFilter: {},
    Connection: {},
    ListArgs: PageArgs,
  };
  for (const [field, relation] of Object.entries(options.relations ?? {})) {
    model.relations.set(field, {
      defaultOrder: [{ field: 'createdAt', direction: 'DESC' }],
      sameFile: true,
      nullable: true,
      filterable: true,
      label: null,
      ...relation,
      ...joined(relation),
      field,
    });
  }
  for (const [field, special] of Object.entries(options.customFilters ?? {}))
    model.customFilters.set(field, { ...special, field });
  model.Filter = filterTypeOf(model);
  model.RelationFilter = relationFilterTypeOf(model);
  model.Order = orderTypeOf(model);
  model.Connection = connectionTypeOf(options.name, options.type);
  model.ListArgs = listArgsOf(model);
  register(model);
  return model;
}

const isCaptured = (kind: ModelKind): boolean => kind === 'part' || kind === 'captured';

/** The capture in the database knows the file of a row by this name. */
const fileKey = 'customer_id';

function fileColumnOf({ name, kind, table }: ModelOptions): string | null {
  if (kind === 'file') return 'id';
  const columns = Object.values(getTableColumns(table));
  if (isCaptured(kind) && !columns.some((column) => column.name === fileKey))
    throw new Error(`Rows of ${name} belong to a file, but its table has no ${fileKey}.`);
  return kind === 'part' ? fileKey : null;
}

/** How the rows of a relation are found. */
function joined(relation: Join): Pick<Relation, Joined> {
  if ('key' in relation) {
    const { key } = relation;
    return { key, link: null, on: idIn(key), columns: { source: key, target: 'id' } };
  }
  if ('listedBy' in relation) {
    const column = relation.listedBy;
    return { key: null, link: null, on: listedBy(column), columns: { source: 'id', target: column } };
  }
  if ('link' in relation) {
    const link = linkOf(relation.link);
    return { key: null, link, on: through(link), columns: { source: 'id', target: 'id' } };
  }
  return { key: null, link: null, on: relation.on, columns: null };
}

/** Every row has an id, declared by `Node`: filterable everywhere. */
const idAttribute = ({ prefix, table }: ModelOptions): Attribute => ({
  field: 'id',
  column: (table as unknown as { id: AnyPgColumn }).id,
  access: 'open',
  text: null,
  kind: 'id',
  nullable: false,
  description: 'Its id. (编号)',
  label: undefined,
  prefix,
  enumeration: undefined,
  list: false,
  sortable: false,
  filterable: true,
  history: 'VERSIONED',
});
