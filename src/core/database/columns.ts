import { type SQL, sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  check,
  customType,
  integer,
  numeric,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

/**
 * Primary key: a UUIDv7 made by the database function `new_id()`, so ids sort by
 * time and every writer, psql included, gets one. Published as a TypeID.
 */
export const id = () => uuid('id').primaryKey().default(sql`new_id()`);

/** A point in time. Read as an ISO 8601 string in UTC, with microseconds. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });

/** An exact amount of money: two decimals, at most 9,999,999,999,999,999.99, as a string. */
export const money = (name: string) => numeric(name, { precision: 18, scale: 2 });

/** ISO 4217 currency code beside an amount. */
export const currency = () => text('currency').notNull().default('CNY');

/**
 * Version and times of a row. The trigger `touch_row` keeps `version` and
 * `updated_at`; nobody else writes them.
 */
export const versioned = () => ({
  version: integer('version').notNull().default(1),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  updatedAt: instant('updated_at').notNull().default(sql`now()`),
});

/** A text column restricted to the values of an enumeration. */
export const oneOf = <const T extends Record<string, string>>(name: string, values: T) =>
  text(name, { enum: Object.values(values) as [T[keyof T], ...T[keyof T][]] });

/**
 * A text column restricted to the values of an enumeration by a domain, which a hand-written migration makes and extends.
 * For the table that every change of a file writes to: a domain is asked when a value is given, while a table's check
 * constraints are read and prepared anew for every statement.
 */
export const oneOfDomain = <T extends string>(name: string, domain: string) =>
  customType<{ data: T }>({ dataType: () => domain })(name);

/** The check constraint that makes the database refuse what {@link oneOf} does not list. */
export const oneOfCheck = (name: string, column: AnyPgColumn, values: Record<string, string>) =>
  check(name, sql`${column} in (${sql.raw(quoteAll(Object.values(values)))})`);

const quoteAll = (values: string[]): string => values.map((value) => `'${value}'`).join(', ');

/** Never null: `now()` of the transaction, for columns that a writer may also set. */
export const now: SQL = sql`now()`;
