import { sql } from 'drizzle-orm';
import { index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant, now, oneOf, oneOfCheck } from '../../core/database/columns.ts';
import { employee } from '../employee/employee.table.ts';

/** Why a session ended before it expired. */
export const SessionEndReason = {
  LOGOUT: 'LOGOUT',
  REUSE: 'REUSE',
  DISABLED: 'DISABLED',
  PASSWORD: 'PASSWORD',
} as const;
export type SessionEndReason = (typeof SessionEndReason)[keyof typeof SessionEndReason];

/** One sign-in on one device. Ended by sign-out, by reuse of a refresh token, or when it expires. */
export const session = pgTable(
  'session',
  {
    id: id(),
    employeeId: uuid('employee_id')
      .notNull()
      .references(() => employee.id, { onDelete: 'cascade' }),
    createdAt: instant('created_at').notNull().default(now),
    /** When the session ends, however often it is refreshed. */
    expiresAt: instant('expires_at').notNull(),
    endedAt: instant('ended_at'),
    endReason: oneOf('end_reason', SessionEndReason),
  },
  (t) => [
    index('session_employee_idx').on(t.employeeId),
    index('session_expires_idx').on(t.expiresAt),
    oneOfCheck('session_end_reason_check', t.endReason, SessionEndReason),
  ],
);

/**
 * Refresh tokens of a session, stored as SHA-256 only; each may be used once.
 *
 * Used tokens are kept until they expire, so that a second use is recognised.
 */
export const refreshToken = pgTable(
  'refresh_token',
  {
    tokenHash: text('token_hash').primaryKey(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => session.id, { onDelete: 'cascade' }),
    createdAt: instant('created_at').notNull().default(now),
    expiresAt: instant('expires_at').notNull(),
    /** When it was exchanged, or replaced unused because the response with it was lost. */
    usedAt: instant('used_at'),
    /** The token that was exchanged for this one; null for the first of a session. */
    predecessorHash: text('predecessor_hash'),
  },
  (t) => [
    index('refresh_token_session_idx').on(t.sessionId),
    index('refresh_token_expires_idx').on(t.expiresAt),
    // A session has at most one valid token, even if refreshes race.
    uniqueIndex('refresh_token_live_key').on(t.sessionId).where(sql`${t.usedAt} is null`),
  ],
);

/** Failed sign-ins per key (an account or an address) in the running window. */
export const signInAttempt = pgTable('sign_in_attempt', {
  key: text('key').primaryKey(),
  failures: integer('failures').notNull(),
  windowStartedAt: instant('window_started_at').notNull(),
});
