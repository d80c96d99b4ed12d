import { index, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { businessNow, instant } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';
import { employee } from '../employee/employee.table.ts';

/** An employee who works on a file beside its owner (协办人), until they come to own it: see drizzle/0020_co-owners.sql. */
export const customerCoOwner = pgTable(
  'customer_coowner',
  {
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade' }),
    employeeId: uuid('employee_id')
      .notNull()
      .references(() => employee.id),
    createdAt: instant('created_at').notNull().default(businessNow),
  },
  (t) => [
    primaryKey({ columns: [t.customerId, t.employeeId] }),
    // Every statement of sales looks up what they co-own.
    index('customer_coowner_employee_idx').on(t.employeeId, t.customerId),
  ],
);
