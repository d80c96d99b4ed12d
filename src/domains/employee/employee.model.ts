import { sql } from 'drizzle-orm';
import { columnOf } from '../../core/model/alias.ts';
import { searchBy } from '../../core/model/attribute-search.ts';
import { defineModel } from '../../core/model/model.ts';
import type { Model } from '../../core/model/model.types.ts';
import { taskModel } from '../task/task.model.ts';
import { department } from './department.table.ts';
import { Department } from './department.type.ts';
import { employee, team } from './employee.table.ts';
import { Employee, Team } from './employee.type.ts';

const byName = [{ field: 'name', direction: 'ASC' as const }];

export const employeeModel: Model = defineModel({
  name: 'Employee',
  prefix: 'emp',
  type: Employee,
  table: employee,
  kind: 'scoped',
  search: searchBy(() => employeeModel, ['name', 'email', 'title']),
  isOwn: ({ id }, alias) => sql`${columnOf(alias, 'id')} = ${id}::uuid`,
  defaultOrder: byName,
  relations: {
    team: {
      arity: 'one',
      target: () => teamModel,
      access: 'open',
      description: 'The team they belong to. (所属团队)',
      key: 'team_id',
    },
    tasks: {
      arity: 'many',
      target: () => taskModel,
      access: 'open',
      nullable: false,
      sameFile: false,
      // A condition on them would be evaluated without regard to their files.
      filterable: false,
      description: 'Tasks assigned to them, as far as the viewer sees them, first due first. (待办)',
      listedBy: 'assignee_id',
      defaultOrder: [{ field: 'dueAt', direction: 'ASC' }],
    },
    department: {
      arity: 'one',
      target: () => departmentModel,
      access: 'open',
      description: 'The department they belong to. (所属部门)', // R1
      key: 'department_id',
    },
  },
});

export const teamModel: Model = defineModel({
  name: 'Team',
  prefix: 'team',
  type: Team,
  table: team,
  kind: 'scoped',
  search: searchBy(() => teamModel, ['name']),
  defaultOrder: byName,
  relations: {
    leader: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Approves requests for the files of the team’s members. (负责人)',
      key: 'leader_id',
    },
    members: {
      arity: 'many',
      target: () => employeeModel,
      access: 'open',
      description: 'The employees of the team. (成员)',
      listedBy: 'team_id',
      defaultOrder: byName,
    },
  },
});

export const departmentModel: Model = defineModel({
  name: 'Department',
  prefix: 'dep',
  type: Department,
  table: department,
  kind: 'scoped',
  search: searchBy(() => departmentModel, ['name']),
  defaultOrder: byName,
  relations: {
    members: {
      arity: 'many',
      target: () => employeeModel,
      access: 'open',
      description: 'The employees of the department. (成员)',
      listedBy: 'department_id',
      defaultOrder: byName,
    },
  },
});
