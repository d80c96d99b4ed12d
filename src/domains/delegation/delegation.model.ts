import { type SQL, sql } from 'drizzle-orm';
import { overseers } from '../../core/access/policy.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import { defineModel } from '../../core/model/model.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { delegation } from './delegation.table.ts';
import { Delegation } from './delegation.type.ts';

/** Whether the viewer leads the team of the employee whose id is in a column. */
export const leadsTeamOf = (viewer: Pick<Viewer, 'id'>, employeeId: SQL): SQL =>
  sql`exists (select from employee le join team lt on lt.id = le.team_id
              where le.id = ${employeeId} and lt.leader_id = ${viewer.id}::uuid)`;

/** Delegations that the viewer can see. */
export const visibleDelegations = (viewer: Viewer, alias: Alias): SQL =>
  overseers.includes(viewer.role)
    ? sql`true`
    : sql`(${viewer.id}::uuid in (${columnOf(alias, 'employee_id')}, ${columnOf(alias, 'delegate_id')}, ${columnOf(alias, 'created_by_id')})
        or ${leadsTeamOf(viewer, columnOf(alias, 'employee_id'))})`;

export const delegationModel = defineModel({
  name: 'Delegation',
  prefix: 'dlg',
  type: Delegation,
  table: delegation,
  kind: 'scoped',
  scope: visibleDelegations,
  defaultOrder: [{ field: 'startsAt', direction: 'DESC' }],
  relations: {
    employee: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      nullable: false,
      description: 'Who is away. (被代理人)',
      key: 'employee_id',
    },
    delegate: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      nullable: false,
      description: 'Who stands in. (代理人)',
      key: 'delegate_id',
    },
    createdBy: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who entered it. (登记人)',
      key: 'created_by_id',
    },
    endedBy: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who ended it before its time; null otherwise. (终止操作人)',
      key: 'ended_by_id',
    },
  },
});
