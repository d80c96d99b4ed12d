import { boolean, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { id, instant, oneOf, oneOfCheck, sortKey, versioned } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';
import { employee } from '../employee/employee.table.ts';

export const SegmentKind = { DYNAMIC: 'DYNAMIC', STATIC: 'STATIC', SNAPSHOT: 'SNAPSHOT' } as const;
export type SegmentKind = (typeof SegmentKind)[keyof typeof SegmentKind];

/** A saved filter on customers (客户分群). Its rule is a `CustomerFilter` as JSON. */
export const segment = pgTable(
  'segment',
  {
    id: id(),
    name: text('name').notNull(),
    nameKey: sortKey('name_key'),
    description: text('description'),
    kind: oneOf('kind', SegmentKind).notNull().default('DYNAMIC'),
    /** A STATIC or SNAPSHOT segment has `{ inSegment: its own id }`, so that its list is evaluated like any rule. */
    rule: jsonb('rule').notNull().$type<Record<string, unknown>>(),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => employee.id),
    /** When the list of a STATIC or SNAPSHOT segment was last replaced. */
    listedAt: instant('listed_at'),
    /** Shared with all staff, or private to its owner. Either way, readers get only the members that they can see. */
    shared: boolean('shared').notNull().default(false),
    ...versioned(),
  },
  (t) => [
    index('segment_owner_idx').on(t.ownerId),
    index('segment_name_key_idx').on(t.nameKey, t.id),
    oneOfCheck('segment_kind_check', t.kind, SegmentKind),
  ],
);

/** The files on the list of a STATIC or SNAPSHOT segment. */
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
