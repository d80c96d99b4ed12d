import { sql } from 'drizzle-orm';
import { columnOf, defineModel } from '../model/model.ts';
import { customerExport } from './customer-export.table.ts';
import { CustomerExport } from './customer-export.type.ts';

export const customerExportModel = defineModel({
  name: 'CustomerExport',
  prefix: 'exp',
  type: CustomerExport,
  table: customerExport,
  kind: 'scoped',
  // To everybody but who asked for it, it is not there.
  scope: ({ id }, alias) => sql`${columnOf(alias, 'employee_id')} = ${id}::uuid`,
});
