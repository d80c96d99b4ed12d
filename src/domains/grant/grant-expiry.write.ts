import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../../core/database/database.ts';

/** Grants told of in one transaction at most. */
const batchSize = 200;

/**
 * Tells borrowers that the time of their grants is over, and returns of how many. Safe from any number of instances
 * at once. The rights themselves end at `expires_at` without it.
 */
export const expireGrants = (db: Database): Promise<number> =>
  queryJson(db, sql`select to_json(lapse_grants(${batchSize}::int))`);
