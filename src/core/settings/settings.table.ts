import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant, versioned } from '../database/columns.ts';

/** What the organisation has decided: one row. */
export const settingsRow = pgTable(
  'settings',
  {
    id: id(),
    /** The values by name; names and defaults are declared in settings.ts. */
    content: jsonb('content').notNull().default({}),
    ...versioned(),
  },
  () => [uniqueIndex('settings_one_row').on(sql`(true)`)],
);

/**
 * The history of rows that belong to no file: one line per changed field, or per row that came or left. Written by
 * `record_scoped_change()`; nobody can change it.
 */
export const scopedChange = pgTable(
  'scoped_change',
  {
    id: id(),
    /** The table. */
    subject: text('subject').notNull(),
    subjectId: uuid('subject_id').notNull(),
    /** Of the row, after the change. */
    version: integer('version').notNull(),
    field: text('field').notNull(),
    /** Texts as they are, all else as JSON; null where there was none. */
    oldValue: text('old_value'),
    newValue: text('new_value'),
    actorId: uuid('actor_id'),
    source: text('source').notNull(),
    requestId: text('request_id'),
    occurredAt: instant('occurred_at').notNull(),
  },
  (t) => [index('scoped_change_subject_idx').on(t.subject, t.occurredAt, t.id)],
);
