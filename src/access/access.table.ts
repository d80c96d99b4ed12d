import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { customer } from '../customer/customer.table.ts';
import { id, instant, now } from '../database/columns.ts';
import { employee } from '../employee/employee.table.ts';

/**
 * A time-boxed right of one employee on another's file (R107, R108, R110). In
 * force while `ended_at` is null and `expires_at` lies ahead; that test is part
 * of every predicate, so expiry and recall need no job.
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
    grantedById: uuid('granted_by_id').references(() => employee.id),
    createdAt: instant('created_at').notNull().default(now),
    expiresAt: instant('expires_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('access_grant_grantee_idx').on(t.granteeId, t.expiresAt),
    index('access_grant_customer_idx').on(t.customerId),
  ],
);
