import { type SQL, sql } from 'drizzle-orm';
import type { AccessClass, FieldAccess } from '../access/policy.ts';
import { type Declared, type FileColumns, readable, rightTo } from '../access/row-predicates.ts';
import { type Alias, columnOf } from './alias.ts';
import type { Model, ReadContext } from './model.types.ts';

/** Generates a unique alias for each table of one statement. */
export type Aliases = () => Alias;

export const aliases = (): Aliases => {
  let count = 0;
  return () => `t${++count}`;
};

/** The file columns of a `customer` alias. */
export const fileColumnsOf = (alias: Alias): FileColumns => ({
  id: columnOf(alias, 'id'),
  ownerId: columnOf(alias, 'owner_id'),
  archivedAt: columnOf(alias, 'archived_at'),
});

/** The file that decides the rights on a row; null for models outside files. */
export const fileOfRow = (model: Model, alias: Alias, parentFile: FileColumns | null): FileColumns | null => {
  if (model.fileColumn === null) return null;
  if (model.fileColumn === 'id') return fileColumnsOf(alias);
  return parentFile ?? { id: columnOf(alias, model.fileColumn), ownerId: sql`null::uuid` };
};

/**
 * Whether a field can be read: on all rows, on none, or depending on the row. `own` is the condition that the row is
 * about the reader or written by them alone, so that its texts identify nobody to them; without it no row is.
 */
export function readableOn(
  { viewer }: Pick<ReadContext, 'viewer'>,
  declared: Declared,
  file: FileColumns | null,
  own: SQL | false = false,
): true | false | SQL {
  const right = rightTo(viewer, declared);
  if (right === 'identity') return declared.byOthers ? false : own;
  if (right === 'open' || file === null) return true;
  return readable(viewer, right, file);
}

/** The file after its rows have been filtered by the right to a class, which need not be checked again below. */
export const openedBy = (file: FileColumns, access: FieldAccess): FileColumns =>
  access === 'open' || file.opened?.includes(access)
    ? file
    : { ...file, opened: [...(file.opened ?? []), access] };

/**
 * Name of the flag on a row that says whether its fields of a class, or its texts that can identify a person, may be
 * read.
 */
export const flagOf = (access: AccessClass | 'identity'): string => `$${access}`;

/** Conditions that are never unknown: PostgreSQL can still use their negation in a join. */
const twoValued = new WeakSet<SQL>();

/** Marks a condition that is never unknown. */
export const decided = (condition: SQL): SQL => {
  twoValued.add(condition);
  return condition;
};

/** The negation: true where the condition is false or unknown. */
export const negated = (condition: SQL): SQL =>
  decided(twoValued.has(condition) ? sql`not (${condition})` : sql`(${condition}) is not true`);

/** Conjunction; true if empty. */
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
