import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../../core/database/database.ts';

/** Most grants per transaction. */
const batchSize = 200;

/**
 * Notifies grantees of grants that have expired and returns the number of these. Any number of instances may run it at
 * once. The rights themselves end at `expires_at`, without it.
 */
export const expireGrants = (db: Database): Promise<number> =>
  queryJson(db, sql`select to_json(lapse_grants(${batchSize}::int))`);
