import { sql } from 'drizzle-orm';
import { ID } from 'type-graphql';
import { overseers } from '../../core/access/policy.ts';
import { texts } from '../../core/database/rows.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { columnOf } from '../../core/model/alias.ts';
import { defineModel } from '../../core/model/model.ts';
import { employeeModel } from '../../domains/employee/employee.model.ts';
import { accessGrantModel } from '../../domains/grant/access-grant.model.ts';
import { accessLog } from './access-log.table.ts';
import { AccessLogEntry, LoggedClassCondition, LoggedFieldCondition } from './access-log.type.ts';

export const accessLogModel = defineModel({
  name: 'AccessLogEntry',
  prefix: 'log',
  type: AccessLogEntry,
  table: accessLog,
  kind: 'scoped',
  // Entries are visible to overseers only, by id too.
  scope: (viewer) => (overseers.includes(viewer.role) ? sql`true` : sql`false`),
  defaultOrder: [{ field: 'occurredAt', direction: 'DESC' }],
  relations: {
    employee: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who; null for a sign-in to no account, and for what the system did. (员工)',
      on: (source, target) => sql`${columnOf(target, 'id')} = ${columnOf(source, 'employee_id')}`,
    },
    grants: {
      arity: 'list',
      target: () => accessGrantModel,
      access: 'open',
      nullable: false,
      filterable: false,
      description:
        'The grants a read was based on, with their purpose; none where the role itself reads the class. (依据的授权)',
      on: (source, target) => sql`${columnOf(target, 'id')} = any(${columnOf(source, 'grant_ids')})`,
    },
  },
  customFilters: {
    customerId: {
      type: () => ID,
      access: 'open',
      description: 'Entries that concern this file. (客户)',
      compile: (id: string, alias, path, issues) => {
        const { value, problem } = checkId('cus', id);
        if (problem) issues.push({ path, ...problem });
        return sql`${columnOf(alias, 'customer_ids')} @> array[${value}]::uuid[]`;
      },
    },
    fields: {
      type: () => LoggedFieldCondition,
      description: 'Conditions on the fields. (字段)',
      compile: ({ hasAny }: LoggedFieldCondition, alias) =>
        hasAny
          ? sql`${columnOf(alias, 'fields')} && array(select jsonb_array_elements_text(${JSON.stringify(hasAny)}::text::jsonb))`
          : sql`true`,
    },
    classes: {
      type: () => LoggedClassCondition,
      description: 'Conditions on the classes. (信息类别)',
      compile: ({ hasAny }: LoggedClassCondition, alias) =>
        hasAny ? sql`${columnOf(alias, 'classes')} && ${texts(hasAny)}` : sql`true`,
    },
  },
});
