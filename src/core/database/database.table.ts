import { index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant, now } from './columns.ts';

/** Stores the first result of a create, so that retries with the same key take effect only once. */
export const idempotencyKey = pgTable(
  'idempotency_key',
  {
    employeeId: uuid('employee_id').notNull(),
    operation: text('operation').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of the input: reusing a key with another input is refused. */
    inputHash: text('input_hash').notNull(),
    resultId: uuid('result_id').notNull(),
    /** What the first call answered, where that is no row; otherwise its warnings, if any. */
    outcome: jsonb('outcome'),
    createdAt: instant('created_at').notNull().default(now),
  },
  (t) => [
    primaryKey({ columns: [t.employeeId, t.operation, t.key] }),
    index('idempotency_key_created_idx').on(t.createdAt),
  ],
);

/** Maps a record of an external system to the row it became, so that an import can be repeated. */
export const externalKey = pgTable(
  'external_key',
  {
    source: text('source').notNull(),
    subject: text('subject').notNull(),
    key: text('key').notNull(),
    subjectId: uuid('subject_id').notNull(),
    createdAt: instant('created_at').notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.source, t.subject, t.key] })],
);
