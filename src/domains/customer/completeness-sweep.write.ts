import { sql } from 'drizzle-orm';
import type { Database } from '../../core/database/database.ts';

/** Files in one transaction: a fraction of a second, so that writers of these files hardly wait. */
const chunkSize = 2_000;

/**
 * Measures files by the present requirements that are still measured by former ones, in chunks, until none is left; for
 * any number of instances at once. Returns how many. Without such files it is one look-up in an index.
 */
export async function sweepFigures(db: Database, isOpen: () => boolean = () => true): Promise<number> {
  let count = 0;
  while (isOpen()) {
    const [step] = await db.execute<{ swept: number }>(sql`select sweep_figures(${chunkSize}::int) as swept`);
    if (!step || step.swept === 0) break;
    count += step.swept;
  }
  return count;
}
