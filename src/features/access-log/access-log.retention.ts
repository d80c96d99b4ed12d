import { sql } from 'drizzle-orm';
import { connect } from '../../core/database/database.ts';

/**
 * Deletes the entries of the access log from before an instant and resolves with their number.
 *
 * Connects as the owner of the tables for this only: the role that serves the API can neither change nor delete an
 * entry. The database itself refuses an instant less than six months ago.
 */
export async function trimAccessLog(ownerUrl: string, before: Date): Promise<number> {
  const { db, close } = connect({ url: ownerUrl, poolSize: 1, statementTimeoutMs: 10 * 60_000 });
  try {
    const [trimmed] = await db.execute<{ count: number }>(
      sql`select trim_access_log(${before.toISOString()}::timestamptz) as count`,
    );
    return trimmed?.count ?? 0;
  } finally {
    await close();
  }
}
