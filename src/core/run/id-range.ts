import { type SQL, sql } from 'drizzle-orm';
import { type Database, queryJson } from '../database/database.ts';

/** A chunk of rows: ids from the first up to the first of the next chunk, or all further ones. */
export interface IdRange {
  from: string;
  before: string | null;
}

/** Cuts rows into ranges of `size` each, the last of which is open. `ids` selects a column `id`, in any order. */
export const rangesOf = (tx: Database, ids: SQL, size: number): Promise<IdRange[]> =>
  queryJson(
    tx,
    sql`select coalesce(json_agg(json_build_object('from', id, 'before', next) order by id), '[]')
        from (select id, lead(id) over (order by id) as next
              from (select id, row_number() over (order by id) as n from (${ids}) rows) numbered
              where (n - 1) % ${size}::int = 0) firsts`,
  );

/** Whether an id is in a range. */
export const isIn = ({ from, before }: IdRange, id: SQL): SQL =>
  sql`(${id} >= ${from}::uuid and (${before}::uuid is null or ${id} < ${before}::uuid))`;
