import { sql } from 'drizzle-orm';
import { index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { businessNow, id, instant, oneOf, oneOfCheck } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';
import { employee } from '../employee/employee.table.ts';
import { accessGrant } from './access-grant.table.ts';

/** How a request was settled. LAPSED: nobody decided before the requested period was over. */
export const AccessDecision = {
  APPROVED: 'APPROVED',
  DECLINED: 'DECLINED',
  WITHDRAWN: 'WITHDRAWN',
  LAPSED: 'LAPSED',
} as const;
export type AccessDecision = (typeof AccessDecision)[keyof typeof AccessDecision];

/**
 * One employee's request to read a colleague's file for a limited time (R107, 借阅申请). A trigger records every step
 * of it in the change log, for the requester, the employees in `told_ids` and the file's owner at that moment.
 */
export const accessRequest = pgTable(
  'access_request',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade' }),
    requesterId: uuid('requester_id')
      .notNull()
      .references(() => employee.id),
    /** Access classes beyond card and basic, which every grant includes. */
    classes: text('classes').array().notNull(),
    purpose: text('purpose').notNull(),
    /** When the requested access ends. */
    until: instant('until').notNull(),
    /** Who could decide when it was made, and is notified. Who may decide is evaluated at the decision. */
    toldIds: uuid('told_ids').array().notNull(),
    createdAt: instant('created_at').notNull().default(businessNow),
    decision: oneOf('decision', AccessDecision),
    decidedById: uuid('decided_by_id').references(() => employee.id),
    decidedAt: instant('decided_at'),
    /** Why it was declined. */
    decisionReason: text('decision_reason'),
    grantId: uuid('grant_id').references(() => accessGrant.id, { onDelete: 'set null' }),
    /** The grant whose later end is requested (续借); null for a request for another grant. */
    renewsId: uuid('renews_id').references(() => accessGrant.id, { onDelete: 'cascade' }),
  },
  (t) => [
    uniqueIndex('access_request_open_key').on(t.requesterId, t.customerId).where(sql`${t.decision} is null`),
    uniqueIndex('access_request_grant_key').on(t.grantId),
    index('access_request_renews_idx').on(t.renewsId).where(sql`${t.renewsId} is not null`),
    index('access_request_customer_idx').on(t.customerId),
    index('access_request_created_idx').on(t.createdAt, t.id),
    oneOfCheck('access_request_decision_check', t.decision, AccessDecision),
  ],
);

export type AccessRequestRow = typeof accessRequest.$inferSelect;
