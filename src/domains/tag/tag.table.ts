import { sql } from 'drizzle-orm';
import { index, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { businessNow, id, instant, sortKey, textInByteOrder } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';

/** A label on files, with a facet ("行业-制造业") or without ("高预算"). R70, AC-6. */
export const tag = pgTable(
  'tag',
  {
    id: id(),
    facet: text('facet'),
    value: text('value').notNull(),
    /** "facet-value", or the value alone. */
    label: text('label')
      .notNull()
      .generatedAlwaysAs(sql`case when facet is null then value else facet || '-' || value end`),
    labelKey: sortKey('label_key'),
    facetKey: textInByteOrder('facet_key'),
    createdAt: instant('created_at').notNull().default(businessNow),
  },
  (t) => [
    // VIP and vip are one tag, with the label it was first given.
    uniqueIndex('tag_label_key').on(sql`lower(${t.label})`),
    index('tag_label_idx').on(t.label),
    index('tag_label_key_idx').on(t.labelKey, t.id),
  ],
);

export const customerTag = pgTable(
  'customer_tag',
  {
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade' }),
    tagId: uuid('tag_id')
      .notNull()
      .references(() => tag.id, { onDelete: 'cascade' }),
    createdAt: instant('created_at').notNull().default(businessNow),
  },
  (t) => [primaryKey({ columns: [t.customerId, t.tagId] }), index('customer_tag_tag_idx').on(t.tagId)],
);

export type TagRow = typeof tag.$inferSelect;
