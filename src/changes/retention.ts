import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../database/database.ts';

const batchSize = 10_000;

/**
 * Deletes the events at the beginning of the log that happened before `olderThan` (an instant), batch by batch, and
 * returns how many. Cursors before what remains become CURSOR_EXPIRED. History is not touched.
 */
export async function trimEventLog(db: Database, olderThan: string): Promise<number> {
  let trimmed = 0;
  for (;;) {
    const count = await trimBatch(db, olderThan);
    trimmed += count;
    if (count < batchSize) return trimmed;
  }
}

/** Only what lies before the first young event goes: numbers stay dense, whatever the order of the clocks. */
const trimBatch = (db: Database, olderThan: string): Promise<number> =>
  queryJson(
    db,
    sql`with gone as (
          delete from event_log
          where seq <= (select trimmed_to + ${batchSize}::int from stream_head)
            and seq < coalesce(
              (select seq from event_log where occurred_at >= ${olderThan}::timestamptz order by seq limit 1),
              (select last_seq + 1 from stream_head))
          returning seq
        ), head as (
          update stream_head set trimmed_to = greatest(trimmed_to, (select max(seq) from gone))
          where exists (select from gone)
        )
        select count(*)::int from gone`,
  );

/**
 * Starts a new epoch: every cursor given out so far becomes CURSOR_EXPIRED. For after a restore, when numbers that
 * clients have seen may be given to other events.
 */
export const renewEpoch = (db: Database): Promise<string> =>
  queryJson(
    db,
    sql`update stream_head set epoch = replace(gen_random_uuid()::text, '-', '') returning to_json(epoch)`,
  );
