import { boolean, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { id, versioned } from '../database/columns.ts';
import { employee } from '../employee/employee.table.ts';

/** A saved question about customers (客户细分). Its rule is a `CustomerFilter` as JSON. */
export const segment = pgTable(
  'segment',
  {
    id: id(),
    name: text('name').notNull(),
    description: text('description'),
    rule: jsonb('rule').notNull().$type<Record<string, unknown>>(),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => employee.id),
    /** Shared with all staff, or private to its owner. Members are always those the reader may see. */
    shared: boolean('shared').notNull().default(false),
    ...versioned(),
  },
  (t) => [index('segment_owner_idx').on(t.ownerId), index('segment_name_idx').on(t.name, t.id)],
);

export type SegmentRow = typeof segment.$inferSelect;
