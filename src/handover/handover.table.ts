import { boolean, index, integer, jsonb, pgTable, uuid } from 'drizzle-orm/pg-core';
import { id, instant, now } from '../database/columns.ts';
import { employee } from '../employee/employee.table.ts';

/** How many files one employee received. */
export interface Reception {
  /** UUID. */
  employeeId: string;
  customers: number;
}

/** The record of one handover (移交手续, R116): written in its transaction, never changed. */
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
    createdAt: instant('created_at').notNull().default(now),
    /** Whether the employee left altogether. */
    disabled: boolean('disabled').notNull(),
    customers: integer('customers').notNull(),
    deals: integer('deals').notNull(),
    grants: integer('grants').notNull(),
    segments: integer('segments').notNull(),
    receptions: jsonb('receptions').notNull().$type<Reception[]>(),
  },
  (t) => [index('handover_created_idx').on(t.createdAt, t.id)],
);
