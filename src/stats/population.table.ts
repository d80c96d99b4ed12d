import { index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant, now } from '../database/columns.ts';
import { employee } from '../employee/employee.table.ts';

/**
 * Which populations an employee of a threshold role has had statistics of: two
 * that differ by a few customers would tell about those few.
 */
export const statsPopulation = pgTable(
  'stats_population',
  {
    viewerId: uuid('viewer_id')
      .notNull()
      .references(() => employee.id, { onDelete: 'cascade' }),
    /** SHA-256 of the filters. */
    fingerprint: text('fingerprint').notNull(),
    /** `CustomerFilter`s that must all hold, with the segments they name written out. */
    filters: jsonb('filters').notNull().$type<Record<string, unknown>[]>(),
    askedAt: instant('asked_at').notNull().default(now),
  },
  (t) => [
    primaryKey({ columns: [t.viewerId, t.fingerprint] }),
    index('stats_population_asked_idx').on(t.viewerId, t.askedAt),
  ],
);
