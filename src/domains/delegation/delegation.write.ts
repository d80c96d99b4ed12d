import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import { fileOwners, staffAdministrators } from '../../core/access/policy.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { type Database, queryJson, writeAs } from '../../core/database/database.ts';
import { insertedId, once } from '../../core/database/idempotency.ts';
import { uuids } from '../../core/database/rows.ts';
import { badInput, forbidden, type Issue, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { checkInstant } from '../../core/validation/date.ts';
import { lockActiveEmployees, notActive, unfitRole } from '../employee/employee.reference.ts';
import { leadsTeamOf, visibleDelegations } from './delegation.model.ts';
import { delegation } from './delegation.table.ts';

const path = ['input'];
const dayMs = 86_400_000;
const longestDays = 366;
/** Clocks of clients may be behind by so much. */
const toleranceMs = 60_000;

/** Ids are TypeIDs, instants ISO 8601. */
export interface CreateDelegation {
  employeeId?: string | null;
  delegateId: string;
  startsAt?: string | null;
  endsAt: string;
  idempotencyKey?: string | null;
}

/**
 * Enters a delegation and returns its id (a UUID). Its period begins and ends to the instant, without any job;
 * `turn_delegation()` notifies the delegate's feed.
 *
 * Errors: FORBIDDEN unless the viewer is the absent employee, leads their team or keeps the staff; BAD_USER_INPUT naming
 * every violation.
 */
export async function createDelegation(db: Database, actor: Actor, input: CreateDelegation): Promise<string> {
  const { viewer, now } = actor;
  const issues: Issue[] = [];
  const readId = (text: string, field: string): string => {
    const { value = '', problem } = checkId('emp', text);
    if (problem) issues.push({ path: [...path, field], ...problem });
    return value;
  };
  const employeeId = input.employeeId == null ? viewer.id : readId(input.employeeId, 'employeeId');
  const delegateId = readId(input.delegateId, 'delegateId');
  const startsAt = input.startsAt ?? now.toISOString();
  const isMalformed = issues.length > 0;
  issues.push(...checkPeriod(startsAt, input.endsAt, now));
  if (isMalformed) throw badInput(issues);
  const attempt = { viewerId: viewer.id, operation: 'createDelegation', key: input.idempotencyKey, input };
  return writeAs(db, originOf(actor), async (tx) => {
    const { id } = await once(tx, attempt, async (newId) => {
      await requireDelegator(tx, viewer, employeeId);
      await lockPersons(tx, [employeeId, delegateId]);
      issues.push(...(await checkPersons(tx, { employeeId, delegateId })));
      if (issues.length > 0) throw badInput(issues);
      if (await overlaps(tx, employeeId, startsAt, input.endsAt)) throw badInput([overlapping]);
      const row = {
        id: newId,
        employeeId,
        delegateId,
        startsAt,
        endsAt: input.endsAt,
        createdById: viewer.id,
      };
      return insertedId(tx.insert(delegation).values(row).returning({ id: delegation.id }));
    });
    return id;
  });
}

/**
 * Ends a delegation at once and returns its id; one that has not begun never does. One that is over stays as it was.
 *
 * Errors: NOT_FOUND, FORBIDDEN for whoever only oversees it.
 */
export function endDelegation(db: Database, actor: Actor, input: { id: string }): Promise<string> {
  const id = requireId('dlg', input.id, [...path, 'id']);
  const { viewer } = actor;
  return writeAs(db, originOf(actor), async (tx) => {
    const [row] = await tx
      .select({
        ...getTableColumns(delegation),
        isLed: sql<boolean>`${leadsTeamOf(viewer, sql`${delegation.employeeId}`)}`,
        isOver: sql<boolean>`${delegation.endedAt} is not null or ${delegation.endsAt} <= business_now()`,
      })
      .from(delegation)
      .where(and(eq(delegation.id, id), visibleDelegations(viewer, 'delegation')))
      .for('update');
    if (!row) throw notFound();
    const isSide = viewer.id === row.employeeId || viewer.id === row.delegateId;
    if (!isSide && !row.isLed && !staffAdministrators.includes(viewer.role)) throw forbidden();
    if (!row.isOver)
      await tx
        .update(delegation)
        .set({ endedAt: sql`business_now()`, endedById: viewer.id })
        .where(eq(delegation.id, id));
    return id;
  });
}

/**
 * Notifies delegates of periods that have begun or ended, each in a transaction of its own, until there is none left or
 * `isOpen` says no. Any number of instances may run it at once.
 */
export async function turnDelegations(db: Database, isOpen: () => boolean = () => true): Promise<void> {
  while (isOpen() && (await queryJson<boolean>(db, sql`select to_json(turn_delegation())`)));
}

function checkPeriod(startsAt: string, endsAt: string, now: Date): Issue[] {
  const issues = Object.entries({ startsAt, endsAt }).flatMap(([field, text]): Issue[] => {
    const { problem } = checkInstant(text.replace(/\+00$/, 'Z'));
    return problem ? [{ path: [...path, field], ...problem }] : [];
  });
  if (issues.length > 0) return issues;
  const [starts, ends] = [Date.parse(startsAt), Date.parse(endsAt)];
  if (starts < now.getTime() - toleranceMs)
    issues.push({
      path: [...path, 'startsAt'],
      code: 'IN_THE_PAST',
      message: 'A delegation begins now or later. (代理不能早于当前时间开始。)',
    });
  if (ends <= Math.max(starts, now.getTime()) || ends - starts > longestDays * dayMs)
    issues.push({
      path: [...path, 'endsAt'],
      code: 'PERIOD_OUT_OF_BOUNDS',
      message: `It ends after it begins, within ${longestDays} days. (结束时间须晚于开始时间，且不超过 ${longestDays} 天。)`,
    });
  return issues;
}

async function requireDelegator(tx: Database, viewer: Viewer, employeeId: string): Promise<void> {
  if (viewer.id === employeeId || staffAdministrators.includes(viewer.role)) return;
  const [found] = await tx.execute(sql`select where ${leadsTeamOf(viewer, sql`${employeeId}::uuid`)}`);
  if (!found) throw forbidden();
}

/**
 * One at a time for an employee, whose row orders those who enter them. Both rows at once and by their ids, or two who
 * stand in for each other, entered at the same time, would wait for each other.
 */
const lockPersons = (tx: Database, ids: readonly string[]) =>
  tx.execute(sql`select 1 from employee where id = any(${uuids(ids)}) order by id for no key update`);

async function checkPersons(
  tx: Database,
  persons: { employeeId: string; delegateId: string },
): Promise<Issue[]> {
  const roles = await lockActiveEmployees(tx, Object.values(persons));
  const issues = Object.entries(persons).flatMap(([field, id]): Issue[] => {
    const role = roles.get(id);
    if (!role) return [notActive([...path, field])];
    return fileOwners.includes(role) ? [] : [unfitRole([...path, field], fileOwners)];
  });
  if (persons.employeeId === persons.delegateId) issues.push(sameEmployee);
  return issues;
}

async function overlaps(tx: Database, employeeId: string, startsAt: string, endsAt: string) {
  const [found] = await tx.execute(sql`
    select from delegation where employee_id = ${employeeId} and ended_at is null
      and starts_at < ${endsAt}::timestamptz and ends_at > ${startsAt}::timestamptz`);
  return found !== undefined;
}

const sameEmployee: Issue = {
  path: [...path, 'delegateId'],
  code: 'SAME_EMPLOYEE',
  message: 'Must be another employee. (须为其他员工。)',
};

const overlapping: Issue = {
  path: [...path, 'startsAt'],
  code: 'DELEGATION_OVERLAPS',
  message: 'Somebody stands in for them in this period already. (该时间段内已有代理人。)',
};
