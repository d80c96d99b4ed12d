import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { custodians, fileOwners } from '../../core/access/policy.ts';
import type { Role } from '../../core/access/role.ts';
import { breaksConstraint } from '../../core/database/constraint.ts';
import type { Database } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';
import { conflict } from '../../core/errors.ts';
import { customerCoOwner } from '../co-owner/co-owner.table.ts';
import { delegation } from '../delegation/delegation.table.ts';
import { accessGrant } from '../grant/access-grant.table.ts';
import { accessRequest } from '../grant/access-request.table.ts';
import { endSessionsOf } from '../session/session.service.ts';
import { lockFilesOf } from '../task/task.lock.ts';
import { passOnTasks } from '../task/task-handover.write.ts';
import { employee } from './employee.table.ts';

/**
 * Ends what an employee may do in colleagues' files, because they leave or change post: the grants they hold, their
 * co-ownerships, their standing in for others, and their pending requests, which are withdrawn. Who stands in for them
 * goes on doing so for what they keep, unless they leave (`isLeaving`).
 */
export async function endSharesOf(
  tx: Database,
  employeeId: string,
  actorId: string,
  { isLeaving }: { isLeaving: boolean },
): Promise<void> {
  await tx
    .update(accessGrant)
    .set({ endedAt: sql`business_now()`, endReason: 'HANDOVER', endedById: actorId })
    .where(and(eq(accessGrant.granteeId, employeeId), isNull(accessGrant.endedAt)));
  await endCoOwnershipsOf(tx, employeeId);
  await endDelegationsOf(tx, employeeId, actorId, { isLeaving });
  await tx
    .update(accessRequest)
    .set({ decision: 'WITHDRAWN', decidedById: actorId, decidedAt: sql`business_now()` })
    .where(and(eq(accessRequest.requesterId, employeeId), isNull(accessRequest.decision)));
}

/** Ends an employee's standing in for others, now and later; if they leave, others' standing in for them too. */
export const endDelegationsOf = (
  tx: Database,
  employeeId: string,
  actorId: string,
  { isLeaving }: { isLeaving: boolean },
) =>
  tx
    .update(delegation)
    .set({ endedAt: sql`business_now()`, endedById: actorId })
    .where(openDelegationsOf(employeeId, isLeaving));

/** The condition for delegations of an employee that are not over: those that end as {@link endDelegationsOf} says. */
export const openDelegationsOf = (employeeId: string, isLeaving: boolean): SQL => sql`
  ${employeeId}::uuid in (${delegation.delegateId}, case when ${isLeaving}::boolean then ${delegation.employeeId} end)
  and ${delegation.endedAt} is null and ${delegation.endsAt} > business_now()`;

/**
 * Locks the files of an employee's open tasks, co-ownerships and grants, which are about to end: before any lock on
 * employees, as in every write to a file.
 */
export const lockSharedFilesOf = (tx: Database, employeeId: string) => {
  const id = sql`${employeeId}::uuid`;
  return lockFilesOf(
    tx,
    sql`select customer_id from task where assignee_id = ${id} and state = 'OPEN' and customer_id is not null
        union all select customer_id from customer_coowner where employee_id = ${id}
        union all select customer_id from access_grant where grantee_id = ${id} and ended_at is null`,
  );
};

/** Ends an employee's being a co-owner, of archived files too. */
export const endCoOwnershipsOf = (tx: Database, employeeId: string) =>
  tx.delete(customerCoOwner).where(eq(customerCoOwner.employeeId, employeeId));

/** How much an employee has to hand over, archived files included. */
export interface Kept {
  [column: string]: unknown;
  /** UUID. */
  id: string;
  customers: number;
  custodianships: number;
  openDeals: number;
  /** Of these, the deals in colleagues' files. */
  dealsElsewhere: number;
  /** Of the customers, those that are not archived. */
  activeCustomers: number;
  activeCustodianships: number;
}

/** What each of these employees (UUIDs) has to hand over. One statement. */
export const findKept = (db: Database, ids: readonly string[]): Promise<Kept[]> =>
  db.execute<Kept>(sql`
    select e.id, (select count(*)::int from customer where owner_id = e.id) as customers,
      (select count(*)::int from customer where custodian_id = e.id) as custodianships,
      (select count(*)::int from deal where owner_id = e.id and stage = 'OPEN') as "openDeals",
      (select count(*)::int from deal d join customer f on f.id = d.customer_id
       where d.owner_id = e.id and d.stage = 'OPEN' and f.owner_id <> e.id) as "dealsElsewhere",
      (select count(*)::int from customer where owner_id = e.id and archived_at is null) as "activeCustomers",
      (select count(*)::int from customer where custodian_id = e.id and archived_at is null) as "activeCustodianships"
    from ${employee} e where e.id = any(${uuids(ids)})`);

/** The message for an employee who has what nobody in this role can have; null if nothing needs handing over. */
export function mustHandOver(role: Role, { customers, custodianships, openDeals }: Kept): string | null {
  const owned = fileOwners.includes(role) ? 0 : customers;
  const kept = custodians.includes(role) ? 0 : custodianships;
  const deals = fileOwners.includes(role) ? 0 : openDeals;
  if (owned + kept + deals === 0) return null;
  return (
    `They own ${owned} files and ${deals} open deals and are custodian of ${kept} files, which role ${role} does not allow; hand these over first with handOverFiles. ` +
    `(该员工名下有 ${owned} 份档案、${deals} 个进行中商机，并任 ${kept} 份档案的责任人，${role} 角色不能承担，请先办理移交。)`
  );
}

/**
 * Locks an employee out: requests and sockets are refused from the commit on. The database itself refuses, at the
 * commit, to leave an active file without an active owner: see {@link namingOrphans}. Their open tasks are passed on.
 *
 * Errors: CONFLICT while they are custodian of active files, or own open deals in colleagues' files.
 */
export async function lockOut(tx: Database, employeeId: string, actorId: string): Promise<void> {
  const [kept] = await findKept(tx, [employeeId]);
  // An employee who also owns active files is refused for those, by the database.
  if (kept && kept.activeCustomers === 0 && kept.activeCustodianships + kept.dealsElsewhere > 0) {
    const { activeCustodianships: custodianships, dealsElsewhere: openDeals } = kept;
    throw conflict(
      `They are custodian of ${custodianships} active files and own ${openDeals} open deals in colleagues' files; hand these over first with handOverFiles. ` +
        `(该员工仍是 ${custodianships} 份在管档案的责任人，并有 ${openDeals} 个他人档案中的进行中商机，请先办理移交。)`,
      {
        reason: custodianships > 0 ? 'ACTIVE_FILES_WITHOUT_CUSTODIAN' : 'OPEN_DEALS_WITHOUT_OWNER',
        custodianships,
        openDeals,
      },
    );
  }
  await passOnTasks(tx, employeeId, actorId);
  await tx.update(employee).set({ disabledAt: sql`business_now()` }).where(eq(employee.id, employeeId));
  await endSessionsOf(tx, employeeId, 'DISABLED');
}

/** Turns the database's refusal to leave active files without an active owner into CONFLICT. */
export async function namingOrphans<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!breaksConstraint(error, 'customer_active_owner')) throw error;
    throw conflict(
      'An active file would be left without an active owner; hand the files over first. (在管档案将无对接人，请先移交档案。)',
      { reason: 'ACTIVE_FILES_WITHOUT_OWNER' },
    );
  }
}
