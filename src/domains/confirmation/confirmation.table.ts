import { sql } from 'drizzle-orm';
import { index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant, oneOf, oneOfCheck } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';
import { employee } from '../employee/employee.table.ts';
import { ConfirmationChannel, verificationStep } from '../verification/verification.table.ts';

/**
 * That the customer confirmed a value. It holds as long as it has not ended and the history has no later line of that value;
 * a later answer of the customer ends it.
 */
export const confirmedValue = pgTable(
  'confirmed_value',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade', onUpdate: 'cascade' }),
    /** Table and id of the row that has the value: the file itself, or one of its contacts. */
    subject: text('subject').notNull(),
    subjectId: uuid('subject_id').notNull(),
    columnName: text('column_name').notNull(),
    /** The answer that confirmed it. */
    stepId: uuid('step_id')
      .notNull()
      .references(() => verificationStep.id, { onDelete: 'cascade' }),
    /** The file's with the confirmed value. */
    version: integer('version').notNull(),
    confirmedAt: instant('confirmed_at').notNull(),
    /** When the customer answered again. */
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('confirmed_value_customer_idx').on(t.customerId),
    uniqueIndex('confirmed_value_value_key').on(t.subjectId, t.columnName).where(sql`${t.endedAt} is null`),
  ],
);

/** How a request ended. */
export const RequestOutcome = {
  ANSWERED: 'ANSWERED',
  REVOKED: 'REVOKED',
  REPLACED: 'REPLACED',
  LOCKED: 'LOCKED',
} as const;
export type RequestOutcome = (typeof RequestOutcome)[keyof typeof RequestOutcome];

/** A link by which a customer is to confirm their file: one at a time, until it is answered. */
export const confirmationRequest = pgTable(
  'confirmation_request',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade', onUpdate: 'cascade' }),
    channel: oneOf('channel', ConfirmationChannel).notNull(),
    /** Whom it is for. Without foreign key: a link for a contact who was removed must not become one for all. */
    contactId: uuid('contact_id'),
    /** SHA-256 of the token, hexadecimal; null before a mail is written, and after the end. */
    tokenHash: text('token_hash').unique(),
    requestedById: uuid('requested_by_id')
      .notNull()
      .references(() => employee.id),
    requestedAt: instant('requested_at').notNull(),
    wrongTries: integer('wrong_tries').notNull().default(0),
    endedAt: instant('ended_at'),
    outcome: oneOf('outcome', RequestOutcome),
  },
  (t) => [
    index('confirmation_request_customer_idx').on(t.customerId, t.requestedAt),
    uniqueIndex('confirmation_request_open_key').on(t.customerId).where(sql`${t.endedAt} is null`),
    oneOfCheck('confirmation_request_channel_check', t.channel, ConfirmationChannel),
    oneOfCheck('confirmation_request_outcome_check', t.outcome, RequestOutcome),
  ],
);

/** What became of a correction. */
export const ProposalState = {
  OPEN: 'OPEN',
  ACCEPTED: 'ACCEPTED',
  DECLINED: 'DECLINED',
  REPLACED: 'REPLACED',
} as const;
export type ProposalState = (typeof ProposalState)[keyof typeof ProposalState];

/** A value that a customer corrected on the page, in their words: written only when somebody accepts it. */
export const proposedChange = pgTable(
  'proposed_change',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade', onUpdate: 'cascade' }),
    requestId: uuid('request_id')
      .notNull()
      .references(() => confirmationRequest.id, { onDelete: 'cascade' }),
    /** Table and id of the row that has the value. */
    subject: text('subject').notNull(),
    subjectId: uuid('subject_id').notNull(),
    columnName: text('column_name').notNull(),
    /** Of the row that the customer saw; later once a correction is accepted without which this one means nothing. */
    rowVersion: integer('row_version').notNull(),
    shownText: text('shown_text').notNull(),
    proposedText: text('proposed_text'),
    state: oneOf('state', ProposalState).notNull().default('OPEN'),
    proposedAt: instant('proposed_at').notNull(),
    decidedAt: instant('decided_at'),
    decidedById: uuid('decided_by_id').references(() => employee.id),
    reason: text('reason'),
  },
  (t) => [
    index('proposed_change_customer_idx').on(t.customerId, t.id),
    index('proposed_change_request_idx').on(t.requestId),
    uniqueIndex('proposed_change_value_key').on(t.subjectId, t.columnName).where(sql`${t.state} = 'OPEN'`),
    oneOfCheck('proposed_change_state_check', t.state, ProposalState),
  ],
);
