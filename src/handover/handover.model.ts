import { sql } from 'drizzle-orm';
import { assigners } from '../access/policy.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { defineModel } from '../model/model.ts';
import { handover } from './handover.table.ts';
import { Handover } from './handover.type.ts';

export const handoverModel = defineModel({
  name: 'Handover',
  prefix: 'ho',
  type: Handover,
  table: handover,
  kind: 'scoped',
  // By id too, a record is for those who may hand over.
  scope: (viewer) => (assigners.includes(viewer.role) ? sql`true` : sql`false`),
  relations: {
    fromEmployee: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Whose files they were. (移交人)',
      key: 'from_employee_id',
    },
    performedBy: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who saw to it. (经办人)',
      key: 'performed_by_id',
    },
  },
});
