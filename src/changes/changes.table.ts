import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from '../database/columns.ts';

/** What changed, who did it, and who held the file: common to outbox and event log. */
const event = {
  customerId: uuid('customer_id').notNull(),
  /** The customer's version after the change. */
  version: integer('version').notNull(),
  /** CREATED, UPDATED, CONTACT_CHANGED …: see `CustomerFileEventType`. */
  type: text('type').notNull(),
  /** Table of the row that changed: customer, contact, interaction, need, deal, customer_tag, access_grant. */
  subject: text('subject').notNull(),
  subjectId: uuid('subject_id').notNull(),
  /** Names of the changed columns; never values. */
  fields: text('fields').array().notNull(),
  actorId: uuid('actor_id'),
  ownerBefore: uuid('owner_before'),
  ownerAfter: uuid('owner_after'),
  /** The employee whose rights changed, when the subject is an access grant. */
  granteeId: uuid('grantee_id'),
  source: text('source').notNull(),
  requestId: text('request_id'),
  occurredAt: instant('occurred_at').notNull(),
  /** The writing transaction, so that a bulk change can be told as one. */
  transactionId: bigint('transaction_id', { mode: 'number' }).notNull(),
};

/** Changes committed but not yet given a place in the event log. */
export const outbox = pgTable('outbox', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  ...event,
});

/** All changes of files, in the one order that readers see: dense `seq`, given after commit. */
export const eventLog = pgTable(
  'event_log',
  { seq: bigint('seq', { mode: 'number' }).primaryKey(), ...event },
  (t) => [
    // One per audience that a follower can resume for. The partial ones stay tiny.
    index('event_log_customer_idx').on(t.customerId, t.seq),
    index('event_log_owner_idx').on(t.ownerAfter, t.seq),
    index('event_log_former_owner_idx')
      .on(t.ownerBefore, t.seq)
      .where(sql`${t.ownerBefore} is distinct from ${t.ownerAfter}`),
    index('event_log_grantee_idx').on(t.granteeId, t.seq).where(sql`${t.granteeId} is not null`),
    index('event_log_segment_idx').on(t.subjectId, t.seq).where(sql`${t.subject} = 'segment_membership'`),
  ],
);

/** One row: where the event log begins and ends, and its epoch. */
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

/**
 * The history of every file (R84, R101): one row per changed column, and one
 * with `field` null for a row that was added (`new_value` is the row) or removed
 * (`old_value` is the row). `customer_id` and `version` name the event it belongs to.
 */
export const fileChange = pgTable(
  'file_change',
  {
    id: bigint('id', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    customerId: uuid('customer_id').notNull(),
    version: integer('version').notNull(),
    subject: text('subject').notNull(),
    subjectId: uuid('subject_id').notNull(),
    operation: text('operation').notNull(),
    field: text('field'),
    oldValue: jsonb('old_value'),
    newValue: jsonb('new_value'),
    actorId: uuid('actor_id'),
    source: text('source').notNull(),
    requestId: text('request_id'),
    occurredAt: instant('occurred_at').notNull(),
  },
  (t) => [
    // The one order it is read in; `id` is unique by itself, but an index of its own would serve nobody.
    primaryKey({ columns: [t.customerId, t.version, t.id] }),
    // "Whose phone changed in the last month": conditions on history start from the few lines of that field.
    index('file_change_field_idx').on(t.subject, t.field, t.occurredAt).where(sql`${t.field} is not null`),
  ],
);
