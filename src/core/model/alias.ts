import { type SQL, sql } from 'drizzle-orm';

/** Alias of a table in a statement, e.g. `t1`. */
export type Alias = string;

/** A table under an alias. Both names come from code, never from a request. */
export const tableAs = (name: string, alias: Alias): SQL => sql.raw(`"${name}" ${alias}`);

/** A column of an aliased table. Both names come from code, never from a request. */
export const columnOf = (alias: Alias, name: string): SQL => sql.raw(`${alias}."${name}"`);

/** How a relation to one row is reached: by its id in this column of the row it starts from. */
export const idIn =
  (column: string) =>
  (source: Alias, target: Alias): SQL =>
    sql`${columnOf(target, 'id')} = ${columnOf(source, column)}`;

/** How a relation to many rows is reached: by the id of the row it starts from in this column of theirs. */
export const listedBy =
  (column: string) =>
  (source: Alias, target: Alias): SQL =>
    sql`${columnOf(target, column)} = ${columnOf(source, 'id')}`;
