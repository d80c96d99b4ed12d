import { sql } from 'drizzle-orm';
import { index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant, oneOf, oneOfCheck, versioned } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';
import { department } from '../employee/department.table.ts';
import { employee, team } from '../employee/employee.table.ts';

export const TaskKind = {
  UPDATE_CONTACT_CHANGE: 'UPDATE_CONTACT_CHANGE',
  RECORD_NEED_CHANGE: 'RECORD_NEED_CHANGE',
  FILL_FIELDS: 'FILL_FIELDS',
  REVISE_FILE: 'REVISE_FILE',
  VERIFY: 'VERIFY',
  ANSWER_CONFIRMATION: 'ANSWER_CONFIRMATION',
  CALL_BACK: 'CALL_BACK',
  FOLLOW_UP: 'FOLLOW_UP',
  BIRTHDAY: 'BIRTHDAY',
  ANNIVERSARY: 'ANNIVERSARY',
  RETURN_FILE: 'RETURN_FILE',
  CASE_RESPONSE: 'CASE_RESPONSE',
  CASE_RESOLUTION: 'CASE_RESOLUTION',
  RETURN_VISIT: 'RETURN_VISIT',
  NEXT_ORDER: 'NEXT_ORDER',
  REPLENISH: 'REPLENISH',
  RECTIFY: 'RECTIFY',
  REVIEW_INACTIVE: 'REVIEW_INACTIVE',
  OTHER: 'OTHER',
} as const;
export type TaskKind = (typeof TaskKind)[keyof typeof TaskKind];

export const TaskState = { OPEN: 'OPEN', DONE: 'DONE', CANCELLED: 'CANCELLED' } as const;
export type TaskState = (typeof TaskState)[keyof typeof TaskState];

/**
 * A duty (待办): of a file, or of none. Who has held it, and to whom it was escalated, is in `task_step`; triggers keep
 * that, so that no writer can forget it.
 */
export const task = pgTable(
  'task',
  {
    id: id(),
    customerId: uuid('customer_id').references(() => customer.id, { onDelete: 'cascade' }),
    kind: oneOf('kind', TaskKind).notNull().default('OTHER'),
    state: oneOf('state', TaskState).notNull().default('OPEN'),
    title: text('title').notNull(),
    assigneeId: uuid('assignee_id').references(() => employee.id),
    teamId: uuid('team_id').references(() => team.id),
    /** The department that answers for what is to be done; null for none. */
    departmentId: uuid('department_id').references(() => department.id),
    openedById: uuid('opened_by_id').references(() => employee.id),
    /** The rule that opened it; null for one that a person opened. */
    rule: text('rule'),
    /** The row it is about, as kind of id and UUID; null where it is about nothing. Of a rule always there. */
    subjectPrefix: text('subject_prefix'),
    subjectId: uuid('subject_id'),
    /** Of a rule, what distinguishes one occasion for it from the next: the change, the due date. */
    occasion: text('occasion'),
    dueAt: instant('due_at'),
    /** Fields that are missing, or that changed. */
    fields: text('fields').array(),
    /** What was reported about the customer, in the words of who reported it. */
    reported: text('reported'),
    outcome: text('outcome'),
    completedAt: instant('completed_at'),
    completedById: uuid('completed_by_id').references(() => employee.id),
    snoozedUntil: instant('snoozed_until'),
    ...versioned(),
  },
  (t) => [
    index('task_customer_idx').on(t.customerId, t.dueAt, t.id),
    // Inboxes: open tasks of one employee or team, in the order in which they are due. Not partial: the state is a parameter
    // of the statement, and a plan for any state cannot use an index of open tasks alone.
    index('task_inbox_idx').on(t.assigneeId, t.state, t.dueAt, t.id),
    index('task_team_idx').on(t.teamId, t.state, t.dueAt, t.id).where(sql`${t.teamId} is not null`),
    index('task_assignee_idx').on(t.assigneeId, t.createdAt, t.id),
    index('task_opener_idx').on(t.openedById).where(sql`${t.openedById} is not null`),
    index('task_due_idx').on(t.dueAt, t.id),
    // Used to find the rows for which the passing of time changes the result of a rule relative to now.
    index('task_completed_idx').on(t.completedAt).where(sql`${t.completedAt} is not null`),
    index('task_snoozed_idx').on(t.snoozedUntil).where(sql`${t.snoozedUntil} is not null`),
    index('task_created_idx').using('brin', t.createdAt),
    index('task_updated_idx').using('brin', t.updatedAt),
    // A rule opens a task once for each occasion, and never a second one beside one that is open.
    uniqueIndex('task_occasion_key')
      .on(
        t.rule,
        t.subjectId,
        t.occasion,
        sql`coalesce(${t.teamId}, ${t.departmentId}, '00000000-0000-0000-0000-000000000000')`,
      )
      .where(sql`${t.rule} is not null`),
    uniqueIndex('task_open_key')
      .on(
        t.rule,
        t.subjectId,
        sql`coalesce(${t.teamId}, ${t.departmentId}, '00000000-0000-0000-0000-000000000000')`,
      )
      .where(sql`${t.rule} is not null and ${t.state} = 'OPEN'`),
    oneOfCheck('task_kind_check', t.kind, TaskKind),
    oneOfCheck('task_state_check', t.state, TaskState),
  ],
);

export type TaskRow = typeof task.$inferSelect;

/** HELD: somebody was to do it. ESCALATED: somebody was notified that it was overdue. */
export const TaskStepKind = { HELD: 'HELD', ESCALATED: 'ESCALATED' } as const;

/** Who has held a task and when, and to whom it was escalated. Written by triggers and by the sweep of due tasks. */
export const taskStep = pgTable(
  'task_step',
  {
    id: id(),
    taskId: uuid('task_id')
      .notNull()
      .references(() => task.id, { onDelete: 'cascade' }),
    kind: oneOf('kind', TaskStepKind).notNull(),
    employeeId: uuid('employee_id')
      .notNull()
      .references(() => employee.id),
    at: instant('at').notNull(),
    /** When another came to hold it, or it was settled. */
    until: instant('until'),
  },
  (t) => [
    index('task_step_task_idx').on(t.taskId, t.kind, t.at),
    index('task_step_escalated_idx').on(t.employeeId, t.taskId).where(sql`${t.kind} = 'ESCALATED'`),
    oneOfCheck('task_step_kind_check', t.kind, TaskStepKind),
  ],
);

/**
 * When the next notice of an open task is due: at rung 0 that its time has come, from then on to whom it is escalated. Kept
 * by a trigger, and moved on by `sweep_tasks()`; no change of the task.
 */
export const taskClock = pgTable(
  'task_clock',
  {
    taskId: uuid('task_id')
      .primaryKey()
      .references(() => task.id, { onDelete: 'cascade' }),
    at: instant('at').notNull(),
    rung: integer('rung').notNull(),
  },
  (t) => [index('task_clock_at_idx').on(t.at)],
);
