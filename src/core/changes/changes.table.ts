import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  pgView,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { instant } from '../database/columns.ts';

/**
 * Which file and which part of it changed, who changed it and when: common to every event and every line of history.
 */
const change = {
  customerId: uuid('customer_id').notNull(),
  /** The customer's version after the change. */
  version: integer('version').notNull(),
  /**
   * Table of the row that changed: customer, a part's, a link's such as customer_tag, or access_grant. In the event log
   * also access_request and segment_membership, whose events change no file and have version 0.
   */
  subject: text('subject').notNull(),
  subjectId: uuid('subject_id').notNull(),
  /** That row's own version after the change, the file's for the file; null for rows without one. */
  rowVersion: integer('row_version'),
  actorId: uuid('actor_id'),
  source: text('source').notNull(),
  requestId: text('request_id'),
  occurredAt: instant('occurred_at').notNull(),
};

/** What happened and who owned the file: common to the outbox and the event log. */
const event = {
  ...change,
  /** CREATED, UPDATED, CONTACT_CHANGED …: see `CustomerFileEventType`. */
  type: text('type').notNull(),
  /** Names of the changed columns; never values. */
  fields: text('fields').array().notNull(),
  ownerBefore: uuid('owner_before'),
  ownerAfter: uuid('owner_after'),
  /** The one employee the event is addressed to: see `LogEvent`. */
  granteeId: uuid('grantee_id'),
  /** The writing transaction, so that a bulk change can be delivered as one event. */
  transactionId: bigint('transaction_id', { mode: 'number' }).notNull(),
};

/**
 * Committed changes that have no place in the event log yet, with the values for the history: old and new values in the
 * order of `fields`; a single element with the whole row where one was added or removed; null where the change is not
 * one of a file.
 */
export const outbox = pgTable('outbox', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  ...event,
  oldValues: jsonb('old_values').array(),
  newValues: jsonb('new_values').array(),
});

/** All changes to files, in the single order that all readers see: `seq` is dense and assigned after commit. */
export const eventLog = pgTable(
  'event_log',
  { seq: bigint('seq', { mode: 'number' }).primaryKey(), ...event },
  (t) => [
    // One index per audience a follower can resume for. The partial ones stay tiny.
    index('event_log_customer_idx').on(t.customerId, t.seq),
    index('event_log_owner_idx').on(t.ownerAfter, t.seq),
    index('event_log_former_owner_idx')
      .on(t.ownerBefore, t.seq)
      .where(sql`${t.ownerBefore} is distinct from ${t.ownerAfter}`),
    index('event_log_grantee_idx').on(t.granteeId, t.seq).where(sql`${t.granteeId} is not null`),
    index('event_log_segment_idx').on(t.subjectId, t.seq).where(sql`${t.subject} = 'segment_membership'`),
  ],
);

/**
 * The employees for whom an event is about a file of their own although they are not its owner: co-owners and delegates. An
 * event of a file that only its owner works on has no row. One employee's rows are read in order, by the primary key.
 */
export const eventSharer = pgTable(
  'event_sharer',
  {
    employeeId: uuid('employee_id').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    /** The file was theirs to work on before the event, and after it. */
    had: boolean('had').notNull(),
    has: boolean('has').notNull(),
  },
  (t) => [primaryKey({ columns: [t.employeeId, t.seq] }), index('event_sharer_seq_idx').on(t.seq)],
);

/** A single row: where the event log begins and ends, and its epoch. */
export const streamHead = pgTable(
  'stream_head',
  {
    only: integer('only').primaryKey().default(1),
    epoch: text('epoch').notNull(),
    lastSeq: bigint('last_seq', { mode: 'number' }).notNull().default(0),
    trimmedTo: bigint('trimmed_to', { mode: 'number' }).notNull().default(0),
  },
  (t) => [check('stream_head_only_check', sql`${t.only} = 1`)],
);

/** A line of history: one per changed column, and one with `field` null for a row that was added or removed. */
const line = {
  ...change,
  operation: text('operation').notNull(),
  field: text('field'),
  /** The whole row if one was removed. */
  oldValue: jsonb('old_value'),
  /** The whole row if one was added. */
  newValue: jsonb('new_value'),
};

/**
 * The lines of history (R84, R101) for changes that have their place in the event log. `customer_id` and `version`
 * identify the event a line belongs to; `id` is the event's id in the outbox.
 */
export const fileChange = pgTable(
  'file_change',
  { id: bigint('id', { mode: 'number' }).notNull().generatedByDefaultAsIdentity(), ...line },
  (t) => [
    // The only order it is read in; also ensures that no line is stored twice.
    unique('file_change_line_key').on(t.customerId, t.version, t.id, t.field).nullsNotDistinct(),
    // "Whose phone changed in the last month": conditions on history start from the few lines of that field.
    index('file_change_field_idx').on(t.subject, t.field, t.occurredAt).where(sql`${t.field} is not null`),
  ],
);

/** The complete history from the moment a change is committed: `file_change`, plus what is still in the outbox. */
export const fileHistory = pgView('file_history', {
  id: bigint('id', { mode: 'number' }).notNull(),
  ...line,
}).existing();
