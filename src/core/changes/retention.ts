import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../database/database.ts';

/** Number of events deleted in one statement, which takes about 100 ms. */
export const trimBatchSize = 20_000;

/**
 * Deletes up to 20,000 events from the start of the log that happened before `olderThan` (an instant) and returns how
 * many: call it again while it returns 20,000. Cursors before the remaining events become CURSOR_EXPIRED. Deletion
 * stops at the first newer event, so numbers stay dense. History is not affected.
 *
 * Done by a database function with its owner's rights, because the API's role cannot delete events.
 */
export const trimEventLog = (db: Database, olderThan: string): Promise<number> =>
  queryJson(db, sql`select to_json(trim_event_log(${olderThan}::timestamptz, ${trimBatchSize}::int))`);

/**
 * Starts a new epoch and returns its name: every cursor issued so far becomes CURSOR_EXPIRED. For use after a restore,
 * when numbers that clients have seen may be assigned to other events.
 */
export const renewEpoch = (db: Database): Promise<string> =>
  queryJson(
    db,
    sql`update stream_head set epoch = replace(gen_random_uuid()::text, '-', '') returning to_json(epoch)`,
  );
