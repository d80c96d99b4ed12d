import { boolean, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { id, instant, oneOf, oneOfCheck, versioned } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';
import { employee } from '../employee/employee.table.ts';

export const SegmentKind = { DYNAMIC: 'DYNAMIC', STATIC: 'STATIC', SNAPSHOT: 'SNAPSHOT' } as const;
export type SegmentKind = (typeof SegmentKind)[keyof typeof SegmentKind];

/** A saved question about customers (客户细分). Its rule is a `CustomerFilter` as JSON. */
export const segment = pgTable(
  'segment',
  {
    id: id(),
    name: text('name').notNull(),
    description: text('description'),
    kind: oneOf('kind', SegmentKind).notNull().default('DYNAMIC'),
    /** Of a STATIC or SNAPSHOT segment `{ inSegment: its own id }`, so that whoever reads rules reads lists as well. */
    rule: jsonb('rule').notNull().$type<Record<string, unknown>>(),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => employee.id),
    /** When the list of a STATIC or SNAPSHOT segment was written. */
    listedAt: instant('listed_at'),
    /** Shared with all staff, or private to its owner. Members are always those the reader may see. */
    shared: boolean('shared').notNull().default(false),
    ...versioned(),
  },
  (t) => [
    index('segment_owner_idx').on(t.ownerId),
    index('segment_name_idx').on(t.name, t.id),
    oneOfCheck('segment_kind_check', t.kind, SegmentKind),
  ],
);

/** Who is on the list of a STATIC or SNAPSHOT segment. */
export const segmentMember = pgTable(
  'segment_member',
  {
    segmentId: uuid('segment_id')
      .notNull()
      .references(() => segment.id, { onDelete: 'cascade' }),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade' }),
  },
  (t) => [
    primaryKey({ columns: [t.segmentId, t.customerId] }),
    index('segment_member_customer_idx').on(t.customerId),
  ],
);

export type SegmentRow = typeof segment.$inferSelect;
