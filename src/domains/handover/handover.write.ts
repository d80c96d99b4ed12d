import { and, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { LogUses } from '../../core/access/access-log-port.ts';
import { assigners, staffAdministrators } from '../../core/access/policy.ts';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { insertedId } from '../../core/database/idempotency.ts';
import { badInput, badInputAt, collectIssues, conflict, forbidden, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { newShape } from '../../core/model/query-cost.ts';
import { endSharesOf, lockOut, namingOrphans } from '../employee/employee.offboarding.ts';
import { segment } from '../segment/segment.table.ts';
import { moveTasksOfFiles } from '../task/task-handover.write.ts';
import { type Effect, effectOf, planOf, type Rule, readPlan } from './handover.plan.ts';
import {
  filesOfDeals,
  type HandOverFiles,
  readRules,
  requireDealOwners,
  requireOwners,
  requireReceivers,
} from './handover.rules.ts';
import { visibleHandovers } from './handover.scope.ts';
import { handover, handoverReception } from './handover.table.ts';

const path = ['input'];

/** The UUID of the employee who hands over. Reports every issue of the input that needs no employee to be read. */
async function readFrom(db: Database, actor: Actor, input: HandOverFiles): Promise<string> {
  const unread = () => readRules(input, null);
  const fromId = await collectIssues(
    () => requireId('emp', input.fromEmployeeId, [...path, 'fromEmployeeId']),
    () => Promise.reject(badInput(unread().issues)),
    () => planOf(db, actor, actor.viewer.id, unread().rules),
  );
  const { viewer } = actor;
  const mayDisable = staffAdministrators.includes(viewer.role) && fromId !== viewer.id;
  if (input.disable && !mayDisable) throw forbidden();
  return fromId;
}

/**
 * The plan to run. Every outcome, each refusal as well, depends on which files its filters select, so their uses are
 * logged before it runs.
 */
async function loggedPlan(
  db: Database,
  actor: Actor,
  fromId: string,
  rules: Rule[],
  logUses: LogUses,
): Promise<SQL> {
  const shape = newShape();
  const plan = await planOf(db, { ...actor, shape }, fromId, rules);
  await logUses(shape.uses);
  return plan;
}

/** What {@link handOverFiles} would do with the same input now. Errors: the same, but an empty handover is allowed. */
export async function previewHandover(
  db: Database,
  actor: Actor,
  input: HandOverFiles,
  logUses: LogUses,
): Promise<Effect> {
  const fromId = await readFrom(db, actor, input);
  const read = readRules(input, fromId);
  const planned = () => planOf(db, actor, fromId, read.rules);
  const roles = await collectIssues(() => requireReceivers(db, fromId, read, { lock: false }), planned);
  const plan = await loggedPlan(db, actor, fromId, read.rules, logUses);
  const effect = await effectOf(db, plan, { ...read, fromId, isLeaving: input.disable ?? false });
  requireOwners(read, roles, ownersIn(effect));
  requireDealOwners(effect);
  return effect;
}

const ownersIn = ({ recipients }: Effect): string[] =>
  recipients.filter(({ customers }) => customers > 0).map(({ employeeId }) => employeeId);

/**
 * Hands an employee's files over, archived ones too, in one transaction: changes owner and custodian of the files,
 * moves open deals and segments, ends the grants and co-ownerships the employee holds and, if requested, disables the
 * employee. Returns
 * the handover's id.
 *
 * Both sides receive the events of it through the change log, as with any change of owner.
 *
 * Errors: NOT_FOUND for the employee, FORBIDDEN (only administrators disable, nobody themselves; a filter on a field
 * the viewer may not read), BAD_USER_INPUT naming the violations and for a handover that moves nothing, CONFLICT when an
 * active file would be left without an active owner or custodian, an open deal would go to an owner who cannot have it,
 * or the state is no longer `expectedState`.
 */
export async function handOverFiles(
  db: Database,
  actor: Actor,
  input: HandOverFiles,
  logUses: LogUses,
): Promise<string> {
  const { viewer } = actor;
  const disable = input.disable ?? false;
  const fromId = await readFrom(db, actor, input);
  const read = readRules(input, fromId);
  return namingOrphans(() =>
    writeAs(db, originOf(actor), async (tx) => {
      await lockFilesOf(tx, fromId);
      const planned = () => planOf(tx, actor, fromId, read.rules);
      const roles = await collectIssues(() => requireReceivers(tx, fromId, read, { lock: true }), planned);
      const plan = await readPlan(tx, await loggedPlan(tx, actor, fromId, read.rules, logUses));
      const effect = await effectOf(tx, plan, { ...read, fromId, isLeaving: disable });
      if (input.expectedState != null && input.expectedState !== effect.state) throw changedSinceShown();
      requireOwners(read, roles, ownersIn(effect));
      requireDealOwners(effect);
      if (isEmpty(effect)) throw nothingMoves();
      const reason = input.reason ?? (disable ? 'LEAVING' : 'CHANGE_OF_POST');
      const {
        customers,
        archivedCustomers,
        custodianships,
        deals,
        grants,
        coOwnerships,
        delegations,
        segments,
      } = effect;
      const counts = {
        customers,
        archivedCustomers,
        custodianships,
        deals,
        grants,
        coOwnerships,
        delegations,
        segments,
      };
      const record = {
        fromEmployeeId: fromId,
        performedById: viewer.id,
        reason,
        disabled: disable,
        ...counts,
        segmentsToId: segments > 0 ? read.segmentsToId : null,
        // Only files need confirmation: where nobody received any, the handover is confirmed at once.
        ...(effect.recipients.length === 0 && { confirmedAt: sql`business_now()` }),
      };
      const id = await insertedId(tx.insert(handover).values(record).returning({ id: handover.id }));
      await moveFiles(tx, id, plan, effect);
      await moveDeals(tx, fromId);
      await moveTasksOfFiles(tx, fromId, id);
      await endSharesOf(tx, fromId, viewer.id, { isLeaving: disable });
      if (read.segmentsToId !== null) await moveSegments(tx, fromId, read.segmentsToId);
      if (disable) await lockOut(tx, fromId, viewer.id);
      return id;
    }),
  );
}

/** Whether nothing is handed over. Ending what the employee may do in colleagues' files does not count. */
const isEmpty = ({ customers, custodianships, deals, segments }: Effect): boolean =>
  customers + custodianships + deals + segments === 0;

const nothingMoves = () =>
  badInputAt(
    [...path, 'rules'],
    'NOTHING_TO_HAND_OVER',
    'There is nothing that these rules would hand over. (按此规则没有可移交的内容。)',
  );

const changedSinceShown = () =>
  conflict(
    'What would be handed over has changed since it was shown; look at the preview again. (移交内容在预览后已变更，请重新预览。)',
    { reason: 'HANDOVER_CHANGED' },
  );

/** Files are locked first and in id order, as in every write to several files; employees after them. */
const lockFilesOf = (tx: Database, fromId: string) =>
  tx.execute(
    sql`select 1 from customer where owner_id = ${fromId} or custodian_id = ${fromId} or id in (${filesOfDeals(fromId)})
          or id in (select customer_id from task where assignee_id = ${fromId} and state = 'OPEN')
          or id in (select customer_id from customer_coowner where employee_id = ${fromId})
          or id in (select customer_id from access_grant where grantee_id = ${fromId} and ended_at is null)
        order by id for no key update`,
  );

/** Records who receives which file and makes them its owner and custodian; one statement for each step. */
async function moveFiles(tx: Database, id: string, plan: SQL, { recipients }: Effect): Promise<void> {
  if (recipients.length === 0) return;
  await tx.insert(handoverReception).values(
    recipients.map(({ employeeId, customers, custodianships }) => ({
      handoverId: id,
      employeeId,
      customers,
      custodianships,
    })),
  );
  await tx.execute(sql`
    insert into handover_file (handover_id, receiver_id, customer_id, owner_before_id, custodian_before_id, as_owner, as_custodian)
    select ${id}::uuid, receiver_id, customer_id, owner_before_id, custodian_before_id, as_owner, as_custodian
    from (${plan}) plan`);
  await tx.execute(sql`
    update customer f
    set owner_id = case when moved.as_owner then moved.receiver_id else f.owner_id end,
        custodian_id = case when moved.as_custodian then moved.receiver_id else f.custodian_id end
    from handover_file moved where moved.handover_id = ${id}::uuid and f.id = moved.customer_id`);
}

/** Open deals go to the owner of their file, whom {@link requireDealOwners} has checked. */
const moveDeals = (tx: Database, fromId: string) =>
  tx.execute(sql`
    update deal d set owner_id = f.owner_id from customer f
    where f.id = d.customer_id and d.owner_id = ${fromId}::uuid and d.stage = 'OPEN' and f.owner_id <> ${fromId}::uuid`);

const moveSegments = (tx: Database, fromId: string, toId: string) =>
  tx.update(segment).set({ ownerId: toId }).where(eq(segment.ownerId, fromId));

/**
 * Confirms what the viewer received in a handover and returns its id. A viewer who may hand files over also confirms
 * for receivers who have been disabled, so that no handover stays pending for ever. A repeated call leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN for a viewer who has nothing to confirm in it.
 */
export async function confirmHandover(db: Database, actor: Actor, input: { id: string }): Promise<string> {
  const id = requireId('ho', input.id, [...path, 'id']);
  const { viewer } = actor;
  return writeAs(db, originOf(actor), async (tx) => {
    const [record] = await tx
      .select({ id: handover.id })
      .from(handover)
      .where(and(eq(handover.id, id), visibleHandovers(viewer, 'handover')));
    if (!record) throw notFound();
    // Locks all receptions, so that of two concurrent confirmations one sees that it is the last.
    const receptions = await tx
      .select({
        employeeId: handoverReception.employeeId,
        confirmedAt: handoverReception.confirmedAt,
        isDisabled: sql<boolean>`(select e.disabled_at is not null from employee e where e.id = ${handoverReception.employeeId})`,
      })
      .from(handoverReception)
      .where(eq(handoverReception.handoverId, id))
      .orderBy(handoverReception.employeeId)
      .for('no key update');
    const seesToOthers = assigners.includes(viewer.role);
    const theirs = receptions.filter(
      (one) => one.employeeId === viewer.id || (seesToOthers && one.isDisabled),
    );
    if (theirs.length === 0) throw forbidden();
    const waiting = theirs
      .filter(({ confirmedAt }) => confirmedAt === null)
      .map(({ employeeId }) => employeeId);
    if (waiting.length === 0) return id;
    await tx
      .update(handoverReception)
      .set({ confirmedAt: sql`business_now()`, confirmedById: viewer.id })
      .where(and(eq(handoverReception.handoverId, id), inArray(handoverReception.employeeId, waiting)));
    const isLast = receptions.every((one) => theirs.includes(one) || one.confirmedAt !== null);
    if (isLast)
      await tx
        .update(handover)
        .set({ confirmedAt: sql`business_now()` })
        .where(and(eq(handover.id, id), isNull(handover.confirmedAt)));
    return id;
  });
}
