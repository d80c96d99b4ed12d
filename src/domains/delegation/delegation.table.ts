import { sql } from 'drizzle-orm';
import { check, index, pgTable, uuid } from 'drizzle-orm/pg-core';
import { businessNow, id, instant } from '../../core/database/columns.ts';
import { employee } from '../employee/employee.table.ts';

/**
 * One employee stands in for another during a leave (代理人): the files that the other owns are theirs to work on and to
 * decide about. In force from `starts_at` until `ends_at` or `ended_at`; every predicate includes that test, so a period
 * begins and ends without any job.
 */
export const delegation = pgTable(
  'delegation',
  {
    id: id(),
    /** Who is away. */
    employeeId: uuid('employee_id')
      .notNull()
      .references(() => employee.id),
    delegateId: uuid('delegate_id')
      .notNull()
      .references(() => employee.id),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    createdById: uuid('created_by_id').references(() => employee.id),
    createdAt: instant('created_at').notNull().default(businessNow),
    /** When somebody ended it before its time. */
    endedAt: instant('ended_at'),
    endedById: uuid('ended_by_id').references(() => employee.id),
    /** When the delegate's feed was notified of the beginning and of the end; set by `turn_delegation()`. */
    begunAt: instant('begun_at'),
    closedAt: instant('closed_at'),
  },
  (t) => [
    // Every statement of sales looks up for whom they stand in.
    index('delegation_delegate_idx').on(t.delegateId, t.employeeId),
    index('delegation_employee_idx').on(t.employeeId, t.endsAt),
    // Only those whose delegate has still to be notified.
    index('delegation_open_idx').on(t.startsAt).where(sql`${t.closedAt} is null`),
    check('delegation_period_check', sql`${t.endsAt} > ${t.startsAt}`),
    check('delegation_persons_check', sql`${t.employeeId} <> ${t.delegateId}`),
  ],
);
