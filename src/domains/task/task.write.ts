import { sql } from 'drizzle-orm';
import { taskHolders } from '../../core/access/policy.ts';
import { type Actor, originOf, requireRecorder } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { once } from '../../core/database/idempotency.ts';
import { insertRows, updateRows, uuids } from '../../core/database/rows.ts';
import { badInput, forbidden, type Issue } from '../../core/errors.ts';
import { checkId, type IdPrefix, idKindOf, uuidOf } from '../../core/graphql/schema/type-id.ts';
import { partModels } from '../../core/model/registry.ts';
import { type LockedFile, lockFiles } from '../../core/part/file-lock.ts';
import { definePart } from '../../core/part/parts.ts';
import { requireUnchangedFields, requireVersion, writeVersioned } from '../../core/part/version-conflict.ts';
import { checkFields, type Fields } from '../../core/validation/fields.ts';
import { customer } from '../customer/customer.table.ts';
import { lockActiveEmployees, notActive, unfitRole } from '../employee/employee.reference.ts';
import { taskRules } from './task.check.ts';
import { lockTasks } from './task.lock.ts';
import { taskModel } from './task.model.ts';
import { type TaskRow, task } from './task.table.ts';

// What an import makes of tasks of files, by the same rules.
definePart(taskModel, {
  table: task,
  files: customer,
  operations: { create: 'createTask' },
  hasOwnMutations: true,
  // On archived files too: what is to be done about one does not end there.
  recordedBy: 'openedById',
  fields: taskRules,
});

type Path = Issue['path'];

export interface CreateTask extends Fields<typeof taskRules> {
  customerId?: string | null;
  subjectId?: string | null;
  assigneeId?: string | null;
  teamId?: string | null;
  idempotencyKey?: string | null;
}

export interface UpdateTask extends Fields<typeof taskRules> {
  id: string;
  expectedVersion: number;
}

/** The place of an input: that of the one a client sends, or its number among several. */
const placeOf = (inputs: readonly unknown[], i: number): Path =>
  inputs.length === 1 ? ['input'] : ['input', i];

/**
 * Opens tasks and returns their ids (UUIDs): with a file, on one that the viewer sees, archived or not, for what is to
 * be done about it does not end there. The same idempotency key again returns the id of the first time.
 *
 * Errors: NOT_FOUND for a file, FORBIDDEN for one that is only granted to the viewer, BAD_USER_INPUT naming every violation.
 */
export function createTasks(db: Database, actor: Actor, inputs: readonly CreateTask[]): Promise<string[]> {
  const { viewer } = actor;
  const issues: Issue[] = [];
  const drafts = inputs.map((input, i) => readDraft(actor, input, placeOf(inputs, i), issues));
  const files = [...new Set(drafts.flatMap(({ values }) => values.customerId ?? []))];
  // A malformed id is reported before any file is read.
  if (issues.some(({ code }) => idProblems.includes(code))) throw badInput(issues);
  const [first] = inputs;
  const key = inputs.length === 1 ? first?.idempotencyKey : null;
  const attempt = { viewerId: viewer.id, operation: 'createTask', key, input: first ?? {} };
  return writeAs(db, originOf(actor), async (tx) => {
    // A grant lets its grantee look, not write: as with records of what happened, on own files or by a role that sees all.
    const found =
      files.length > 0 ? await lockFiles(tx, viewer, customer, files) : new Map<string, LockedFile>();
    for (const file of found.values()) requireRecorder(viewer, file, 'createTask');
    const insert = async (id?: string) => {
      const all = [...issues, ...(await referenceIssues(tx, drafts))];
      if (all.length > 0) throw badInput(all);
      return insertRows(
        tx,
        task,
        drafts.map(({ values }) => (id ? { ...values, id } : values)),
      );
    };
    if (inputs.length !== 1) return insert();
    const { id } = await once(tx, attempt, async (newId) => (await insert(newId))[0] as string);
    return [id];
  });
}

const idProblems = ['MALFORMED_ID', 'WRONG_ID_KIND'];

interface Draft {
  path: Path;
  values: {
    customerId: string | null;
    assigneeId: string | null;
    teamId: string | null;
    subjectPrefix: string | null;
    subjectId: string | null;
    [column: string]: unknown;
  };
}

function readDraft({ viewer }: Actor, input: CreateTask, path: Path, issues: Issue[]): Draft {
  const checked = checkFields(taskRules, input, { mode: 'create', path });
  issues.push(...checked.issues);
  const uuidAt = (field: 'customerId' | 'assigneeId' | 'teamId', prefix: IdPrefix): string | null => {
    const given = input[field];
    if (given == null) return null;
    const { value, problem } = checkId(prefix, given);
    if (problem) issues.push({ path: [...path, field], ...problem });
    return value ?? null;
  };
  if (input.assigneeId != null && input.teamId != null)
    for (const field of ['assigneeId', 'teamId']) issues.push({ path: [...path, field], ...assigneeOrTeam });
  const customerId = uuidAt('customerId', 'cus');
  const teamId = uuidAt('teamId', 'team');
  const assigneeId = uuidAt('assigneeId', 'emp') ?? (input.teamId == null ? viewer.id : null);
  const subject = subjectOf(input, path, issues);
  return {
    path,
    values: { ...checked.values, customerId, teamId, assigneeId, openedById: viewer.id, ...subject },
  };
}

const assigneeOrTeam = {
  code: 'ONE_OF',
  message: 'Give it to an employee or to a team, not both. (负责人与负责团队只能指定一个。)',
};

/** What a task may be about: a part of its file, or the file itself. */
function subjectOf({ subjectId, customerId }: CreateTask, path: Path, issues: Issue[]) {
  if (subjectId == null) return { subjectPrefix: null, subjectId: null };
  const kind = idKindOf(subjectId);
  const isPart = partModels().some(({ prefix, beside }) => prefix === kind && !beside);
  if (kind === null || !(isPart || subjectId === customerId)) {
    issues.push(notOfCustomer([...path, 'subjectId']));
    return { subjectPrefix: null, subjectId: null };
  }
  return { subjectPrefix: kind as string, subjectId: uuidOf(subjectId) };
}

const notOfCustomer = (path: Path): Issue => ({
  path,
  code: 'SUBJECT_NOT_OF_CUSTOMER',
  message: 'Must be this customer, or something in their file. (须为该客户或其档案中的内容。)',
});

/** Violations that only the database knows of: one statement for each kind of thing that is named. */
async function referenceIssues(tx: Database, drafts: readonly Draft[]): Promise<Issue[]> {
  const roles = await lockActiveEmployees(
    tx,
    drafts.map(({ values }) => values.assigneeId),
  );
  const unfit = drafts.flatMap(({ path, values: { assigneeId } }) =>
    assigneeId === null ? [] : assigneeIssues(roles.get(assigneeId), [...path, 'assigneeId']),
  );
  return [...unfit, ...(await missingTeams(tx, drafts)), ...(await foreignSubjects(tx, drafts))];
}

/** The issue of a field that must name an active employee who can have tasks. */
export const assigneeIssues = (role: (typeof taskHolders)[number] | undefined, path: Path): Issue[] => {
  if (!role) return [notActive(path)];
  return taskHolders.includes(role) ? [] : [unfitRole(path, taskHolders)];
};

async function missingTeams(tx: Database, drafts: readonly Draft[]): Promise<Issue[]> {
  const ids = drafts.flatMap(({ values }) => values.teamId ?? []);
  if (ids.length === 0) return [];
  const found = await tx.execute<{ id: string }>(
    sql`select id from team where id = any(${uuids(ids)}) for share`,
  );
  const known = new Set(found.map(({ id }) => id));
  return drafts
    .filter(({ values: { teamId } }) => teamId !== null && !known.has(teamId))
    .map(({ path }) => ({
      path: [...path, 'teamId'],
      code: 'TEAM_UNKNOWN',
      message: 'There is no such team. (团队不存在。)',
    }));
}

async function foreignSubjects(tx: Database, drafts: readonly Draft[]): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const { prefix, tableName } of partModels()) {
    const about = drafts.filter(({ values }) => values.subjectPrefix === prefix);
    if (about.length === 0) continue;
    const ids = uuids(about.map(({ values }) => values.subjectId as string));
    const found = await tx.execute<{ id: string; customer_id: string }>(
      sql`select id, customer_id from ${sql.identifier(tableName)} where id = any(${ids}) order by id for key share`,
    );
    const fileOf = new Map(found.map((row) => [row.id, row.customer_id]));
    for (const { path, values } of about)
      if (fileOf.get(values.subjectId as string) !== values.customerId || values.customerId === null)
        issues.push(notOfCustomer([...path, 'subjectId']));
  }
  return issues;
}

/**
 * Changes what tasks say or when they are due, for who opened them, leaders and whoever assigns work, and returns their
 * ids. An absent field is left alone; what changes nothing leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for a field changed since the version the client has read, or a task that is
 * settled, BAD_USER_INPUT naming every violation.
 */
export function updateTasks(db: Database, actor: Actor, inputs: readonly UpdateTask[]): Promise<string[]> {
  const issues: Issue[] = [];
  const ids = inputs.map(({ id }, i) => {
    const { value, problem } = checkId('task', id);
    if (problem) issues.push({ path: [...placeOf(inputs, i), 'id'], ...problem });
    return value as string;
  });
  const checked = inputs.map((input, i) =>
    checkFields(taskRules, input, { mode: 'update', path: placeOf(inputs, i) }),
  );
  if (issues.length > 0) throw badInput([...issues, ...checked.flatMap((one) => one.issues)]);
  return writeVersioned(db, actor, async (tx) => {
    const found = await lockTasks(tx, actor, ids);
    const drafts = inputs.map((input, i) => {
      const row = found.get(ids[i] as string);
      return { input, row, values: checked[i]?.values ?? {} };
    });
    if (drafts.some(({ row }) => !row.isOpener && !row.isLeader)) throw forbidden();
    // What a reader sees of a task's subject depends on its kind, so a leader does not change it.
    if (drafts.some(({ row, values }) => !row.isOpener && ![undefined, row.kind].includes(values.kind)))
      throw forbidden(undefined, { fields: ['kind'] });
    const writes = drafts.map(({ input, row, values }) => ({
      row,
      file: { id: row.customerId ?? '', isOwn: row.isOwner },
      expectedVersion: input.expectedVersion,
      input,
      values,
    }));
    await requireUnchangedFields(
      tx,
      actor,
      { model: taskModel, table: task },
      writes.filter(({ row }) => row.customerId !== null),
    );
    // Without a file there is no history of what has changed.
    for (const { row, values, expectedVersion } of writes)
      if (row.customerId === null) requireVersion(row, expectedVersion, isSame(row, values));
    for (const { row } of drafts) row.requireOpen();
    const all = checked.flatMap((one) => one.issues);
    if (all.length > 0) throw badInput(all);
    await updateRows(
      tx,
      task,
      drafts.map(({ row, values }) => ({ id: row.id, values })),
    );
    return ids;
  });
}

const isSame = (row: TaskRow, values: Partial<TaskRow>): boolean =>
  Object.entries(values).every(([field, value]) => {
    const held = row[field as keyof TaskRow];
    if (field !== 'dueAt' || value === null || held === null) return value === held;
    return Date.parse(String(value)) === Date.parse(String(held));
  });
