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
import { instant, now } from '../../core/database/columns.ts';
import { segment } from '../../domains/segment/segment.table.ts';

/** One row: how far the event log and the clock have been brought into the members of live segments. */
export const membershipHead = pgTable(
  'membership_head',
  {
    only: integer('only').primaryKey().default(1),
    epoch: text('epoch').notNull().default(''),
    seq: bigint('seq', { mode: 'number' }).notNull().default(0),
    tickedAt: instant('ticked_at').notNull().default(now),
    /** Grows when a segment comes, goes or changes its rule: what a process remembers of the rules is then void. */
    generation: bigint('generation', { mode: 'number' }).notNull().default(0),
  },
  (t) => [check('membership_head_only_check', sql`${t.only} = 1`)],
);

/** A segment whose members are kept, because somebody follows it or did within the retention of events. */
export const liveSegment = pgTable('live_segment', {
  segmentId: uuid('segment_id')
    .primaryKey()
    .references(() => segment.id, { onDelete: 'cascade' }),
  followedAt: instant('followed_at').notNull(),
  /** REDEFINED, REFERENCE or TIME: all members have to be asked for again; null when they are up to date. */
  staleCause: text('stale_cause'),
  staleActorId: uuid('stale_actor_id'),
  staleSince: instant('stale_since'),
});

/** The members of a live segment, by its rule alone: nobody's rights are in it. */
export const liveMember = pgTable(
  'live_member',
  {
    segmentId: uuid('segment_id')
      .notNull()
      .references(() => liveSegment.segmentId, { onDelete: 'cascade' }),
    /** No reference: a file that is gone has to be told as having left. */
    customerId: uuid('customer_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.segmentId, t.customerId] })],
);

/** Changes outside of files that a rule may read: of employees, teams, tags, segments. Written by triggers, read once. */
export const referenceChange = pgTable('reference_change', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  subject: text('subject').notNull(),
  /** The segment; null where any row of the table may have changed. */
  subjectId: uuid('subject_id'),
  actorId: uuid('actor_id'),
  occurredAt: instant('occurred_at').notNull(),
});

/** What a segment was after each change of its definition (R84 for segments). Written by a trigger; only grows. */
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

/** How many files a segment had on a day, by the owner of the files, so that each viewer is told of theirs. */
export const segmentSize = pgTable(
  'segment_size',
  {
    segmentId: uuid('segment_id')
      .notNull()
      .references(() => segment.id, { onDelete: 'cascade' }),
    day: date('day', { mode: 'string' }).notNull(),
    /** Owner (UUID) → files; null where the rule could not be asked. */
    sizes: jsonb('sizes').$type<Record<string, number>>(),
    takenAt: instant('taken_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.segmentId, t.day] }), index('segment_size_day_idx').on(t.day)],
);
