import { sql } from 'drizzle-orm';
import { check, index, numeric, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import {
  businessNow,
  currency,
  id,
  instant,
  money,
  oneOf,
  oneOfCheck,
  versioned,
} from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';

export const NeedPriority = { HIGH: 'HIGH', MEDIUM: 'MEDIUM', LOW: 'LOW' } as const;
export type NeedPriority = (typeof NeedPriority)[keyof typeof NeedPriority];

export const NeedStatus = { OPEN: 'OPEN', FULFILLED: 'FULFILLED', DROPPED: 'DROPPED' } as const;
export type NeedStatus = (typeof NeedStatus)[keyof typeof NeedStatus];

/** Something a customer wants to buy or have solved (需求). */
export const need = pgTable(
  'need',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade' }),
    item: text('item').notNull(),
    specification: text('specification'),
    painPoint: text('pain_point'),
    quantity: numeric('quantity', { precision: 14, scale: 3 }),
    unit: text('unit'),
    budgetMin: money('budget_min'),
    budgetMax: money('budget_max'),
    currency: currency(),
    /** When the customer said so; by default when it was recorded. */
    raisedAt: instant('raised_at').notNull().default(businessNow),
    expectedAt: instant('expected_at'),
    priority: oneOf('priority', NeedPriority).notNull().default('MEDIUM'),
    status: oneOf('status', NeedStatus).notNull().default('OPEN'),
    ...versioned(),
  },
  (t) => [
    index('need_customer_idx').on(t.customerId, t.raisedAt, t.id),
    index('need_created_idx').on(t.createdAt, t.id),
    index('need_raised_budget_idx').on(t.raisedAt, t.budgetMin),
    // Used to find the rows for which the passing of time changes the result of a rule relative to now. A BRIN index
    // costs writes next to nothing.
    index('need_updated_idx').using('brin', t.updatedAt),
    index('need_expected_idx').on(t.expectedAt).where(sql`${t.expectedAt} is not null`),
    check('need_budget_check', sql`${t.budgetMin} <= ${t.budgetMax}`),
    oneOfCheck('need_priority_check', t.priority, NeedPriority),
    oneOfCheck('need_status_check', t.status, NeedStatus),
  ],
);

export type NeedRow = typeof need.$inferSelect;
