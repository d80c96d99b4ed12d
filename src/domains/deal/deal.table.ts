import { sql } from 'drizzle-orm';
import { check, date, index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { currency, id, instant, money, oneOf, oneOfCheck, versioned } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';
import { employee } from '../employee/employee.table.ts';

export const DealStage = { OPEN: 'OPEN', WON: 'WON', LOST: 'LOST' } as const;
export type DealStage = (typeof DealStage)[keyof typeof DealStage];

/** A sales opportunity or contract (商机, 成交). */
export const deal = pgTable(
  'deal',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade' }),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => employee.id),
    title: text('title').notNull(),
    product: text('product'),
    stage: oneOf('stage', DealStage).notNull().default('OPEN'),
    amount: money('amount'),
    contractAmount: money('contract_amount'),
    currency: currency(),
    startedOn: date('started_on', { mode: 'string' }),
    effectiveOn: date('effective_on', { mode: 'string' }),
    closedAt: instant('closed_at'),
    lostReason: text('lost_reason'),
    /** Why it is won without an amount. */
    frameworkReason: text('framework_reason'),
    ...versioned(),
  },
  (t) => [
    index('deal_customer_idx').on(t.customerId, t.createdAt, t.id),
    index('deal_owner_idx').on(t.ownerId),
    index('deal_stage_closed_idx').on(t.stage, t.closedAt),
    // Used to find the rows for which the passing of time changes the result of a rule relative to now. A BRIN index
    // costs writes next to nothing.
    index('deal_created_idx').using('brin', t.createdAt),
    index('deal_closed_idx').on(t.closedAt).where(sql`${t.closedAt} is not null`),
    // Anniversaries compare month and day.
    index('deal_anniversary_idx').on(sql`month_day(${t.effectiveOn})`).where(sql`${t.stage} = 'WON'`),
    index('deal_updated_idx').on(t.updatedAt, t.id),
    // R41, R95, AC-16: a deal is won only with its effective date and its contract amount, or a reason why it has none.
    check(
      'deal_won_check',
      sql`${t.stage} <> 'WON' or (${t.effectiveOn} is not null and (coalesce(${t.contractAmount}, 0) > 0 or ${t.frameworkReason} is not null))`,
    ),
    oneOfCheck('deal_stage_check', t.stage, DealStage),
  ],
);

export type DealRow = typeof deal.$inferSelect;
