import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';

/** The migrations this version of the code was written for, oldest first; `when` is what drizzle stores of each. */
const journal = new URL('../../../drizzle/meta/_journal.json', import.meta.url);

/**
 * Whether the database has the newest migration this code knows, or a younger one.
 *
 * Asked once: migrations are never taken back. While the answer is no, or the
 * database does not give one, it is asked again.
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
