import { type SQL, sql } from 'drizzle-orm';

/** Alias of a table in a statement, e.g. `t1`. */
export type Alias = string;

/** A table under an alias. Both names come from code, never from a request. */
export const tableAs = (name: string, alias: Alias): SQL => sql.raw(`"${name}" ${alias}`);

/** A column of an aliased table. Both names come from code, never from a request. */
export const columnOf = (alias: Alias, name: string): SQL => sql.raw(`${alias}."${name}"`);

/** The column with the currency of an amount, on the same row; null if it has none of its own. */
export const currencyColumn = (attribute: { currency: { name: string } | null }, alias: Alias): SQL | null =>
  attribute.currency && columnOf(alias, attribute.currency.name);

/** Join of a to-one relation: the target's id is in this column of the source row. */
export const idIn =
  (column: string) =>
  (source: Alias, target: Alias): SQL =>
    sql`${columnOf(target, 'id')} = ${columnOf(source, column)}`;

/** Join of a to-many relation: the source row's id is in this column of the target rows. */
export const listedBy =
  (column: string) =>
  (source: Alias, target: Alias): SQL =>
    sql`${columnOf(target, column)} = ${columnOf(source, 'id')}`;
