import { getTableColumns, inArray, sql } from 'drizzle-orm';
import type { Database } from '../../core/database/database.ts';
import type { TagLabel } from '../../domains/tag/tag.check.ts';
import { customerTag, tag } from '../../domains/tag/tag.table.ts';
import type { SubjectTable, Unique } from './record-type.ts';

/** Values by Drizzle's column names. */
export type Values = Record<string, unknown>;

/** Inserts rows, all in one statement; a column that a row does not have gets its default. */
export async function insertRows(tx: Database, table: SubjectTable, rows: readonly Values[]): Promise<void> {
  if (rows.length > 0) await tx.insert(table).values(rows as never[]);
}

/**
 * Updates the given columns of each row, all in one statement, and returns the ids of the rows that changed. PostgreSQL
 * compares the values, so 1.50 equals 1.5, and an instant equals itself in another time zone.
 */
export async function updateRows(
  tx: Database,
  table: SubjectTable,
  rows: readonly { id: string; values: Values }[],
): Promise<Set<string>> {
  const columns = getTableColumns(table);
  const nameOf = (property: string): string => {
    const column = columns[property];
    if (!column) throw new Error(`There is no column ${property}.`);
    return column.name;
  };
  const properties = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  if (properties.length === 0) return new Set();
  const given = rows.map(({ id, values }) => ({
    id,
    value: Object.fromEntries(Object.entries(values).map(([property, value]) => [nameOf(property), value])),
  }));
  const sets = properties.map((property) => {
    const name = sql.identifier(nameOf(property));
    return sql`${name} = wanted.${name}`;
  });
  const changed = await tx.execute<{ id: string }>(sql`
    update ${table} as held set ${sql.join(sets, sql`, `)}
    from jsonb_to_recordset(${JSON.stringify(given)}::text::jsonb) as given (id uuid, value jsonb)
         join ${table} as base on base.id = given.id
         -- What the value is silent about stays as it is in the row.
         cross join lateral jsonb_populate_record(base, given.value) as wanted
    where held.id = base.id and wanted is distinct from base
    returning held.id`);
  return new Set(changed.map(({ id }) => id));
}

export interface Labelled {
  customerId: string;
  tags: readonly TagLabel[];
}

/** Adds tags to files, with one statement for the tags and one for the files; returns the files that gained a tag. */
export async function addTags(tx: Database, labelled: readonly Labelled[]): Promise<Set<string>> {
  const pairs = labelled.flatMap(({ customerId, tags }) => tags.map(({ label }) => ({ customerId, label })));
  if (pairs.length === 0) return new Set();
  const byLabel = new Map(labelled.flatMap(({ tags }) => tags.map((given) => [given.label, given])));
  // In label order, so that two writers who create the same tags cannot deadlock.
  const values = [...byLabel.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
  await tx
    .insert(tag)
    .values(values.map(({ facet, value }) => ({ facet, value })))
    .onConflictDoNothing({ target: tag.label });
  const added = await tx.execute<{ customer_id: string }>(sql`
    insert into ${customerTag} (customer_id, tag_id)
    select given."customerId", ${tag.id}
    from jsonb_to_recordset(${JSON.stringify(pairs)}::text::jsonb) as given ("customerId" uuid, label text)
         join ${tag} on ${tag.label} = given.label
    order by 1, 2
    on conflict do nothing
    returning customer_id`);
  return new Set(added.map(({ customer_id }) => customer_id));
}

/** Locks rows for writing, in an order common to all writers, and returns them as they are now, by id. */
export async function lockRows(
  tx: Database,
  table: SubjectTable,
  ids: readonly string[],
): Promise<Map<string, Values>> {
  if (ids.length === 0) return new Map();
  const rows: Values[] = await tx
    .select()
    .from(table)
    .where(inArray(table.id, [...ids]))
    .orderBy(table.id)
    .for('no key update');
  return new Map(rows.map((row) => [String(row.id), row]));
}

/** The ids of the rows that have one of the values, by value (in lower case for a case-insensitive index). */
export async function findUnique(
  tx: Database,
  table: SubjectTable,
  { column, isCaseless }: Unique,
  values: readonly string[],
): Promise<Map<string, string>> {
  if (values.length === 0) return new Map();
  const compared = isCaseless ? sql<string>`lower(${column})` : sql<string>`${column}`;
  const found = await tx
    .select({ id: sql<string>`${table.id}`, value: compared })
    .from(table)
    .where(inArray(compared, [...values]));
  return new Map(found.map(({ id, value }) => [value, id]));
}
