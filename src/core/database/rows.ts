import { getTableColumns, is, SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Database } from './database.ts';

/** A table whose rows have ids. */
export type RowTable = PgTable & { id: AnyPgColumn };

/** Values by Drizzle's column names. */
export type Values = Record<string, unknown>;

/** The text of a PostgreSQL array of values that need no quotes: ids, numbers, names. */
export const arrayLiteral = (values: readonly (string | number)[]): string => `{${values.join(',')}}`;

/** A list of ids as one parameter, however many they are. */
export const uuids = (ids: readonly string[]): SQL => sql`${arrayLiteral(ids)}::uuid[]`;

/** A list of names (roles, states, columns) as one parameter. */
export const texts = (names: readonly string[]): SQL => sql`${arrayLiteral(names)}::text[]`;

/**
 * Inserts rows, all in one statement, and returns their ids in the same order. A column that a row does not have, the
 * id included, gets its default.
 */
export async function insertRows(tx: Database, table: RowTable, rows: readonly Values[]): Promise<string[]> {
  if (rows.length === 0) return [];
  const properties = [...new Set(['id', ...rows.flatMap((row) => Object.keys(row))])];
  const columns = properties.map((property) => columnOf(table, property));
  const given = rows.map((row) => byColumn(table, row));
  const values = columns.map((column, i) => {
    const value = sql`wanted.${sql.identifier(column.name)}`;
    if (!column.hasDefault || rows.every((row) => row[properties[i] as string] !== undefined)) return value;
    return sql`case when jsonb_exists(row.value, ${column.name}) then ${value} else ${defaultOf(column)} end`;
  });
  const names = columns.map(({ name }) => sql.identifier(name));
  // Ids are chosen before the insert, whose RETURNING guarantees no order.
  const made = await tx.execute<{ id: string }>(sql`
    with given as materialized (
      select row.ordinal, ${sql.join(
        values.map((value, i) => sql`${value} as ${names[i]}`),
        sql`, `,
      )}
      from jsonb_array_elements(${JSON.stringify(given)}::text::jsonb) with ordinality as row (value, ordinal)
           cross join lateral jsonb_populate_record(null::${table}, row.value) as wanted),
    made as (insert into ${table} (${sql.join(names, sql`, `)}) select ${sql.join(names, sql`, `)} from given order by ordinal)
    select id from given order by ordinal`);
  return made.map(({ id }) => id);
}

/**
 * Updates the given columns of each row, all in one statement, and returns the ids of the rows that changed. PostgreSQL
 * compares the values, so 1.50 equals 1.5, and an instant equals itself in another time zone.
 */
export async function updateRows(
  tx: Database,
  table: RowTable,
  rows: readonly { id: string; values: Values }[],
): Promise<Set<string>> {
  const properties = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  if (properties.length === 0) return new Set();
  const sets = properties.map((property) => {
    const name = sql.identifier(columnOf(table, property).name);
    return sql`${name} = wanted.${name}`;
  });
  const changed = await tx.execute<{ id: string }>(sql`
    update ${table} as held set ${sql.join(sets, sql`, `)}
    from ${wantedRows(table, rows)}
    where held.id = base.id and wanted is distinct from base
    returning held.id`);
  return new Set(changed.map(({ id }) => id));
}

/** Of rows that {@link updateRows} is given the ids of those that it would change. */
export async function changedByUpdate(
  tx: Database,
  table: RowTable,
  rows: readonly { id: string; values: Values }[],
): Promise<Set<string>> {
  const changed = await tx.execute<{ id: string }>(
    sql`select base.id from ${wantedRows(table, rows)} where wanted is distinct from base`,
  );
  return new Set(changed.map(({ id }) => id));
}

/** Rows as they are, `base`, beside what they are to be, `wanted`. */
function wantedRows(table: RowTable, rows: readonly { id: string; values: Values }[]): SQL {
  const given = bySameValues(rows).map(({ ids, values }) => ({ ids, value: byColumn(table, values) }));
  return sql`jsonb_to_recordset(${JSON.stringify(given)}::text::jsonb) as given (ids uuid[], value jsonb)
         cross join lateral unnest(given.ids) as one (id)
         join ${table} as base on base.id = one.id
         -- Columns that the value does not have keep what the row has.
         cross join lateral jsonb_populate_record(base, given.value) as wanted`;
}

/** How many groups back the values of a row are looked for. */
const groupsCompared = 8;

/**
 * Rows in groups with the same values, which are then sent once: a change of ten thousand rows may set ten kilobytes in
 * each. Values that are equal but not identical are sent again.
 */
function bySameValues(rows: readonly { id: string; values: Values }[]): { ids: string[]; values: Values }[] {
  const groups: { ids: string[]; values: Values }[] = [];
  for (const { id, values } of rows) {
    const group = groups.slice(-groupsCompared).find((one) => areSame(one.values, values));
    if (group) group.ids.push(id);
    else groups.push({ ids: [id], values });
  }
  return groups;
}

function areSame(one: Values, other: Values): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => name in other && one[name] === other[name])
  );
}

/** A new row, or an existing one and the columns to change. */
export interface RowToSave {
  /** Undefined for a new row whose id the database chooses. */
  id: string | undefined;
  before?: unknown;
  values: Values;
}

/** A saved row. */
export type Saved<Draft> = Omit<Draft, 'id'> & { id: string; isChanged: boolean };

/** Inserts the new rows, updates the others, and returns all in the same order. At most two statements. */
export async function saveRows<Draft extends RowToSave>(
  tx: Database,
  table: RowTable,
  drafts: readonly Draft[],
): Promise<Saved<Draft>[]> {
  const created = drafts.filter(({ before }) => !before);
  const held = drafts.filter(({ before }) => before);
  const newIds = await insertRows(
    tx,
    table,
    created.map(({ id, values }) => (id ? { ...values, id } : values)),
  );
  const changedIds = await updateRows(tx, table, held as (Draft & { id: string })[]);
  return drafts.map((draft) => {
    const id = draft.before ? draft.id : newIds[created.indexOf(draft)];
    return { ...draft, id: id as string, isChanged: !draft.before || changedIds.has(id as string) };
  });
}

/** Locks rows for writing, in an order common to all writers, and returns them as they are now, by id. */
export async function lockRows(
  tx: Database,
  table: RowTable,
  ids: readonly string[],
): Promise<Map<string, Values>> {
  if (ids.length === 0) return new Map();
  const rows: Values[] = await tx
    .select()
    .from(table as PgTable)
    .where(sql`${table.id} = any(${uuids(ids)})`)
    .orderBy(table.id)
    .for('no key update');
  return new Map(rows.map((row) => [String(row.id), row]));
}

/** Throws for a property that is no column. */
export function columnOf(table: PgTable, property: string): PgColumn {
  const column = getTableColumns(table)[property];
  if (!column) throw new Error(`There is no column ${property}.`);
  return column;
}

/** The given values by the names of their columns in the database. */
export const byColumn = (table: PgTable, values: Values): Values =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([property, value]) => [columnOf(table, property).name, value]),
  );

const defaultOf = ({ default: value }: PgColumn): SQL => (is(value, SQL) ? value : sql`${value}`);
