import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { businessNow, instant } from '../../core/database/columns.ts';
import { customer } from './customer.table.ts';

/**
 * What follows from a file: one row for each, kept by triggers in the transaction of the write, by the function
 * `refresh_figures`. A change of it is no change of the file.
 */
export const fileFigure = pgTable(
  'file_figure',
  {
    customerId: uuid('customer_id')
      .primaryKey()
      .references(() => customer.id, { onDelete: 'cascade', onUpdate: 'cascade' }),
    /** One bit for each field that can be required: whether it is filled. */
    filled: bigint('filled', { mode: 'bigint' }).notNull().default(sql`0`),
    /** Weights of what is required, seven bits for each share of the readers: see completeness-field.ts. */
    due: bigint('due', { mode: 'bigint' }).notNull().default(sql`0`),
    /** The same of what is required and filled. */
    met: bigint('met', { mode: 'bigint' }).notNull().default(sql`0`),
    /** Of everything, in percent; null where nothing is required. */
    completenessScore: integer('completeness_score'),
    /** The epoch of the requirements that all this is by. */
    completenessEpoch: integer('completeness_epoch').notNull().default(0),
  },
  (t) => [
    index('file_figure_score_idx').on(t.completenessScore, t.customerId),
    // The sweep looks for those of an older epoch.
    index('file_figure_epoch_idx').on(t.completenessEpoch, t.customerId),
  ],
);

/** The fields that can be required, written by migrations alone: a copy of completeness-field.ts. */
export const completenessField = pgTable('completeness_field', {
  name: text('name').primaryKey(),
  bit: integer('bit').notNull().unique(),
  /** Which share of readers it counts for. */
  share: integer('share').notNull(),
  fieldGroup: text('field_group').notNull(),
});

/** The requirements of the settings, as triggers read them. Written by `compile_requirements` when the settings change. */
export const completenessRequirement = pgTable('completeness_requirement', {
  position: integer('position').primaryKey(),
  name: text('name').notNull(),
  bit: integer('bit').notNull(),
  share: integer('share').notNull(),
  fieldGroup: text('field_group').notNull(),
  weight: integer('weight').notNull(),
  // Null for any.
  kind: text('kind'),
  customerType: text('customer_type'),
  nature: text('nature'),
  tier: text('tier'),
  importance: text('importance'),
});

/** A single row: which requirements hold, since when, and whether every file has been measured by them. */
export const completenessEpoch = pgTable(
  'completeness_epoch',
  {
    only: integer('only').primaryKey().default(1),
    epoch: integer('epoch').notNull().default(0),
    /** The last epoch that every file had. */
    sweptEpoch: integer('swept_epoch').notNull().default(0),
    startedAt: instant('started_at').notNull().default(businessNow),
  },
  (t) => [check('completeness_epoch_only_check', sql`${t.only} = 1`)],
);
