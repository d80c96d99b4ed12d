import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../database/database.ts';

/** Events deleted in one statement: some 100 ms. */
export const trimBatchSize = 20_000;

/**
 * Deletes events at the beginning of the log that happened before `olderThan` (an instant), at most 20,000, and
 * returns how many: call it again while it returns that many. Cursors before what remains become CURSOR_EXPIRED.
 * Only what lies before the first younger event goes, so numbers stay dense. History is not touched.
 *
 * A function of the database does it, with its owner's rights: the API's role cannot delete events.
 */
export const trimEventLog = (db: Database, olderThan: string): Promise<number> =>
  queryJson(db, sql`select to_json(trim_event_log(${olderThan}::timestamptz, ${trimBatchSize}::int))`);

/**
 * Starts a new epoch and returns its name: every cursor given out so far becomes CURSOR_EXPIRED. For after a restore,
 * when numbers that clients have seen may be given to other events.
 */
export const renewEpoch = (db: Database): Promise<string> =>
  queryJson(
    db,
    sql`update stream_head set epoch = replace(gen_random_uuid()::text, '-', '') returning to_json(epoch)`,
  );
