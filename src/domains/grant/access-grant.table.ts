import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { businessNow, id, instant, oneOf, oneOfCheck } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';
import { employee } from '../employee/employee.table.ts';

/** Why a grant ended before it expired. */
export const GrantEndReason = { RETURNED: 'RETURNED', RECALLED: 'RECALLED', HANDOVER: 'HANDOVER' } as const;
export type GrantEndReason = (typeof GrantEndReason)[keyof typeof GrantEndReason];

/**
 * One employee's time-limited right to read another's file (R107, R108, R110). In force while `ended_at` is null and
 * `expires_at` is in the future; every predicate includes that test, so expiry and recall need no job.
 */
export const accessGrant = pgTable(
  'access_grant',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade' }),
    granteeId: uuid('grantee_id')
      .notNull()
      .references(() => employee.id),
    /** Access classes beyond card and basic, which every grant includes. */
    classes: text('classes').array().notNull(),
    purpose: text('purpose').notNull(),
    /** Where the customer's separate consent is recorded; no special class without it (PIPL). */
    consentReference: text('consent_reference'),
    grantedById: uuid('granted_by_id').references(() => employee.id),
    createdAt: instant('created_at').notNull().default(businessNow),
    expiresAt: instant('expires_at').notNull(),
    endedAt: instant('ended_at'),
    /** When the grantee was notified that the grant has expired; set by `lapse_grants()`. No right depends on it. */
    lapsedAt: instant('lapsed_at'),
    endReason: oneOf('end_reason', GrantEndReason),
    endedById: uuid('ended_by_id').references(() => employee.id),
  },
  (t) => [
    index('access_grant_grantee_idx').on(t.granteeId, t.expiresAt),
    index('access_grant_customer_idx').on(t.customerId, t.granteeId),
    // Only grants of whose expiry the grantee has not been notified.
    index('access_grant_lapse_idx')
      .on(t.expiresAt)
      .where(sql`${t.endedAt} is null and ${t.lapsedAt} is null`),
    check(
      'access_grant_consent_check',
      sql`${t.consentReference} is not null or not ('special' = any(${t.classes}))`,
    ),
    oneOfCheck('access_grant_end_reason_check', t.endReason, GrantEndReason),
  ],
);

export type AccessGrantRow = typeof accessGrant.$inferSelect;
