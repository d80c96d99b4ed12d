import { eq } from 'drizzle-orm';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { badInput, conflict, forbidden, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { checkFields } from '../../core/validation/fields.ts';
import { lockActiveEmployees } from '../employee/employee.reference.ts';
import { outcomeRules, reasonRules, snoozeRulesAt } from './task.check.ts';
import { type LockedTask, lockTasks } from './task.lock.ts';
import { type TaskRow, type TaskState, task } from './task.table.ts';
import { assigneeIssues } from './task.write.ts';

const path = ['input'];

/**
 * Settles a task as done and returns its id: for whom it is assigned to, who opened it, the file's owner and leaders. One
 * that is done already stays as it is.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT if it was cancelled, BAD_USER_INPUT.
 */
export function completeTask(
  db: Database,
  actor: Actor,
  input: { id: string; outcome?: string | null },
): Promise<string> {
  const { values, issues } = checkFields(outcomeRules, input, { mode: 'create', path });
  return settle(db, actor, input.id, issues, {
    state: 'DONE',
    outcome: values.outcome ?? null,
    mayDo: ({ isHolder, isOpener, isOwner, isLeader }) => isHolder || isOpener || isOwner || isLeader,
  });
}

/**
 * Settles a task as not to be done and returns its id: for who opened it and leaders. One that is cancelled already
 * stays as it is.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT if it was done, BAD_USER_INPUT.
 */
export function cancelTask(
  db: Database,
  actor: Actor,
  input: { id: string; reason: string },
): Promise<string> {
  const { values, issues } = checkFields(reasonRules, input, { mode: 'create', path });
  return settle(db, actor, input.id, issues, {
    state: 'CANCELLED',
    outcome: values.reason ?? null,
    mayDo: ({ isOpener, isLeader }) => isOpener || isLeader,
  });
}

interface Settlement {
  state: TaskState;
  outcome: string | null;
  mayDo: (locked: LockedTask) => boolean;
}

const settle = (
  db: Database,
  actor: Actor,
  taskId: string,
  issues: Issue[],
  { state, outcome, mayDo }: Settlement,
): Promise<string> =>
  changeTask(db, actor, taskId, issues, async (_tx, locked) => {
    if (!mayDo(locked)) throw forbidden();
    if (locked.state === state) return {};
    locked.requireOpen();
    const completedAt = actor.now.toISOString();
    return { state, outcome, completedAt, completedById: actor.viewer.id, snoozedUntil: null };
  });

/**
 * Gives a task to another employee and returns its id; when it is due stays. For whom it is assigned to, who opened it,
 * the file's owner and leaders.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for a task that is settled or has come to somebody else than the client knew,
 * BAD_USER_INPUT.
 */
export function reassignTask(
  db: Database,
  actor: Actor,
  input: { id: string; assigneeId: string; expectedAssigneeId?: string | null },
): Promise<string> {
  const issues: Issue[] = [];
  const idOf = (field: 'assigneeId' | 'expectedAssigneeId') => {
    const { value, problem } = checkId('emp', input[field] as string);
    if (problem) issues.push({ path: [...path, field], ...problem });
    return value;
  };
  const assigneeId = idOf('assigneeId');
  const expectedId = input.expectedAssigneeId == null ? undefined : idOf('expectedAssigneeId');
  return changeTask(db, actor, input.id, issues, async (tx, locked) => {
    const { isHolder, isOpener, isOwner, isLeader } = locked;
    if (!(isHolder || isOpener || isOwner || isLeader)) throw forbidden();
    locked.requireOpen();
    if (assigneeId === locked.assigneeId) return {};
    if (expectedId !== undefined && expectedId !== locked.assigneeId) throw cameToAnother();
    const roles = await lockActiveEmployees(tx, [assigneeId]);
    const unfit = assigneeIssues(roles.get(assigneeId as string), [...path, 'assigneeId']);
    if (unfit.length > 0) throw badInput(unfit);
    // Whoever gets it has not put it off.
    return { assigneeId, snoozedUntil: null };
  });
}

const cameToAnother = () =>
  conflict(
    'The task has come to somebody else meanwhile; reload and try again. (该待办已转给他人，请刷新后重试。)',
    {
      reason: 'ANOTHER_ASSIGNEE',
    },
  );

/**
 * Puts a task off until an instant and returns its id, for whom it is assigned to; when it is due stays. Null ends that.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for a task that is settled, BAD_USER_INPUT.
 */
export function snoozeTask(
  db: Database,
  actor: Actor,
  input: { id: string; until?: string | null },
): Promise<string> {
  const rules = snoozeRulesAt(actor.now);
  const { values, issues } =
    input.until == null
      ? { values: { until: null }, issues: [] }
      : checkFields(rules, { until: input.until }, { mode: 'create', path });
  return changeTask(db, actor, input.id, issues, async (_tx, locked) => {
    if (!locked.isHolder) throw forbidden();
    locked.requireOpen();
    return { snoozedUntil: values.until ?? null };
  });
}

/** Locks a task, changes it as `change` says, if at all, and returns its id. */
function changeTask(
  db: Database,
  actor: Actor,
  taskId: string,
  issues: Issue[],
  change: (tx: Database, locked: LockedTask) => Promise<Partial<TaskRow>>,
): Promise<string> {
  const id = requireId('task', taskId, [...path, 'id'], issues);
  return writeAs(db, originOf(actor), async (tx) => {
    const locked = (await lockTasks(tx, actor, [id])).get(id);
    if (issues.length > 0) throw badInput(issues);
    const values = await change(tx, locked);
    if (Object.keys(values).length > 0) await tx.update(task).set(values).where(eq(task.id, id));
    return id;
  });
}
