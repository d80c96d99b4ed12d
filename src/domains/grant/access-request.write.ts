import { and, eq, getTableColumns, isNull, lte, or, sql } from 'drizzle-orm';
import { type AccessClass, policy, requestableClasses } from '../../core/access/policy.ts';
import { isOwn } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { breaksConstraint } from '../../core/database/constraint.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { insertedId, once } from '../../core/database/idempotency.ts';
import { texts } from '../../core/database/rows.ts';
import { badInput, badInputAt, conflict, forbidden, type Issue, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { columnOf } from '../../core/model/alias.ts';
import { customer } from '../customer/customer.table.ts';
import { countLookup } from '../directory/lookup-limit.ts';
import { accessGrant } from './access-grant.table.ts';
import { checkAccessRequest, checkConsent, checkReason, checkUntil } from './access-request.check.ts';
import { type AccessDecision, type AccessRequestRow, accessRequest } from './access-request.table.ts';
import { approversOf, visibleRequests } from './grant.scope.ts';
import { extendGrant, renewsNothing } from './grant-renewal.write.ts';
import { requestStatus } from './grant-status.enums.ts';
import { overdueFileOfRequester, overdueFiles, overdueGrants } from './overdue.service.ts';

const path = ['input'];
/** Most undecided requests of one employee: nobody has a purpose for more at a time. */
const maxPending = 20;

export interface RequestAccess {
  customerId: string;
  classes: AccessClass[];
  purpose: string;
  /** ISO 8601. */
  until: string;
  idempotencyKey?: string | null;
}

/**
 * Requests the right to read a colleague's file and returns the request's id (a UUID).
 *
 * Errors: NOT_FOUND; FORBIDDEN for a class that the viewer's role may never read; CONFLICT while a request for the same
 * file, or 20 requests for others, are undecided, and for an employee with an overdue file (R109); RATE_LIMITED as for a look-up; BAD_USER_INPUT naming every violation.
 */
export async function requestAccess(db: Database, actor: Actor, input: RequestAccess): Promise<string> {
  const { viewer, now, settings } = actor;
  const longest = settings.grantLongest;
  const { purpose, issues } = checkAccessRequest(input, { now, longest, path });
  const customerId = requireId('cus', input.customerId, [...path, 'customerId'], issues);
  const wanted = [...new Set(input.classes)];
  const kept = wanted.filter((access) => policy[viewer.role].read[access] === 'NONE');
  if (kept.length > 0) {
    throw forbidden('Your role cannot be given this. (您的角色不能获得此类信息。)', { classes: kept });
  }
  const attempt = { viewerId: viewer.id, operation: 'requestAccess', key: input.idempotencyKey, input };
  try {
    return await writeAs(db, originOf(actor), async (tx) => {
      const { id } = await once(tx, attempt, async (newId) => {
        // A request gives its requester the file's card, as a look-up in the directory does, so it counts as one. The
        // count is locked until the request is made, so that parallel ones cannot exceed the maximum together.
        await countLookup(tx, viewer.id, now, settings);
        const { isOwn, pending, overdue } = await findFile(tx, viewer, customerId);
        issues.push(...checkClasses(viewer, wanted, isOwn));
        if (issues.length > 0) throw badInput(issues);
        if (overdue.length > 0) throw overdueFiles(overdue);
        if (pending >= maxPending) {
          throw conflict('You have too many open requests. (您的待审批申请过多。)', { maximum: maxPending });
        }
        await lapse(tx, viewer, customerId);
        const classes = wanted.filter((access) => access !== 'card' && access !== 'basic');
        const row = { id: newId, customerId, requesterId: viewer.id, classes, purpose, until: input.until };
        const requested = {
          customerId: sql`${customerId}::uuid`,
          requesterId: sql`${viewer.id}::uuid`,
          classes: texts(classes),
        };
        return insertedId(
          tx
            .insert(accessRequest)
            .values({ ...row, toldIds: sql`array(${approversOf(requested)})` })
            .returning({ id: accessRequest.id }),
        );
      });
      return id;
    });
  } catch (error) {
    if (!breaksConstraint(error, 'access_request_open_key')) throw error;
    throw conflict('You have requested this file already. (您已申请过此档案，请等待审批或先撤回。)');
  }
}

/** Any file may be requested: that it exists is no secret, since its card is in the directory. */
async function findFile(tx: Database, viewer: Viewer, customerId: string) {
  const [file] = await tx
    .select({
      isOwn: sql<boolean>`${isOwn(viewer, customer)}`,
      overdue: overdueGrants(sql`${viewer.id}::uuid`),
      pending: sql<number>`(select count(*)::int from access_request r where r.requester_id = ${viewer.id} and r.decision is null and r.until > business_now())`,
    })
    .from(customer)
    .where(eq(customer.id, customerId));
  if (!file) throw notFound();
  return file;
}

/** A grant must give the viewer something that they do not have. */
function checkClasses(viewer: Viewer, wanted: AccessClass[], isOwn: boolean): Issue[] {
  const { read, files } = policy[viewer.role];
  const isRead = (access: AccessClass) => read[access] === 'ALL' || (isOwn && read[access] === 'OWN');
  const opensFile = files === 'OWN' && !isOwn;
  const at = (code: string, message: string): Issue[] => [{ path: [...path, 'classes'], code, message }];
  const names = (classes: AccessClass[]) => classes.join(', ').toUpperCase();
  const requestedClasses = wanted.filter((access) => access !== 'card' && access !== 'basic');
  const readAnyway = requestedClasses.filter(isRead);
  if (readAnyway.length > 0) {
    const message = `You read ${names(readAnyway)} of this file anyway. (您已可查看 ${names(readAnyway)}。)`;
    return at('ALREADY_READABLE', message);
  }
  if (requestedClasses.length > 0 || opensFile) return [];
  const message = `Name one of: ${names(requestableClasses(viewer.role))}. (请指定要申请的信息类别。)`;
  return at('NOTHING_REQUESTED', message);
}

/** Settles a request that nobody decided in time, so that the viewer can make a new one. */
const lapse = (tx: Database, viewer: Viewer, customerId: string) =>
  tx
    .update(accessRequest)
    .set({ decision: 'LAPSED', decidedAt: sql`business_now()` })
    .where(
      and(
        eq(accessRequest.requesterId, viewer.id),
        eq(accessRequest.customerId, customerId),
        isNull(accessRequest.decision),
        or(lte(accessRequest.until, sql`business_now()`), renewsNothing),
      ),
    );

export interface ApproveAccess {
  requestId: string;
  consentReference?: string | null;
  /** An earlier end of the grant than requested. */
  until?: string | null;
}

/**
 * Approves a request and returns its id: the grant is in force when this returns.
 *
 * Errors: NOT_FOUND, FORBIDDEN unless the viewer is one of its approvers, CONFLICT when it is settled or its period is
 * over, or its requester has an overdue file, BAD_USER_INPUT (class special needs the reference of the recorded consent).
 */
export function approveAccess(db: Database, actor: Actor, input: ApproveAccess): Promise<string> {
  const id = requireId('req', input.requestId, [...path, 'requestId']);
  return writeAs(db, originOf(actor), async (tx) => {
    const request = await lockForDecision(tx, actor, id);
    const expiresAt = input.until ?? request.until;
    // A renewal goes by the consent that the grant has.
    const isNeeded = request.classes.includes('special') && request.renewsId === null;
    const { consentReference, issues } = checkConsent(input.consentReference, { isNeeded, path });
    issues.push(...checkUntil(expiresAt, { now: actor.now, longest: actor.settings.grantLongest, path }));
    if (issues.length > 0) throw badInput(issues);
    if (Date.parse(expiresAt) > Date.parse(request.until)) {
      throw badInputAt(
        [...path, 'until'],
        'LATER_THAN_ASKED',
        'Must not be later than requested. (不得晚于申请的截止时间。)',
      );
    }
    if (request.isOverdue) throw overdueFileOfRequester();
    const { customerId, requesterId: granteeId, classes, purpose, renewsId } = request;
    if (renewsId !== null) {
      await extendGrant(tx, renewsId, { expiresAt, consentReference, now: actor.now });
      await settle(tx, actor.viewer, id, { decision: 'APPROVED' });
      return id;
    }
    const grantId = await insertedId(
      tx
        .insert(accessGrant)
        .values({
          customerId,
          granteeId,
          classes,
          purpose,
          consentReference,
          grantedById: actor.viewer.id,
          expiresAt,
        })
        .returning({ id: accessGrant.id }),
    );
    await settle(tx, actor.viewer, id, { decision: 'APPROVED', grantId });
    return id;
  });
}

export interface DeclineAccess {
  requestId: string;
  reason?: string | null;
}

/** Declines a request and returns its id. Errors: as {@link approveAccess}. */
export function declineAccess(db: Database, actor: Actor, input: DeclineAccess): Promise<string> {
  const { reason, issues } = checkReason(input.reason, path);
  const id = requireId('req', input.requestId, [...path, 'requestId'], issues);
  return writeAs(db, originOf(actor), async (tx) => {
    await lockForDecision(tx, actor, id);
    if (issues.length > 0) throw badInput(issues);
    await settle(tx, actor.viewer, id, { decision: 'DECLINED', decisionReason: reason });
    return id;
  });
}

/** Withdraws the viewer's own request and returns its id. Errors: NOT_FOUND, FORBIDDEN, CONFLICT when it is settled. */
export function withdrawAccess(db: Database, actor: Actor, input: { requestId: string }): Promise<string> {
  const id = requireId('req', input.requestId, [...path, 'requestId']);
  return writeAs(db, originOf(actor), async (tx) => {
    const request = await lockRequest(tx, actor.viewer, id);
    if (request.requesterId !== actor.viewer.id) throw forbidden();
    requirePending(request, actor.now);
    await settle(tx, actor.viewer, id, { decision: 'WITHDRAWN' });
    return id;
  });
}

interface LockedRequest extends AccessRequestRow {
  isApprover: boolean;
  /** The requester has a file that is overdue. */
  isOverdue: boolean;
}

async function lockForDecision(tx: Database, { viewer, now }: Actor, id: string): Promise<LockedRequest> {
  const request = await lockRequest(tx, viewer, id);
  if (!request.isApprover) throw forbidden();
  requirePending(request, now);
  return request;
}

/** Locks a request and returns it as it is now, and whether the viewer is one of its approvers and its requester has an overdue file. Errors: NOT_FOUND. */
async function lockRequest(tx: Database, viewer: Viewer, id: string): Promise<LockedRequest> {
  // The file is locked first, as in every write to a file: a grant is an event of the file.
  await tx.execute(sql`
    select 1 from customer where id = (select customer_id from access_request where id = ${id}) for no key update`);
  const column = (name: string) => columnOf('access_request', name);
  const approverIds = approversOf({
    customerId: column('customer_id'),
    requesterId: column('requester_id'),
    classes: column('classes'),
  });
  const [request] = await tx
    .select({
      ...getTableColumns(accessRequest),
      isApprover: sql<boolean>`${viewer.id}::uuid in (${approverIds})`,
      isOverdue: sql<boolean>`json_array_length(${overdueGrants(column('requester_id'))}) > 0`,
    })
    .from(accessRequest)
    .where(and(eq(accessRequest.id, id), visibleRequests(viewer, 'access_request')))
    .for('update');
  if (!request) throw notFound();
  return request;
}

function requirePending(request: AccessRequestRow, now: Date): void {
  const status = requestStatus(request, now);
  if (status === 'PENDING') return;
  throw conflict('This request is settled already. (该申请已处理。)', { status });
}

interface Settlement {
  decision: AccessDecision;
  decisionReason?: string | null;
  grantId?: string;
}

const settle = (tx: Database, viewer: Viewer, id: string, settlement: Settlement) =>
  tx
    .update(accessRequest)
    .set({ ...settlement, decidedById: viewer.id, decidedAt: sql`business_now()` })
    .where(eq(accessRequest.id, id));
