import { boolean, index, integer, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { businessNow, id, instant, oneOf, oneOfCheck } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';
import { employee } from '../employee/employee.table.ts';

/** Why files are handed over. */
export const HandoverReason = { LEAVING: 'LEAVING', CHANGE_OF_POST: 'CHANGE_OF_POST' } as const;
export type HandoverReason = (typeof HandoverReason)[keyof typeof HandoverReason];

/** One handover (移交手续, R116), written in its own transaction; only the confirmation is added later. */
export const handover = pgTable(
  'handover',
  {
    id: id(),
    fromEmployeeId: uuid('from_employee_id')
      .notNull()
      .references(() => employee.id),
    performedById: uuid('performed_by_id')
      .notNull()
      .references(() => employee.id),
    reason: oneOf('reason', HandoverReason).notNull(),
    createdAt: instant('created_at').notNull().default(businessNow),
    /** Whether the employee was disabled with it, because they left. */
    disabled: boolean('disabled').notNull(),
    customers: integer('customers').notNull(),
    archivedCustomers: integer('archived_customers').notNull(),
    custodianships: integer('custodianships').notNull(),
    deals: integer('deals').notNull(),
    grants: integer('grants').notNull(),
    coOwnerships: integer('co_ownerships').notNull().default(0),
    delegations: integer('delegations').notNull().default(0),
    segments: integer('segments').notNull(),
    /** Who received the segments; null where none moved. */
    segmentsToId: uuid('segments_to_id').references(() => employee.id),
    /** When the last receiver of files confirmed it; without receivers of files, when it took place. */
    confirmedAt: instant('confirmed_at'),
  },
  (t) => [
    index('handover_created_idx').on(t.createdAt, t.id),
    oneOfCheck('handover_reason_check', t.reason, HandoverReason),
  ],
);

/** What one employee received in a handover, and when they confirmed it. */
export const handoverReception = pgTable(
  'handover_reception',
  {
    handoverId: uuid('handover_id')
      .notNull()
      .references(() => handover.id),
    employeeId: uuid('employee_id')
      .notNull()
      .references(() => employee.id),
    customers: integer('customers').notNull(),
    custodianships: integer('custodianships').notNull(),
    confirmedAt: instant('confirmed_at'),
    /** Who confirmed it: the receiver, or whoever did so for a disabled one. Null if nothing had to be confirmed. */
    confirmedById: uuid('confirmed_by_id').references(() => employee.id),
  },
  (t) => [
    primaryKey({ columns: [t.handoverId, t.employeeId] }),
    index('handover_reception_employee_idx').on(t.employeeId),
  ],
);

/** One file that changed hands in a handover (移交清单): from whom to whom. Never changed. */
export const handoverFile = pgTable(
  'handover_file',
  {
    handoverId: uuid('handover_id')
      .notNull()
      .references(() => handover.id),
    receiverId: uuid('receiver_id')
      .notNull()
      .references(() => employee.id),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade' }),
    ownerBeforeId: uuid('owner_before_id')
      .notNull()
      .references(() => employee.id),
    custodianBeforeId: uuid('custodian_before_id').references(() => employee.id),
    /** Whether the receiver became owner, and whether custodian. */
    asOwner: boolean('as_owner').notNull(),
    asCustodian: boolean('as_custodian').notNull(),
  },
  (t) => [
    // The order in which the list is read and paged.
    primaryKey({ columns: [t.handoverId, t.receiverId, t.customerId] }),
    index('handover_file_customer_idx').on(t.customerId),
  ],
);
