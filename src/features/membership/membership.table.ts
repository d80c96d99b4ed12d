import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { businessNow, instant } from '../../core/database/columns.ts';
import { segment } from '../../domains/segment/segment.table.ts';

/** A single row: the position in the event log and the instant up to which the members of live segments are current. */
export const membershipHead = pgTable(
  'membership_head',
  {
    only: integer('only').primaryKey().default(1),
    epoch: text('epoch').notNull().default(''),
    seq: bigint('seq', { mode: 'number' }).notNull().default(0),
    tickedAt: instant('ticked_at').notNull().default(businessNow),
    /** Incremented when a segment becomes live, ends or changes its rule; invalidates the rules cached by processes. */
    generation: bigint('generation', { mode: 'number' }).notNull().default(0),
  },
  (t) => [check('membership_head_only_check', sql`${t.only} = 1`)],
);

/** A segment whose members are kept because somebody follows it, or did within the retention of events. */
export const liveSegment = pgTable('live_segment', {
  segmentId: uuid('segment_id')
    .primaryKey()
    .references(() => segment.id, { onDelete: 'cascade' }),
  followedAt: instant('followed_at').notNull(),
  /** Why all members have to be evaluated again: REDEFINED, REFERENCE (the settings too) or TIME; null when they are up to date. */
  staleCause: text('stale_cause'),
  staleActorId: uuid('stale_actor_id'),
  staleSince: instant('stale_since'),
});

/** The members of a live segment by its rule alone, regardless of any viewer's rights. */
export const liveMember = pgTable(
  'live_member',
  {
    segmentId: uuid('segment_id')
      .notNull()
      .references(() => liveSegment.segmentId, { onDelete: 'cascade' }),
    /** No foreign key, so that the LEFT event of a deleted file can still be written. */
    customerId: uuid('customer_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.segmentId, t.customerId] })],
);

/** Changes outside of files that may affect rules: of employees, teams, tags, segments. A queue written by triggers. */
export const referenceChange = pgTable('reference_change', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  subject: text('subject').notNull(),
  /** The segment; null where any row of the table may have changed. */
  subjectId: uuid('subject_id'),
  actorId: uuid('actor_id'),
  occurredAt: instant('occurred_at').notNull(),
});

/** A segment's definition after each change (R84 for segments). Written by a trigger; append-only. */
export const segmentDefinition = pgTable(
  'segment_definition',
  {
    segmentId: uuid('segment_id')
      .notNull()
      .references(() => segment.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    name: text('name').notNull(),
    rule: jsonb('rule').notNull().$type<Record<string, unknown>>(),
    shared: boolean('shared').notNull(),
    actorId: uuid('actor_id'),
    occurredAt: instant('occurred_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.segmentId, t.version] })],
);

/** How many files a segment had on a day, by file owner, so that each viewer can get the number of their own. */
export const segmentSize = pgTable(
  'segment_size',
  {
    segmentId: uuid('segment_id')
      .notNull()
      .references(() => segment.id, { onDelete: 'cascade' }),
    day: date('day', { mode: 'string' }).notNull(),
    /** Number of files by owner (UUID); null where the rule could not be evaluated. */
    sizes: jsonb('sizes').$type<Record<string, number>>(),
    takenAt: instant('taken_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.segmentId, t.day] }), index('segment_size_day_idx').on(t.day)],
);
