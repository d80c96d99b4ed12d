import { sql } from 'drizzle-orm';
import { check, date, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, oneOf, oneOfCheck, versioned } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';

/** In which form a document is kept (载体). */
export const CatalogueForm = { ELECTRONIC: 'ELECTRONIC', PAPER: 'PAPER', BOTH: 'BOTH' } as const;
export type CatalogueForm = (typeof CatalogueForm)[keyof typeof CatalogueForm];

/** A document in a customer's file (客户档案目录). */
export const catalogueEntry = pgTable(
  'catalogue_entry',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade' }),
    /** Within its file, without reuse; given by a trigger where a writer names none. */
    number: integer('number').notNull().default(0),
    volume: integer('volume').notNull().default(1),
    title: text('title').notNull(),
    kind: text('kind'),
    documentDate: date('document_date', { mode: 'string' }),
    form: oneOf('form', CatalogueForm).notNull().default('PAPER'),
    place: text('place'),
    pages: integer('pages'),
    notes: text('notes'),
    ...versioned(),
  },
  (t) => [
    uniqueIndex('catalogue_entry_number_key').on(t.customerId, t.number),
    index('catalogue_entry_created_idx').on(t.createdAt, t.id),
    // As of needs: rules relative to now.
    index('catalogue_entry_updated_idx').using('brin', t.updatedAt),
    index('catalogue_entry_kind_idx').on(t.kind).where(sql`${t.kind} is not null`),
    check('catalogue_entry_volume_check', sql`${t.volume} > 0`),
    oneOfCheck('catalogue_entry_form_check', t.form, CatalogueForm),
  ],
);

/** The number that each file's catalogue has reached. */
export const catalogueCounter = pgTable('catalogue_counter', {
  customerId: uuid('customer_id')
    .primaryKey()
    .references(() => customer.id, { onDelete: 'cascade' }),
  last: integer('last').notNull(),
});
