import { inArray, or, type SQL, sql } from 'drizzle-orm';
import { custodians, fileOwners, segmentReceivers } from '../../core/access/policy.ts';
import type { Role } from '../../core/access/role.ts';
import type { Database } from '../../core/database/database.ts';
import { badInput, conflict, type Issue, notFound } from '../../core/errors.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import type { Filter } from '../../core/model/filter.ts';
import { notActive, unfitRole } from '../employee/employee.reference.ts';
import { employee } from '../employee/employee.table.ts';
import type { Effect, Rule } from './handover.plan.ts';
import type { HandoverReason } from './handover.table.ts';

const path = ['input'];
const maxRules = 20;

export interface HandOverFiles {
  fromEmployeeId: string;
  rules: { filter?: object | null; toEmployeeId: string }[];
  segmentsToEmployeeId?: string | null;
  disable?: boolean | null;
  reason?: HandoverReason | null;
  /** `state` of the preview; null without one. */
  expectedState?: string | null;
}

/** An employee whom the input names as a receiver, and the path where it does. */
interface Receiver {
  /** UUID. */
  id: string;
  path: (string | number)[];
  /** Whether they are to receive files, or only segments. */
  ofFiles: boolean;
}

export interface Rules {
  rules: Rule[];
  /** UUID; null where the segments stay. */
  segmentsToId: string | null;
  receivers: Receiver[];
  issues: Issue[];
}

/**
 * Reads who receives what from the input, and every issue that needs no database; whether the employees exist is not
 * checked. With issues, the rules are incomplete and must not be used.
 */
export function readRules(input: HandOverFiles, fromId: string | null): Rules {
  const receivers: Receiver[] = [];
  const issues: Issue[] = [];
  const readId = (text: string, ...at: (string | number)[]): string => {
    const place = [...path, ...at];
    const { value = '', problem } = checkId('emp', text);
    if (problem) issues.push({ path: place, ...problem });
    else receivers.push({ id: value, path: place, ofFiles: at[0] === 'rules' });
    return value;
  };
  if (input.rules.length < 1 || input.rules.length > maxRules) {
    const message = `1 to ${maxRules} rules. (规则须为 1 至 ${maxRules} 条。)`;
    issues.push({ path: [...path, 'rules'], code: 'RULE_COUNT', message });
  }
  const rules = input.rules.map(({ filter, toEmployeeId }, index): Rule => {
    const toId = readId(toEmployeeId, 'rules', index, 'toEmployeeId');
    if (toId === fromId) {
      const message = 'Must be another employee. (须为其他员工。)';
      issues.push({ path: [...path, 'rules', index, 'toEmployeeId'], code: 'SAME_EMPLOYEE', message });
    }
    return { filter: (filter as Filter | undefined) ?? null, toId };
  });
  const lastId = input.disable ? (rules.at(-1)?.toId ?? null) : null;
  const segmentsToId = input.segmentsToEmployeeId
    ? readId(input.segmentsToEmployeeId, 'segmentsToEmployeeId')
    : lastId;
  return { rules, segmentsToId, receivers, issues };
}

/**
 * The roles, by UUID, of the employees named and of the file owners who may get open deals. With `lock`, none of them
 * can be disabled or change role until the transaction ends.
 *
 * Errors: NOT_FOUND for the employee, BAD_USER_INPUT with the issues of the input, and for receivers who are not active
 * or whose role cannot have files or may not read segments that others wrote.
 */
export async function requireReceivers(
  db: Database,
  fromId: string,
  { receivers, issues }: Pick<Rules, 'receivers' | 'issues'>,
  { lock }: { lock: boolean },
): Promise<ReadonlyMap<string, Role>> {
  const query = db
    .select({ id: employee.id, role: employee.role, isActive: sql<boolean>`${employee.disabledAt} is null` })
    .from(employee)
    .where(
      or(
        inArray(employee.id, [fromId, ...receivers.map(({ id }) => id)]),
        sql`${employee.id} in (select f.owner_id from customer f where f.id in (${filesOfDeals(fromId)}))`,
      ),
    )
    .orderBy(employee.id);
  const found = await (lock ? query.for('no key update') : query);
  if (!found.some(({ id }) => id === fromId)) throw notFound();
  const roles = new Map(found.filter(({ isActive }) => isActive).map(({ id, role }) => [id, role]));
  const unfit = receivers.flatMap(({ id, path: place, ofFiles }): Issue[] => {
    const role = roles.get(id);
    if (!role) return [notActive(place)];
    const able = ofFiles ? custodians : segmentReceivers;
    return able.includes(role) ? [] : [unfitRole(place, able)];
  });
  if (issues.length + unfit.length > 0) throw badInput([...issues, ...unfit]);
  return roles;
}

/** The files (UUIDs) in which an employee has open deals. */
export const filesOfDeals = (employeeId: string): SQL =>
  sql`select customer_id from deal where owner_id = ${employeeId}::uuid and stage = 'OPEN'`;

/** Errors: CONFLICT where an open deal would go to a file owner who has left or whose role can own none. */
export function requireDealOwners({ filesInTheWay: fileNumbers }: Effect): void {
  if (fileNumbers.length === 0) return;
  const named = fileNumbers.join(', ');
  throw conflict(
    `Open deals are in files whose owner cannot take them: ${named}; give these files another owner first. (商机所在档案的对接人不能承接：${named}，请先更换其对接人。)`,
    { reason: 'OPEN_DEALS_WITHOUT_OWNER', fileNumbers },
  );
}

/** Errors: BAD_USER_INPUT where a receiver would own files but has a role that can only be custodian. */
export function requireOwners(
  { rules }: Pick<Rules, 'rules'>,
  roles: ReadonlyMap<string, Role>,
  ownerIds: readonly string[],
): void {
  const unfit = rules.flatMap(({ toId }, index): Issue[] => {
    const role = roles.get(toId);
    if (!ownerIds.includes(toId) || !role || fileOwners.includes(role)) return [];
    return [unfitRole([...path, 'rules', index, 'toEmployeeId'], fileOwners)];
  });
  if (unfit.length > 0) throw badInput(unfit);
}
