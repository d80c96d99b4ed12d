import type { SQL } from 'drizzle-orm';
import {
  type AnyPgColumn,
  PgBoolean,
  PgDateString,
  PgInteger,
  PgJsonb,
  PgNumeric,
  PgTimestampString,
  PgUUID,
} from 'drizzle-orm/pg-core';
import { Field, ID, Int } from 'type-graphql';
import type { AccessClass, FieldAccess, TextKind } from '../access/policy.ts';
import type { Viewer } from '../access/viewer.ts';
import { DateScalar, DateTimeScalar, DecimalScalar, JsonScalar } from '../graphql/schema/scalars.ts';
import type { IdPrefix } from '../graphql/schema/type-id.ts';
import type { Alias } from './alias.ts';
import { Extensions } from './extensions.ts';
import type { Label } from './label.ts';
import type { StandardName } from './standard.ts';

/** The kind of value an attribute holds; determines its scalar, its filter operators and its cast in keyset cursors. */
export type AttributeKind =
  | 'text'
  | 'enum'
  | 'id'
  | 'integer'
  | 'decimal'
  | 'instant'
  | 'date'
  | 'boolean'
  | 'json';

/**
 * What the history keeps of a field (R84): for VERSIONED every value, for OVERWRITE only that it changed, when and by
 * whom. Capture in the database follows `overwritten_columns()`, which is compared with the declarations at start.
 */
export type HistoryPolicy = 'VERSIONED' | 'OVERWRITE';

/** What a column of JSON holds a list of. */
export interface ItemType {
  /** The GraphQL class of an item. */
  type: () => object;
  /** An item as an export writes it and an import reads it. */
  toText: (item: never) => string;
}

export interface Attribute {
  field: string;
  column: AnyPgColumn;
  access: FieldAccess;
  /** What its text holds; null if it is not a text, or an enum. */
  text: TextKind | null;
  /** How its texts are read before they are compared. */
  standard: StandardName;
  /** Of an amount of money, the column with its currency; without one it is in the organisation's. */
  currency: AnyPgColumn | null;
  /** Written by others than the owner of the row; see `Declared`. */
  byOthers?: boolean | undefined;
  kind: AttributeKind;
  nullable: boolean;
  description: string;
  /** The everyday name, if shorter or more precise than the description. */
  label: Label | undefined;
  /** Kind of object an id refers to. */
  prefix: IdPrefix | undefined;
  /** The TypeScript enumeration of an `enum` attribute. */
  enumeration: Record<string, string> | undefined;
  /** The column is an array. */
  list: boolean;
  /** What it is a list of, if not of plain values. */
  item?: ItemType | undefined;
  /** An object as an export writes it and an import reads it. */
  toText?: ((object: never) => string) | undefined;
  sortable: boolean;
  /** The column that rows are ordered by for it, if not its own. */
  orderedBy: AnyPgColumn | undefined;
  filterable: boolean;
  history: HistoryPolicy;
  computed?: ComputedValue | undefined;
}

/** On whose behalf a value is computed. */
export interface AttributeReader {
  viewer: Viewer;
}

/**
 * A value that is no column of the row but follows from the file: computed for each reader from what they may read of it,
 * so that its own class opens nothing else.
 */
export interface ComputedValue {
  value: (reader: AttributeReader, alias: Alias) => SQL;
  /** Every class it can be computed from: who follows a rule with it, which is evaluated over everything, must read them all. */
  counts: readonly AccessClass[];
  /** The columns of the row and the tables that it follows from; its own table in none of them. */
  follows: { columns: readonly string[]; tables: readonly string[] };
}

interface PlainOptions<Column extends AnyPgColumn> {
  access: FieldAccess;
  column: Column;
  /** "English. (中文)": meaning, unit, bounds. */
  description: string;
  /** Its name in a segment's rule, if not the term at the end of the description. */
  label?: Label;
  /** May be redacted or empty (the default); required for a field that can be redacted. */
  nullable?: boolean;
  prefix?: IdPrefix;
  enumeration?: Record<string, string>;
  /** What the text holds; required for every text that is not an enum. */
  text?: TextKind;
  /** How its texts are read before they are compared; by default, only width and case do not count. */
  standard?: StandardName;
  /** Of an amount of money in a currency of its own: the column with the currency. */
  currency?: AnyPgColumn;
  /**
   * Written by others than the owner of the row: roles that know people by id may not read it even on their own rows.
   */
  byOthers?: boolean;
  sortable?: boolean;
  /** The column that rows are ordered by for it: a sort key, made of nothing but texts of the same class. */
  orderedBy?: AnyPgColumn;
  filterable?: boolean;
  /** Default VERSIONED. */
  history?: HistoryPolicy;
  /** The column is an array: a list of values, none of them null. Not filterable. */
  list?: boolean;
  /** The column is JSON: a list of such items. */
  item?: ItemType;
  /** The column is JSON: an object of this type. */
  object?: () => object;
  /** The object as an export writes it and an import reads it; absent for one that is in no table. */
  toText?: (object: never) => string;
  /** The value, if it is not the column's, whose type it has. */
  computed?: ComputedValue;
}

/** Columns whose values are or contain texts. */
type TextColumn = { _: { columnType: 'PgText' | 'PgVarchar' | 'PgJsonb' } };

export type AttributeOptions<Column extends AnyPgColumn = AnyPgColumn> = PlainOptions<Column> &
  (Column extends TextColumn ? { text: TextKind } | { enumeration: Record<string, string> } : unknown);

const attributesByType = new Map<object, Map<string, Attribute>>();

/**
 * Declares a field of a GraphQL type once: its column, access class, description, and whether it can be sorted and
 * filtered by. Output, filter, order, policy, history and export all use this declaration.
 *
 * @throws if a text does not declare what it holds.
 */
export const Attribute =
  <Column extends AnyPgColumn>(options: AttributeOptions<Column>): PropertyDecorator =>
  (prototype, key) => {
    const field = String(key);
    const kind = kindOf(options);
    if ((kind === 'text' || kind === 'json') && !options.text)
      throw new Error(`${prototype.constructor.name}.${field} is a text and does not say what it holds`);
    const nullable = options.nullable ?? true;
    const attributes = attributesByType.get(prototype.constructor) ?? new Map<string, Attribute>();
    attributesByType.set(prototype.constructor, attributes);
    attributes.set(field, {
      field,
      column: options.column,
      access: options.access,
      text: options.text ?? null,
      standard: options.standard ?? 'PLAIN',
      currency: options.currency ?? null,
      byOthers: options.byOthers,
      kind,
      nullable,
      description: options.description,
      label: options.label,
      prefix: options.prefix,
      enumeration: options.enumeration,
      list: options.list ?? false,
      item: options.item,
      toText: options.toText,
      sortable: options.sortable ?? false,
      orderedBy: options.orderedBy,
      filterable: options.filterable ?? (kind !== 'json' && !options.list),
      history: options.history ?? 'VERSIONED',
      computed: options.computed,
    });
    const { item, object } = options;
    const scalar = () => item?.type() ?? object?.() ?? scalarOf(kind, options.enumeration);
    Field((options.list || item ? () => [scalar()] : scalar) as never, {
      nullable,
      description: options.description,
      simple: true,
    })(prototype, key);
    Extensions({
      access: options.access,
      text: options.text ?? null,
      ...(options.byOthers && { byOthers: true }),
      ...(options.prefix && { idPrefix: options.prefix }),
    })(prototype, key);
  };

/** Whether an attribute is an amount of money: its column has two decimals and sixteen digits before them. */
export const isMoney = ({ kind, column }: Pick<Attribute, 'kind' | 'column'>): boolean =>
  kind === 'decimal' && /^numeric\(18, ?2\)$/.test(column.getSQLType());

/** The attributes declared on a GraphQL type class, in the order of declaration, then those of the classes it extends. */
export function attributesOf(type: object): Map<string, Attribute> {
  const declared = new Map<string, Attribute>();
  for (let from: object | null = type; from; from = Object.getPrototypeOf(from) as object | null) {
    for (const [field, attribute] of attributesByType.get(from) ?? []) declared.set(field, attribute);
  }
  return declared;
}

const kindOf = ({ column, enumeration, prefix }: PlainOptions<AnyPgColumn>): AttributeKind => {
  if (enumeration) return 'enum';
  if (prefix || column instanceof PgUUID) return 'id';
  if (column instanceof PgNumeric) return 'decimal';
  if (column instanceof PgInteger) return 'integer';
  if (column instanceof PgTimestampString) return 'instant';
  if (column instanceof PgDateString) return 'date';
  if (column instanceof PgBoolean) return 'boolean';
  if (column instanceof PgJsonb) return 'json';
  return 'text';
};

/** The GraphQL type of a kind. */
export const scalarOf = (kind: AttributeKind, enumeration?: Record<string, string>): object => {
  switch (kind) {
    case 'text':
      return String;
    case 'enum':
      return enumeration as object;
    case 'id':
      return ID;
    case 'integer':
      return Int;
    case 'decimal':
      return DecimalScalar;
    case 'instant':
      return DateTimeScalar;
    case 'date':
      return DateScalar;
    case 'boolean':
      return Boolean;
    case 'json':
      return JsonScalar;
  }
};
