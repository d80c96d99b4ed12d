import { and, inArray, sql } from 'drizzle-orm';
import type { Database } from '../../core/database/database.ts';
import type { RowTable } from '../../core/database/rows.ts';
import type { TagLabel } from '../../domains/tag/tag.check.ts';
import { customerTag, tag } from '../../domains/tag/tag.table.ts';
import type { Unique } from './record-type.ts';

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
  const values = [...byLabel.values()].sort((a, b) =>
    a.label.toLowerCase() < b.label.toLowerCase() ? -1 : 1,
  );
  await tx
    .insert(tag)
    .values(values.map(({ facet, value }) => ({ facet, value })))
    .onConflictDoNothing();
  const added = await tx.execute<{ customer_id: string }>(sql`
    insert into ${customerTag} (customer_id, tag_id)
    select given."customerId", ${tag.id}
    from jsonb_to_recordset(${JSON.stringify(pairs)}::text::jsonb) as given ("customerId" uuid, label text)
         join ${tag} on lower(${tag.label}) = lower(given.label)
    order by 1, 2
    on conflict do nothing
    returning customer_id`);
  return new Set(added.map(({ customer_id }) => customer_id));
}

/** The ids of the rows that have one of the values, by value (in lower case for a case-insensitive index). */
export async function findUnique(
  tx: Database,
  table: RowTable,
  { column, isCaseless, spent, stored }: Unique,
  values: readonly string[],
): Promise<Map<string, string>> {
  if (values.length === 0) return new Map();
  const plain = isCaseless ? sql<string>`lower(${column})` : sql<string>`${column}`;
  const compared = stored?.key ?? plain;
  const found = await tx
    .select({ id: sql<string>`${table.id}`, value: compared })
    .from(table)
    .where(and(inArray(compared, [...values]), stored?.among));
  const gone = spent
    ? await tx
        .select({ value: sql<string>`${spent}` })
        .from(spent.table)
        .where(inArray(spent, [...values]))
    : [];
  return new Map([
    ...found.map(({ id, value }): [string, string] => [value, id]),
    ...gone.map(({ value }): [string, string] => [value, '']),
  ]);
}
