import { createHash } from 'node:crypto';
import { and, desc, eq, gt, ne, sql } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import { rateLimited } from '../errors.ts';
import type { Filter } from '../model/filter.ts';
import { statsPopulation } from './population.table.ts';

/** Days for which a population is remembered. */
const rememberedDays = 7;
/**
 * Different populations of one employee in that time at most: each is compared
 * with a new one in the same statement.
 */
export const maxPopulations = 40;

/**
 * Remembers that an employee asks for statistics of a population, and returns
 * the others they asked for lately.
 *
 * Written before it is read: of two questions at the same time, at least one sees the other.
 *
 * @throws RATE_LIMITED for one population too many.
 */
export async function rememberPopulation(
  db: Database,
  viewerId: string,
  filters: Filter[],
): Promise<Filter[][]> {
  const fingerprint = createHash('sha256').update(JSON.stringify(filters)).digest('hex');
  await db
    .insert(statsPopulation)
    .values({ viewerId, fingerprint, filters: filters as Record<string, unknown>[] })
    .onConflictDoUpdate({
      target: [statsPopulation.viewerId, statsPopulation.fingerprint],
      set: { askedAt: sql`now()` },
    });
  const others = await db
    .select({ filters: statsPopulation.filters })
    .from(statsPopulation)
    .where(
      and(
        eq(statsPopulation.viewerId, viewerId),
        ne(statsPopulation.fingerprint, fingerprint),
        gt(statsPopulation.askedAt, sql`now() - make_interval(days => ${rememberedDays})`),
      ),
    )
    .orderBy(desc(statsPopulation.askedAt))
    .limit(maxPopulations);
  if (others.length >= maxPopulations) throw rateLimited(86_400);
  return others.map((other) => other.filters);
}
