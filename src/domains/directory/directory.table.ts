import { integer, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { instant, oneOf, oneOfCheck } from '../../core/database/columns.ts';
import { employee } from '../employee/employee.table.ts';

/** The windows over which an employee's look-ups are counted. */
export const LookupPeriod = { BURST: 'BURST', DAY: 'DAY' } as const;
export type LookupPeriod = (typeof LookupPeriod)[keyof typeof LookupPeriod];

/** The number of an employee's directory look-ups in the current window of each period. */
export const directoryLookup = pgTable(
  'directory_lookup',
  {
    employeeId: uuid('employee_id')
      .notNull()
      .references(() => employee.id, { onDelete: 'cascade' }),
    period: oneOf('period', LookupPeriod).notNull(),
    lookups: integer('lookups').notNull(),
    windowStartedAt: instant('window_started_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.employeeId, t.period] }),
    oneOfCheck('directory_lookup_period_check', t.period, LookupPeriod),
  ],
);
