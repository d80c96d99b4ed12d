import { type SQL, sql } from 'drizzle-orm';
import { jsonArray } from '../database/json-array.ts';
import type { Model } from './model.types.ts';
import type { RelationLayout, RowLayout, TextColumn } from './row-layout.ts';

/** The columns read of one row, in SQL and in the layout. */
export interface Columns {
  model: Model;
  inCursor: readonly string[];
  texts: (TextColumn & { value: SQL })[];
  relations: (RelationLayout & { value: SQL })[];
}

/** Encodes one row as one value; see {@link RowLayout}. */
export function rowOf({ model, inCursor, texts, relations }: Columns): { value: SQL; layout: RowLayout } {
  const values = sql`array[${sql.join(
    texts.map(({ value }) => sql`(${value})::text`),
    sql`, `,
  )}]`;
  const layout = {
    model,
    inCursor,
    texts: texts.map(({ name, form }) => ({ name, form })),
    relations: relations.map(({ name, arity, page }) => ({ name, arity, page })),
  };
  if (relations.length === 0) return { value: values, layout };
  const others = relations.map(({ value }) => value);
  return { value: jsonArray([sql`array_to_json(${values})`, ...others]), layout };
}
