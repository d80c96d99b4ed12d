import { getTableColumns, getTableName, type SQL } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { FieldGroup } from '../access/field-group.ts';
import type { Declared } from '../access/row-predicates.ts';
import type { Viewer } from '../access/viewer.ts';
import { type IdPrefix, idPrefixes } from '../graphql/schema/type-id.ts';
import { type Alias, idIn, listedBy } from './alias.ts';
import { type Attribute, attributesOf } from './attribute.ts';
import { connectionTypeOf, PageArgs } from './connection.ts';
import { filterTypeOf, relationFilterTypeOf } from './filter-type.ts';
import { type LinkOptions, linkOf, through } from './link.ts';
import { listArgsOf } from './list-args.ts';
import type {
  InFile,
  Model,
  ModelKind,
  OrderTerm,
  Relation,
  Search,
  SpecialCondition,
} from './model.types.ts';
import { orderTypeOf } from './order-type.ts';
import { type EventOptions, partEventsOf } from './part-events.ts';
import { allModels, register, rootModel } from './registry.ts';

type Defaulted = 'field' | 'label' | 'defaultOrder' | 'sameFile' | 'nullable' | 'filterable';
type Joined = 'on' | 'key' | 'columns' | 'link';
/**
 * How rows are joined: by the target's id in a column of the source, by the source's id in a column of the target,
 * through a link, or by an explicit condition.
 */
type Join = { key: string } | { listedBy: string } | { link: LinkOptions } | { on: Relation['on'] };
type RelationOptions = Omit<Relation, Defaulted | Joined> & Partial<Pick<Relation, Defaulted>> & Join;

type KindOptions = { kind: 'part'; inFile: InFile } | { kind: Exclude<ModelKind, 'part'>; inFile?: never };

export type ModelOptions = KindOptions & CommonOptions;

interface CommonOptions {
  prefix: IdPrefix;
  table: PgTable;
  /** The GraphQL type class whose attributes were declared with {@link Attribute}. */
  type: abstract new () => object;
  name: string;
  /** Event types that differ from `<TABLE>_ADDED`, `_CHANGED` and `_REMOVED`. */
  events?: EventOptions;
  /** The field with the time a part of a file came about; default createdAt. */
  moment?: string;
  scope?: (viewer: Viewer, alias: Alias) => SQL;
  beside?: (viewer: Viewer, alias: Alias) => SQL;
  holder?: string;
  isOwn?: (viewer: Viewer, alias: Alias) => SQL;
  defaultOrder?: OrderTerm[];
  /** The group that all its fields belong to, or the fields of each. Default: none. */
  groups?: FieldGroup | Partial<Record<FieldGroup, readonly string[]>>;
  together?: Model['together'];
  search?: Search;
  requiredAttributes?: readonly string[];
  relations?: Record<string, RelationOptions>;
  customFilters?: Record<string, SpecialOptions>;
}

/** A condition on an attribute of its name is authorized as that attribute is, and declares no access of its own. */
type SpecialOptions = Omit<SpecialCondition, 'field' | keyof Declared> & Partial<Declared>;

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
    inFile: options.inFile ?? null,
    scope: options.scope ?? null,
    beside: options.beside ?? null,
    holder: options.holder ?? null,
    isOwn: options.isOwn ?? null,
    defaultOrder: options.defaultOrder ?? [{ field: 'createdAt', direction: 'DESC' }],
    groups: groupsOf(options),
    together: togetherOf(options),
    search: options.search ?? null,
    requiredAttributes: options.requiredAttributes ?? [],
    customFilters: new Map(),
    Filter: {},
    Order: {},
    RelationFilter: {},
    Connection: {},
    ListArgs: PageArgs,
  };
  for (const [field, relation] of Object.entries(relationsOf(options))) {
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
    model.customFilters.set(field, { ...special, ...declaredOf(model, field, special), field });
  model.Filter = filterTypeOf(model);
  model.RelationFilter = relationFilterTypeOf(model);
  model.Order = orderTypeOf(model);
  model.Connection = connectionTypeOf(options.name, options.type, model.search !== null);
  model.ListArgs = listArgsOf(model);
  register(model);
  return model;
}

/** Throws for a field in two groups: nobody would know which department answers for it. */
function groupsOf({ name, groups = {} }: ModelOptions): Model['groups'] {
  if (typeof groups === 'string') return groups;
  const byField = new Map<string, FieldGroup>();
  for (const [group, fields] of Object.entries(groups) as [FieldGroup, readonly string[]][])
    for (const field of fields) {
      if (byField.has(field)) throw new Error(`${name}.${field} is in two groups.`);
      byField.set(field, group);
    }
  return byField;
}

/** Throws for a condition that could be used where its attribute may not be read, or by anybody. */
function declaredOf({ name, attributes }: Model, field: string, special: SpecialOptions): Declared {
  const { access, text, byOthers } = attributes.get(field) ?? special;
  const isTwice = attributes.has(field) && (special.access ?? special.text) !== undefined;
  if (!access || isTwice)
    throw new Error(`The condition ${name}.${field} must be declared once: by its attribute, or by itself.`);
  return { access, text: text ?? null, ...(byOthers && { byOthers }) };
}

const isCaptured = (kind: ModelKind): boolean => kind === 'part' || kind === 'captured';

/** Capture in the database identifies a row's file by a column of this name. */
const fileKey = 'customer_id';

function fileColumnOf({ name, kind, table }: ModelOptions): string | null {
  if (kind === 'file') return 'id';
  const columns = Object.values(getTableColumns(table));
  if (isCaptured(kind) && !columns.some((column) => column.name === fileKey))
    throw new Error(`Rows of ${name} belong to a file, but its table has no ${fileKey}.`);
  return kind === 'part' ? fileKey : null;
}

/** The relations declared, and of files and their parts those between them. */
function relationsOf({ name, kind, relations }: ModelOptions): Record<string, RelationOptions> {
  if (kind === 'part') {
    if (allModels().some((model) => model.kind === 'file'))
      throw new Error(`${name} is declared after the files it belongs to, which do not list it.`);
    return { customer: toFile, ...relations };
  }
  return kind === 'file' ? { ...relations, ...Object.fromEntries(partLists()) } : (relations ?? {});
}

const toFile: RelationOptions = {
  arity: 'one',
  target: () => rootModel(),
  access: 'basic',
  description: 'The customer file it belongs to. (客户)',
  key: fileKey,
};

/** The lists of parts in a file, in the order of their prefixes, whichever was imported first. */
const partLists = (): [string, RelationOptions][] =>
  allModels()
    .sort((a, b) => idPrefixes.indexOf(a.prefix) - idPrefixes.indexOf(b.prefix))
    .flatMap((model): [string, RelationOptions][] => {
      if (!model.inFile) return [];
      const { field, access, description, label, defaultOrder } = model.inFile;
      const byMoment: OrderTerm[] = [{ field: model.moment ?? 'createdAt', direction: 'DESC' }];
      const relation: RelationOptions = {
        arity: 'many',
        target: () => model,
        access,
        nullable: access !== 'basic' && access !== 'open',
        description,
        label: label ?? null,
        listedBy: fileKey,
        defaultOrder: defaultOrder ?? byMoment,
      };
      return [[field, relation]];
    });

/** Throws for what is no field, so that no pair is parted by a name that changed. */
function togetherOf({ name, type, together = [] }: ModelOptions): Model['together'] {
  const unknown = together.flat().filter((field) => !attributesOf(type).has(field));
  if (unknown.length > 0) throw new Error(`${name} has no attributes ${unknown.join()} that go together.`);
  return together;
}

/** The join of a relation. */
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
  standard: 'PLAIN',
  currency: null,
  kind: 'id',
  nullable: false,
  description: 'Its id. (编号)',
  label: undefined,
  prefix,
  enumeration: undefined,
  list: false,
  sortable: false,
  orderedBy: undefined,
  filterable: true,
  history: 'VERSIONED',
});
