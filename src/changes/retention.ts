import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../database/database.ts';

/** Events deleted in one statement: some 100 ms. */
export const trimBatchSize = 20_000;

/**
 * Deletes events at the beginning of the log that happened before `olderThan` (an instant), at most 20,000, and
 * returns how many: call it again while it returns that many. Cursors before what remains become CURSOR_EXPIRED.
 * Only what lies before the first younger event goes, so numbers stay dense. History is not touched.
 */
export const trimEventLog = (db: Database, olderThan: string): Promise<number> =>
  queryJson(
    db,
    sql`with gone as (
          delete from event_log
          where seq <= (select trimmed_to + ${trimBatchSize}::int from stream_head)
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
 * Starts a new epoch and returns its name: every cursor given out so far becomes CURSOR_EXPIRED. For after a restore,
 * when numbers that clients have seen may be given to other events.
 */
export const renewEpoch = (db: Database): Promise<string> =>
  queryJson(
    db,
    sql`update stream_head set epoch = replace(gen_random_uuid()::text, '-', '') returning to_json(epoch)`,
  );
