import { sql } from 'drizzle-orm';
import { bigint, check, integer, pgTable, text } from 'drizzle-orm/pg-core';

/** A single row: how far the event log has been evaluated for the rules that open tasks. */
export const taskRuleHead = pgTable(
  'task_rule_head',
  {
    only: integer('only').primaryKey().default(1),
    epoch: text('epoch').notNull().default(''),
    seq: bigint('seq', { mode: 'number' }).notNull().default(0),
  },
  (t) => [check('task_rule_head_only_check', sql`${t.only} = 1`)],
);
