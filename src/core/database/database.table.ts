import { index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant, now } from './columns.ts';

/** Remembers the first result of a create, so that a retry with the same key happens once. */
export const idempotencyKey = pgTable(
  'idempotency_key',
  {
    employeeId: uuid('employee_id').notNull(),
    operation: text('operation').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of the input: the same key with another input is refused. */
    inputHash: text('input_hash').notNull(),
    resultId: uuid('result_id').notNull(),
    createdAt: instant('created_at').notNull().default(now),
  },
  (t) => [
    primaryKey({ columns: [t.employeeId, t.operation, t.key] }),
    index('idempotency_key_created_idx').on(t.createdAt),
  ],
);

/** Which row an external system's record became, so that an import can run again. */
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
