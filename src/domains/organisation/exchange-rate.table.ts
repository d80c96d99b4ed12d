import { date, numeric, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { id, versioned } from '../../core/database/columns.ts';

/** What a unit of a currency was worth in a month, in the currency of the tiers. */
export const exchangeRate = pgTable(
  'exchange_rate',
  {
    id: id(),
    /** The first of the month. */
    month: date('month', { mode: 'string' }).notNull(),
    /** ISO 4217, as `base`. */
    currency: text('currency').notNull(),
    base: text('base').notNull(),
    rate: numeric('rate', { precision: 18, scale: 8 }).notNull(),
    ...versioned(),
  },
  (t) => [uniqueIndex('exchange_rate_month_key').on(t.base, t.currency, t.month)],
);
