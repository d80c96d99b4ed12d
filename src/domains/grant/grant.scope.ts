import { type SQL, sql } from 'drizzle-orm';
import { approvers, overseers } from '../../core/access/policy.ts';
import { isKept } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';

/** Grants that the viewer can see: as grantee, approver, who decides about the file, or the owner's team leader; overseers all. */
export const visibleGrants = (viewer: Viewer, alias: Alias): SQL =>
  overseers.includes(viewer.role)
    ? sql`true`
    : sql`(${columnOf(alias, 'grantee_id')} = ${viewer.id}::uuid or ${columnOf(alias, 'granted_by_id')} = ${viewer.id}::uuid
        or ${owns(viewer, alias)} or ${leads(viewer, alias)})`;

/** Requests that the viewer can see: their own, and those for files they decide about or their team owns; overseers all. */
export const visibleRequests = (viewer: Viewer, alias: Alias): SQL =>
  overseers.includes(viewer.role)
    ? sql`true`
    : sql`(${columnOf(alias, 'requester_id')} = ${viewer.id}::uuid or ${owns(viewer, alias)} or ${leads(viewer, alias)})`;

const owns = (viewer: Viewer, alias: Alias): SQL =>
  sql`exists (select from customer gf where gf.id = ${columnOf(alias, 'customer_id')} and ${isKept(viewer, fileColumnsOf('gf'))})`;

const leads = (viewer: Viewer, alias: Alias): SQL =>
  sql`exists (select from customer lf join employee lo on lo.id = lf.owner_id join team lt on lt.id = lo.team_id
              where lf.id = ${columnOf(alias, 'customer_id')} and lt.leader_id = ${viewer.id}::uuid)`;

/** The columns of a request that determine who may decide it. */
export interface RequestColumns {
  customerId: SQL;
  requesterId: SQL;
  /** A `text[]`. */
  classes: SQL;
}

/**
 * A sub-select of the ids of those who may decide a request now, by the policy's {@link approvers}: for class special
 * the roles listed there; otherwise the leader of the owner's team, or without one the roles that stand in. Never the
 * requester.
 */
export const approversOf = ({ customerId, requesterId, classes }: RequestColumns): SQL => sql`
  select approver.id from employee approver
  left join (select leader.id from customer af
             join employee owner on owner.id = af.owner_id
             join team on team.id = owner.team_id
             join employee leader on leader.id = team.leader_id and leader.disabled_at is null
             where af.id = ${customerId} and leader.id <> ${requesterId}) leader on true
  where approver.disabled_at is null and approver.id <> ${requesterId}
    and case when 'special' = any(${classes}) then approver.role in ${names(approvers.special)}
             when leader.id is not null then approver.id = leader.id
             else approver.role in ${names(approvers.standIn)} end`;

const names = (roles: readonly string[]): SQL =>
  sql`(${sql.join(
    roles.map((role) => sql`${role}`),
    sql`, `,
  )})`;
