import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { id, instant, now } from '../database/columns.ts';
import { employee } from '../employee/employee.table.ts';

/** One sign-in on one device. Ended by sign-out, by reuse of a refresh token, or when it expires. */
export const session = pgTable(
  'session',
  {
    id: id(),
    employeeId: uuid('employee_id')
      .notNull()
      .references(() => employee.id, { onDelete: 'cascade' }),
    createdAt: instant('created_at').notNull().default(now),
    expiresAt: instant('expires_at').notNull(),
    endedAt: instant('ended_at'),
    /** Why it ended: LOGOUT, REUSE, DISABLED. */
    endReason: text('end_reason'),
  },
  (t) => [index('session_employee_idx').on(t.employeeId), index('session_expires_idx').on(t.expiresAt)],
);

/** Refresh tokens of a session, stored as SHA-256 only; each may be used once. */
export const refreshToken = pgTable(
  'refresh_token',
  {
    tokenHash: text('token_hash').primaryKey(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => session.id, { onDelete: 'cascade' }),
    createdAt: instant('created_at').notNull().default(now),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
  },
  (t) => [index('refresh_token_session_idx').on(t.sessionId)],
);

/** Failed sign-ins per key (an account or an address) in the running window. */
export const signInAttempt = pgTable('sign_in_attempt', {
  key: text('key').primaryKey(),
  failures: integer('failures').notNull(),
  windowStartedAt: instant('window_started_at').notNull(),
});
