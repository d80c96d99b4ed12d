import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';

/** The migrations known to this version of the code, oldest first; `when` is the value drizzle stores for each. */
const journal = new URL('../../../drizzle/meta/_journal.json', import.meta.url);

/**
 * Checks whether the database has the newest migration this code knows, or a newer one.
 *
 * Once true, the result is kept, because migrations are never reverted. While it is false, or the database does not
 * respond, it is checked again on each call.
 */
export function createMigrationCheck(db: Database): () => Promise<boolean> {
  const { entries } = JSON.parse(readFileSync(journal, 'utf8')) as { entries: { when: number }[] };
  const newest = Math.max(...entries.map(({ when }) => when));
  let isMigrated = false;
  return async () => {
    isMigrated ||= await hasMigration(db, newest);
    return isMigrated;
  };
}

async function hasMigration(db: Database, when: number): Promise<boolean> {
  try {
    const rows = await db.execute(
      sql`select from drizzle.__drizzle_migrations where created_at >= ${when} limit 1`,
    );
    return rows.length > 0;
  } catch {
    return false;
  }
}
