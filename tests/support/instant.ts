import { sql } from 'drizzle-orm';
import type { Database } from '../../src/core/database/database.ts';

/**
 * An instant after all that has been done and before all that will be: the API takes everything within a millisecond for
 * done at its end, so this returns once that has passed.
 */
export async function instantNow(db: Database): Promise<string> {
  const at = async () => {
    const [row] = await db.execute<{ at: string }>(sql`select to_json(clock_timestamp()) #>> '{}' as at`);
    return row?.at as string;
  };
  const instant = await at();
  while (Date.parse(await at()) === Date.parse(instant));
  return instant;
}
