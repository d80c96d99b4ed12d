import { and, eq, getTableColumns, isNull, type SQL, sql } from 'drizzle-orm';
import { policy } from '../../core/access/policy.ts';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { breaksConstraint } from '../../core/database/constraint.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { insertedId } from '../../core/database/idempotency.ts';
import { texts } from '../../core/database/rows.ts';
import { badInput, badInputAt, conflict, forbidden } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { type AccessGrantRow, accessGrant } from './access-grant.table.ts';
import { lockGrant } from './access-grant.write.ts';
import { checkUntil } from './access-request.check.ts';
import { type AccessRequestRow, accessRequest } from './access-request.table.ts';
import { approversOf } from './grant.scope.ts';
import { grantStatus } from './grant-status.enums.ts';
import { overdueFiles, overdueGrants } from './overdue.service.ts';

const path = ['input'];

export interface RenewGrant {
  grantId: string;
  /** ISO 8601. */
  until: string;
}

/**
 * Requests a later end of a grant in force (续借, R108), for its grantee, and returns the request's id (a UUID). It is decided
 * like any other; approved, the grant itself runs on. A repeated call returns the request that is undecided.
 *
 * Errors: NOT_FOUND; FORBIDDEN for another's grant, or a class that the role may no longer read; CONFLICT for a grant that has
 * ended or is overdue, for an employee with an overdue file (R109), or while another request for the file is undecided;
 * BAD_USER_INPUT for an end that is not later, or further ahead than a grant may last.
 */
export async function renewGrant(db: Database, actor: Actor, input: RenewGrant): Promise<string> {
  const { viewer, now, settings } = actor;
  const issues = checkUntil(input.until, { now, longest: settings.grantLongest, path });
  const id = requireId('grant', input.grantId, [...path, 'grantId'], issues);
  try {
    return await writeAs(db, originOf(actor), async (tx) => {
      const grant = await lockGrant(tx, viewer, id);
      if (grant.granteeId !== viewer.id) throw forbidden();
      const classes = grant.classes as (keyof (typeof policy)[typeof viewer.role]['read'])[];
      if (classes.some((access) => policy[viewer.role].read[access] === 'NONE')) throw forbidden();
      if (issues.length > 0) throw badInput(issues);
      requireRunning(grant, now);
      requireLater(input.until, grant);
      const { pendingId, overdue } = await findObstacles(tx, grant, input.until);
      if (pendingId) return pendingId;
      if (overdue.length > 0) throw overdueFiles(overdue);
      const { customerId, purpose } = grant;
      const renewal = { customerId, requesterId: viewer.id, classes: grant.classes, purpose, renewsId: id };
      const toldIds = sql`array(${approversOf(columnsOf(renewal))})`;
      return insertedId(
        tx
          .insert(accessRequest)
          .values({ ...renewal, until: input.until, toldIds })
          .returning({ id: accessRequest.id }),
      );
    });
  } catch (error) {
    if (!breaksConstraint(error, 'access_request_open_key')) throw error;
    throw conflict('You have requested this file already. (您已申请过此档案，请等待审批或先撤回。)');
  }
}

const columnsOf = ({
  customerId,
  requesterId,
  classes,
}: Pick<AccessRequestRow, 'customerId' | 'requesterId' | 'classes'>) => ({
  customerId: sql`${customerId}::uuid`,
  requesterId: sql`${requesterId}::uuid`,
  classes: texts(classes),
});

/** The same renewal, undecided yet, and the grantee's overdue files. One statement. */
async function findObstacles(tx: Database, { id, granteeId }: AccessGrantRow, until: string) {
  const [found] = await tx.execute<{ pending_id: string | null; overdue: string[] }>(sql`
    select (select r.id from access_request r where r.renews_id = ${id}::uuid and r.decision is null
            and r.until = ${until}::timestamptz) as pending_id,
           ${overdueGrants(sql`${granteeId}::uuid`)} as overdue`);
  return { pendingId: found?.pending_id ?? null, overdue: found?.overdue ?? [] };
}

function requireRunning(grant: AccessGrantRow, now: Date): void {
  const status = grantStatus(grant, now);
  if (status === 'ACTIVE') return;
  const message =
    status === 'OVERDUE'
      ? 'The file is overdue: return it, then request it again. (档案已逾期，请先归还再申请。)'
      : 'This grant has ended. (该授权已终止。)';
  throw conflict(message, { status });
}

function requireLater(until: string, { expiresAt }: AccessGrantRow): void {
  if (Date.parse(until) > Date.parse(expiresAt)) return;
  throw badInputAt(
    [...path, 'until'],
    'NOT_LATER',
    'Must be later than the present end. (须晚于现有的到期时间。)',
  );
}

/** What an approval gives a grant that it renews. */
interface Renewal {
  expiresAt: string;
  consentReference: string | null;
  now: Date;
}

/**
 * Lets a grant run on, as its approved renewal says; the caller has locked the file. The reference of the recorded consent
 * stays unless there is another.
 *
 * Errors: CONFLICT for a grant that has ended or run out meanwhile, BAD_USER_INPUT for an end that is not later.
 */
export async function extendGrant(
  tx: Database,
  id: string,
  { expiresAt, consentReference, now }: Renewal,
): Promise<void> {
  const [grant] = await tx
    .select(getTableColumns(accessGrant))
    .from(accessGrant)
    .where(eq(accessGrant.id, id))
    .for('update');
  if (!grant) throw conflict('This grant has ended. (该授权已终止。)', { status: 'ENDED' });
  requireRunning(grant, now);
  requireLater(expiresAt, grant);
  await tx
    .update(accessGrant)
    .set({ expiresAt, ...(consentReference !== null && { consentReference }) })
    .where(and(eq(accessGrant.id, id), isNull(accessGrant.endedAt)));
}

/** Whether the grant that an undecided request renews is over, so that nothing is left to decide. */
export const renewsNothing: SQL = sql`exists (select from access_grant g where g.id = ${accessRequest.renewsId}
  and (g.ended_at is not null or g.expires_at <= business_now()))`;
