import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { businessNow, id, instant, now, oneOf, oneOfCheck } from '../database/columns.ts';

/** What became of something to be sent. */
export const OutgoingState = {
  PLANNED: 'PLANNED',
  CLAIMED: 'CLAIMED',
  DONE: 'DONE',
  FAILED: 'FAILED',
  UNKNOWN: 'UNKNOWN',
  DROPPED: 'DROPPED',
} as const;
export type OutgoingState = (typeof OutgoingState)[keyof typeof OutgoingState];

/**
 * What is to be sent to somebody. It refers to what it is about and has no words of it: those are read, with the rights
 * that the recipient has by then, when it is sent.
 */
export const outgoing = pgTable(
  'outgoing',
  {
    id: id(),
    kind: text('kind').notNull(),
    /** An employee, a team or a contact; without foreign key, because machinery knows no domain. */
    recipientId: uuid('recipient_id').notNull(),
    /** What it is sent for, such as a day: once for each. */
    occasion: text('occasion').notNull(),
    content: jsonb('content').notNull().default({}),
    state: oneOf('state', OutgoingState).notNull().default('PLANNED'),
    createdAt: instant('created_at').notNull().default(now),
    /** Not before; later after a failure, or in quiet hours. */
    dueAt: instant('due_at').notNull().default(businessNow),
    /** From then on it is of no use. */
    expiresAt: instant('expires_at').notNull(),
    claimedAt: instant('claimed_at'),
    finishedAt: instant('finished_at'),
    attemptCount: integer('attempt_count').notNull().default(0),
    lastFailure: text('last_failure'),
  },
  (t) => [
    uniqueIndex('outgoing_occasion_key').on(t.kind, t.recipientId, t.occasion),
    index('outgoing_due_idx').on(t.dueAt, t.id).where(sql`${t.state} = 'PLANNED'`),
    index('outgoing_planned_idx').on(t.recipientId, t.kind).where(sql`${t.state} = 'PLANNED'`),
    index('outgoing_claimed_idx').on(t.claimedAt).where(sql`${t.state} = 'CLAIMED'`),
    index('outgoing_created_idx').on(t.createdAt, t.id),
    oneOfCheck('outgoing_state_check', t.state, OutgoingState),
  ],
);

/** An attempt to send something, and how it ended. */
export const outgoingAttempt = pgTable(
  'outgoing_attempt',
  {
    id: id(),
    outgoingId: uuid('outgoing_id')
      .notNull()
      .references(() => outgoing.id, { onDelete: 'cascade' }),
    endedAt: instant('ended_at').notNull().default(now),
    outcome: text('outcome').notNull(),
    /** The server's words. */
    detail: text('detail'),
  },
  (t) => [index('outgoing_attempt_idx').on(t.outgoingId, t.endedAt)],
);
