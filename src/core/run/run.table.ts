import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant, now, oneOf, oneOfCheck } from '../database/columns.ts';

/** How far a run has come. */
export const RunState = { RUNNING: 'RUNNING', DONE: 'DONE', FAILED: 'FAILED' } as const;
export type RunState = (typeof RunState)[keyof typeof RunState];

/** How far a chunk of a run has come. */
export const ChunkState = { OPEN: 'OPEN', DONE: 'DONE', FAILED: 'FAILED' } as const;

/** Work that recurs: one row for each kind and period, ever. */
export const run = pgTable(
  'run',
  {
    id: id(),
    kind: text('kind').notNull(),
    /** Such as 2026-11-30 or 2026-11. */
    period: text('period').notNull(),
    state: oneOf('state', RunState).notNull().default('RUNNING'),
    /** Business time at which it was opened. */
    openedAt: instant('opened_at').notNull(),
    startedAt: instant('started_at').notNull().default(now),
    finishedAt: instant('finished_at'),
    /** Null until the work has been cut. */
    chunkCount: integer('chunk_count'),
    chunksDone: integer('chunks_done').notNull().default(0),
    /** Those that were given up. */
    chunksFailed: integer('chunks_failed').notNull().default(0),
    /** What its chunks have done, in their own unit. */
    itemCount: integer('item_count').notNull().default(0),
    /** Attempts that failed. */
    failureCount: integer('failure_count').notNull().default(0),
    lastFailure: text('last_failure'),
    lastFailureAt: instant('last_failure_at'),
  },
  (t) => [
    uniqueIndex('run_period_key').on(t.kind, t.period),
    index('run_started_idx').on(t.startedAt, t.id),
    oneOfCheck('run_state_check', t.state, RunState),
  ],
);

/** A piece of a run that is done in one transaction. The first, in place 0, is to cut the work into the others. */
export const runChunk = pgTable(
  'run_chunk',
  {
    id: id(),
    runId: uuid('run_id')
      .notNull()
      .references(() => run.id, { onDelete: 'cascade' }),
    place: integer('place').notNull(),
    /** What the kind of run has put into it; null in place 0. */
    content: jsonb('content'),
    state: oneOf('state', ChunkState).notNull().default('OPEN'),
    failureCount: integer('failure_count').notNull().default(0),
    /** Not before; later after each failure. */
    dueAt: instant('due_at').notNull().default(now),
    doneAt: instant('done_at'),
  },
  (t) => [
    uniqueIndex('run_chunk_place_key').on(t.runId, t.place),
    index('run_chunk_open_idx').on(t.place, t.id).where(sql`${t.state} = 'OPEN'`),
    oneOfCheck('run_chunk_state_check', t.state, ChunkState),
  ],
);
