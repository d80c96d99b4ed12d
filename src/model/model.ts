import { getTableName, type SQL } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { FileColumns } from '../access/reach.ts';
import type { Viewer } from '../context.ts';
import type { Issue } from '../errors.ts';
import type { IdPrefix } from '../graphql/type-id.ts';
import { type Alias, idIn } from './alias.ts';
import { type Attribute, attributesOf, type FieldAccess } from './attribute.ts';
import { connectionTypeOf, PageArgs } from './connection.ts';
import { filterTypeOf, relationFilterTypeOf } from './filter-type.ts';
import { listArgsOf } from './list-args.ts';
import type { OrderKey } from './order.ts';
import { orderTypeOf } from './order-type.ts';
import type { Reading } from './reading.ts';

export { type Alias, columnOf, listedBy } from './alias.ts';

/** A row as it comes out of a read: fields by GraphQL name, relations under `$` and their response key. */
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
  /** Joins a row of the target to a row of the source. */
  on: (source: Alias, target: Alias) => SQL;
  /** Column of the source that holds the target's id, where a foreign key says that there is such a row; else null. */
  key: string | null;
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
 * What the shared machinery knows of a GraphQL type: how its rows are read,
 * filtered, ordered, paged and protected.
 */
export interface Model {
  /** GraphQL type name. */
  name: string;
  prefix: IdPrefix;
  type: object;
  tableName: string;
  attributes: Map<string, Attribute>;
  relations: Map<string, Relation>;
  /** Column that names the customer file a row belongs to; null when it belongs to none. */
  fileColumn: string | null;
  /** Rows that exist for the viewer, for models outside any customer file. */
  scope: ((viewer: Viewer, alias: Alias) => SQL) | null;
  defaultOrder: OrderTerm[];
  /** Finds rows by a text over the columns the viewer may read; null where rows are not searched. */
  search: Search | null;
  /** Attributes read with every row, because a resolver needs them. */
  always: readonly string[];
  /** Conditions of a filter that are not plain attributes or relations, e.g. tags. */
  specials: Map<string, SpecialCondition>;
  /** The generated GraphQL classes. */
  Filter: object;
  Order: object;
  RelationFilter: object;
  Connection: object;
  ListArgs: new () => PageArgs;
}

/** How rows are found by a text, and how well they match (a float8, larger is better). */
export type Search = (
  reading: Reading,
  alias: Alias,
  text: string,
  file: FileColumns | null,
) => { where: SQL; rank: OrderKey };

/** A filter field with SQL of its own. */
export interface SpecialCondition {
  field: string;
  type: () => object;
  access: FieldAccess;
  description: string;
  /** Notes among `issues` what is wrong with the value, which stands at `path`. */
  compile: (value: never, alias: Alias, path: (string | number)[], issues: Issue[]) => SQL;
  /** The value is the id of a row of this model that keeps a filter; a row whose filter names the row itself keeps a list, which `compile` reads by UUID. */
  saved?: () => Model;
}

type Defaulted = 'field' | 'defaultOrder' | 'sameFile' | 'nullable' | 'filterable';
type Joined = { on: Relation['on']; key?: never } | { key: string; on?: never };
type RelationOptions = Omit<Relation, Defaulted | keyof Joined> & Partial<Pick<Relation, Defaulted>> & Joined;

export interface ModelOptions {
  prefix: IdPrefix;
  table: PgTable;
  /** The GraphQL type class whose attributes were declared with {@link Attribute}. */
  type: abstract new () => object;
  name: string;
  fileColumn?: AnyPgColumn | null;
  scope?: (viewer: Viewer, alias: Alias) => SQL;
  defaultOrder?: OrderTerm[];
  search?: Search;
  always?: readonly string[];
  relations?: Record<string, RelationOptions>;
  specials?: Record<string, Omit<SpecialCondition, 'field'>>;
}

const modelsByName = new Map<string, Model>();

/** Declares a model and generates its filter, order and connection types. */
export function defineModel(options: ModelOptions): Model {
  const model: Model = {
    name: options.name,
    prefix: options.prefix,
    type: options.type,
    tableName: getTableName(options.table),
    attributes: new Map([['id', idAttribute(options)], ...attributesOf(options.type)]),
    relations: new Map(),
    fileColumn: options.fileColumn?.name ?? null,
    scope: options.scope ?? null,
    defaultOrder: options.defaultOrder ?? [{ field: 'createdAt', direction: 'DESC' }],
    search: options.search ?? null,
    always: options.always ?? [],
    specials: new Map(),
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
      key: null,
      ...relation,
      on: relation.on ?? idIn(relation.key),
      field,
    });
  }
  for (const [field, special] of Object.entries(options.specials ?? {}))
    model.specials.set(field, { ...special, field });
  model.Filter = filterTypeOf(model);
  model.RelationFilter = relationFilterTypeOf(model);
  model.Order = orderTypeOf(model);
  model.Connection = connectionTypeOf(options.name, options.type);
  model.ListArgs = listArgsOf(model);
  modelsByName.set(model.name, model);
  return model;
}

/** Every row has an id, declared by `Node`: filterable everywhere. */
const idAttribute = ({ prefix, table }: ModelOptions): Attribute => ({
  field: 'id',
  column: (table as unknown as { id: AnyPgColumn }).id,
  access: 'open',
  kind: 'id',
  nullable: false,
  description: 'Its id. (编号)',
  prefix,
  enumeration: undefined,
  list: false,
  sortable: false,
  filterable: true,
  history: 'VERSIONED',
});

/** The model of a GraphQL type name, if it has one. */
export const modelNamed = (name: string): Model | undefined => modelsByName.get(name);

/** The model whose ids carry a prefix. */
export const modelOfPrefix = (prefix: IdPrefix): Model | undefined =>
  [...modelsByName.values()].find((model) => model.prefix === prefix);

/** The access class of an attribute; fails for a field that does not exist, so nothing is open by accident. */
export function accessClassOf(typeName: string, field: string): FieldAccess {
  const model = modelsByName.get(typeName);
  const access = model?.attributes.get(field)?.access ?? model?.relations.get(field)?.access;
  if (!access) throw new Error(`${typeName}.${field} has no access class.`);
  return access;
}

/**
 * The class by which a field of a row is told where the row itself is not there to ask, as in history and events: that
 * of the field, or, for what everybody reads who sees the row, that of the row.
 */
export function accessInFile(model: Model, access: FieldAccess): FieldAccess {
  const opensRow = rowAccessOf(model);
  const isForAll = access === 'open' || access === 'basic';
  return isForAll && opensRow !== 'open' && opensRow !== 'basic' ? opensRow : access;
}

/**
 * The class that opens the rows of a model at all: that of the relation which leads to them from their file.
 * Without it even the number of rows tells something. Fails for rows that no relation of the file leads to, so
 * nothing is open by accident.
 */
export function rowAccessOf(model: Model): FieldAccess {
  if (model.fileColumn === null) return 'open';
  if (model.fileColumn === 'id') return 'basic';
  for (const { fileColumn, relations } of modelsByName.values()) {
    if (fileColumn !== 'id') continue;
    for (const relation of relations.values()) if (relation.target() === model) return relation.access;
  }
  throw new Error(
    `No relation leads from a customer file to ${model.name}, so nothing says who may see its rows.`,
  );
}
