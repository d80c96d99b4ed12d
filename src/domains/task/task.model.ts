import { sql } from 'drizzle-orm';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import { defineModel } from '../../core/model/model.ts';
import type { Model, OrderTerm } from '../../core/model/model.types.ts';
import { rootModel } from '../../core/model/registry.ts';
import { departmentModel, employeeModel, teamModel } from '../employee/employee.model.ts';
import { ownTasks, visibleSteps } from './task.scope.ts';
import { task, taskStep } from './task.table.ts';
import { Task, TaskStep } from './task.type.ts';

const earliestFirst: OrderTerm[] = [{ field: 'at', direction: 'ASC' }];

export const taskStepModel = defineModel({
  name: 'TaskStep',
  prefix: 'step',
  type: TaskStep,
  table: taskStep,
  kind: 'scoped',
  scope: visibleSteps,
  defaultOrder: earliestFirst,
  relations: {
    to: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'To whom the task came. (经手人)',
      key: 'employee_id',
    },
  },
});

/** Of a task those of its steps that are of a kind. */
const stepsOf = (kind: 'HELD' | 'ESCALATED') => (source: Alias, target: Alias) =>
  sql`${columnOf(target, 'task_id')} = ${columnOf(source, 'id')} and ${columnOf(target, 'kind')} = ${sql.raw(`'${kind}'`)}`;

const inTurn = {
  arity: 'list',
  target: () => taskStepModel,
  access: 'open',
  nullable: false,
  filterable: false,
  sameFile: false,
} as const;

export const taskModel: Model = defineModel({
  name: 'Task',
  prefix: 'task',
  type: Task,
  table: task,
  kind: 'part',
  inFile: {
    field: 'tasks',
    access: 'business',
    description: 'What is to be done about the file, and what was, first due first. (待办)',
    defaultOrder: [{ field: 'dueAt', direction: 'ASC' }],
    rootDescription:
      'Tasks the viewer can see, first due first. `filter: { assignee: { id: { eq: … } }, state: { eq: OPEN } }` is somebody’s inbox. (待办列表)',
  },
  beside: ownTasks,
  holder: 'assignee_id',
  events: { added: { description: 'A task was opened. (新增待办)' } },
  defaultOrder: [{ field: 'dueAt', direction: 'ASC' }],
  requiredAttributes: ['state', 'dueAt'],
  relations: {
    customer: {
      arity: 'one',
      target: () => rootModel(),
      access: 'open',
      // Who sees a task need not see its file, so no condition may reach the file through it.
      sameFile: false,
      filterable: false,
      description: 'The file; null for none, and for one the viewer cannot see. (客户)',
      key: 'customer_id',
    },
    assignee: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who is to do it; null while nobody of the team has taken it. (负责人)',
      key: 'assignee_id',
    },
    team: {
      arity: 'one',
      target: () => teamModel,
      access: 'open',
      description: 'The team it was given to; null for none. (负责团队)',
      key: 'team_id',
    },
    department: {
      arity: 'one',
      target: () => departmentModel,
      access: 'open',
      description: 'The department that answers for what is to be done; null for none. (责任部门)', // R10
      key: 'department_id',
    },
    openedBy: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who opened it; null if a rule did. (创建人)',
      key: 'opened_by_id',
    },
    completedBy: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who settled it; null while it is open, and if it closed by itself. (完成人)',
      key: 'completed_by_id',
    },
    holders: {
      ...inTurn,
      description: 'Who has held it and when, earliest first, at most 200. (经手记录)',
      on: stepsOf('HELD'),
      defaultOrder: earliestFirst,
    },
    escalations: {
      ...inTurn,
      description: 'To whom it was escalated and when, earliest first, at most 200. (督办)',
      on: stepsOf('ESCALATED'),
      defaultOrder: earliestFirst,
    },
  },
});
