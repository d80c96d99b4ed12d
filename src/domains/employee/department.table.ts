import { sql } from 'drizzle-orm';
import { check, index, pgTable, text } from 'drizzle-orm/pg-core';
import { FieldGroup } from '../../core/access/field-group.ts';
import { id, sortKey, versioned } from '../../core/database/columns.ts';

const groups = Object.values(FieldGroup)
  .map((group) => `'${group}'`)
  .join(', ');

export const department = pgTable(
  'department',
  {
    id: id(),
    name: text('name').notNull().unique(),
    nameKey: sortKey('name_key'),
    /** Groups of fields that it answers for, each in one department at most. */
    responsibleFor: text('responsible_for').array().$type<FieldGroup[]>().notNull().default([]),
    ...versioned(),
  },
  (t) => [
    index('department_name_key_idx').on(t.nameKey, t.id),
    check('department_responsible_for_check', sql`${t.responsibleFor} <@ array[${sql.raw(groups)}]`),
  ],
);

export type DepartmentRow = typeof department.$inferSelect;
