import { type SQL, sql } from 'drizzle-orm';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import { defineModel } from '../../core/model/model.ts';
import { customerExport } from './customer-export.table.ts';
import { CustomerExport } from './customer-export.type.ts';

const isOwn = ({ id }: Viewer, alias: Alias): SQL => sql`${columnOf(alias, 'employee_id')} = ${id}::uuid`;

export const customerExportModel = defineModel({
  name: 'CustomerExport',
  prefix: 'exp',
  type: CustomerExport,
  table: customerExport,
  kind: 'scoped',
  // Visible only to the employee who requested it.
  scope: isOwn,
  isOwn,
});
