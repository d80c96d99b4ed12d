import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import type postgres from 'postgres';
import type { Database } from './database.ts';

const journal = new URL('../../../drizzle/meta/_journal.json', import.meta.url);

/** The migrations known to this version of the code, oldest first: of each the time that drizzle stores. */
function knownMigrations(): number[] {
  const { entries } = JSON.parse(readFileSync(journal, 'utf8')) as { entries: { when: number }[] };
  return entries.map(({ when }) => when);
}

/**
 * Checks whether the database has the newest migration this code knows, or a newer one.
 *
 * Once true, the result is kept, because migrations are never reverted. While it is false, or the database does not
 * respond, it is checked again on each call.
 */
export function createMigrationCheck(db: Database): () => Promise<boolean> {
  const newest = Math.max(...knownMigrations());
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

/**
 * Refuses a database whose first migration is not ours: drizzle looks at the newest one alone, and would run ours on
 * tables that others have made. One that is empty, or that a newer version has migrated further, passes. Only reads.
 */
export async function refuseForeignMigrations(owner: postgres.Sql): Promise<void> {
  const [table] = await owner`select to_regclass('drizzle.__drizzle_migrations') as oid`;
  if (!table?.oid) return;
  const [first] = await owner`
    select created_at from drizzle.__drizzle_migrations order by created_at nulls first limit 1`;
  if (!first || Number(first.created_at) === knownMigrations()[0]) return;
  throw new Error(
    'The tables of this database were made by an earlier, unreleased version or by another program, and cannot be brought ' +
      'up to date. Nothing in it was changed. Export what you need with the version that made it; then move the data folder ' +
      '(.data by default) away or choose another DATA_DIR, or with DATABASE_URL name an empty database. ' +
      '(该数据库的表由早期未发布的版本或其他程序创建，无法升级，库中内容未作任何改动。如有需要，请先用原版本导出；' +
      '然后移走数据目录（默认 .data）或另选 DATA_DIR；使用 DATABASE_URL 时，请填写空数据库。)',
  );
}
