import { type SQL, sql } from 'drizzle-orm';

/** Alias of a table in a statement, e.g. `t1`. */
export type Alias = string;

/** A table under an alias. Both names come from code, never from a request. */
export const tableAs = (name: string, alias: Alias): SQL => sql.raw(`"${name}" ${alias}`);

/** A column of an aliased table. Both names come from code, never from a request. */
export const columnOf = (alias: Alias, name: string): SQL => sql.raw(`${alias}."${name}"`);
