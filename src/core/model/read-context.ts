import { type SQL, sql } from 'drizzle-orm';
import type { AccessClass, FieldAccess } from '../access/policy.ts';
import { type Declared, type FileColumns, readable, rightTo } from '../access/row-predicates.ts';
import { type Alias, columnOf } from './alias.ts';
import type { Model, ReadContext } from './model.types.ts';

/** Gives each table of one statement an alias of its own. */
export type Aliases = () => Alias;

export const aliases = (): Aliases => {
  let count = 0;
  return () => `t${++count}`;
};

/** The file columns of a `customer` alias. */
export const fileColumnsOf = (alias: Alias): FileColumns => ({
  id: columnOf(alias, 'id'),
  ownerId: columnOf(alias, 'owner_id'),
});

/** A row's place in the world of rights: its file, or none for models outside files. */
export const fileOfRow = (model: Model, alias: Alias, parentFile: FileColumns | null): FileColumns | null => {
  if (model.fileColumn === null) return null;
  if (model.fileColumn === 'id') return fileColumnsOf(alias);
  return parentFile ?? { id: columnOf(alias, model.fileColumn), ownerId: sql`null::uuid` };
};

/**
 * Whether a field can be read on a row: for all rows, for none, or by row. `own` says whether the row is about the reader
 * or written by them alone, so that its texts name nobody to them; without it none is.
 */
export function readableOn(
  { viewer }: ReadContext,
  declared: Declared,
  file: FileColumns | null,
  own: SQL | false = false,
): true | false | SQL {
  const right = rightTo(viewer, declared);
  if (right === 'identity') return declared.byOthers ? false : own;
  if (right === 'open' || file === null) return true;
  return readable(viewer, right, file);
}

/** The file, of whose rows only those go on that meet a right to a class: below, it need not be asked again. */
export const openedBy = (file: FileColumns, access: FieldAccess): FileColumns =>
  access === 'open' || file.opened?.includes(access)
    ? file
    : { ...file, opened: [...(file.opened ?? []), access] };

/** Name of the flag by which a row says that its fields of a class, or its texts that can name somebody, may be read. */
export const flagOf = (access: AccessClass | 'identity'): string => `$${access}`;

/** Conditions that are true or false and never unknown: a negation of them stays one that PostgreSQL can join by. */
const twoValued = new WeakSet<SQL>();

/** Marks a condition that is never unknown. */
export const decided = (condition: SQL): SQL => {
  twoValued.add(condition);
  return condition;
};

/** What does not hold: false or unknown. */
export const negated = (condition: SQL): SQL =>
  decided(twoValued.has(condition) ? sql`not (${condition})` : sql`(${condition}) is not true`);

/** Joins conditions; none is true. */
export const all = (conditions: SQL[]): SQL =>
  conditions.length === 0
    ? sql`true`
    : conditions.length === 1
      ? (conditions[0] as SQL)
      : sql`(${sql.join(conditions, sql` and `)})`;

export const any = (conditions: SQL[]): SQL =>
  conditions.length === 0
    ? sql`false`
    : conditions.length === 1
      ? (conditions[0] as SQL)
      : sql`(${sql.join(conditions, sql` or `)})`;
