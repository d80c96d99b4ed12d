import { and, eq, ne, sql } from 'drizzle-orm';
import { type Actor, originOf, requireWritable, writtenFields } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { insertedId, once } from '../../core/database/idempotency.ts';
import { badInput } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { checkFields, defaulted } from '../../core/validation/fields.ts';
import { type CustomerRow, CustomerStage, customer } from '../customer/customer.table.ts';
import { lockFile, lockInFile, requireActive, requireVersion } from '../customer/customer-file.write.ts';
import { checkEmployees } from '../employee/employee.reference.ts';
import { checkDeal, type DealFields, type DealValues } from './deal.check.ts';
import { DealStage, deal } from './deal.table.ts';

const path = ['input'];
const references = { ownerId: defaulted((text: string) => checkId('emp', text)) };

export interface CreateDeal extends DealFields {
  customerId: string;
  ownerId?: string | null;
  idempotencyKey?: string | null;
}

/**
 * Adds a deal to a file and returns its id (a UUID). It is the viewer's unless an owner is named, which is for
 * those who assign. A WON deal moves the customer to WON in the same transaction.
 *
 * Errors: NOT_FOUND for the file, FORBIDDEN naming every field the viewer may not set, CONFLICT for an archived
 * file, BAD_USER_INPUT naming every violation, among them WON without contract amount or effective date (AC-16).
 */
export function createDeal(db: Database, actor: Actor, input: CreateDeal): Promise<string> {
  const { viewer, now } = actor;
  const referred = checkFields(references, input, { mode: 'create', path });
  const { values, issues } = checkDeal(input, { mode: 'create', path, now });
  issues.push(...referred.issues);
  const customerId = requireId('cus', input.customerId, [...path, 'customerId'], issues);
  const attempt = { viewerId: viewer.id, operation: 'createDeal', key: input.idempotencyKey, input };
  return writeAs(db, originOf(actor), async (tx) => {
    const file = await lockFile(tx, viewer, customerId);
    const { id } = await once(tx, attempt, async (newId) => {
      const ownerId = referred.values.ownerId ?? viewer.id;
      const isOwn = referred.values.ownerId === viewer.id;
      const named = writtenFields(input).filter((field) => field !== 'ownerId' || !isOwn);
      requireWritable(viewer, file, 'Deal', named);
      requireActive(file);
      // The owner by default too: their role may be lowered at this moment.
      issues.push(...(await checkEmployees(tx, { ownerId }, path)));
      if (issues.length > 0) throw badInput(issues);
      const dealId = await insertedId(
        tx
          .insert(deal)
          .values({
            ...(values as DealValues & { title: string }),
            id: newId,
            customerId,
            ownerId,
          })
          .returning({ id: deal.id }),
      );
      if (values.stage === DealStage.WON) await moveStage(tx, file, CustomerStage.WON);
      return dealId;
    });
    return id;
  });
}

export interface UpdateDeal extends DealFields {
  id: string;
  expectedVersion: number;
  ownerId?: string | null;
}

/**
 * Changes fields of a deal and returns its id. An absent field is left alone, null clears one; an update that
 * changes nothing succeeds and leaves no trace.
 *
 * To WON, it moves the customer to WON in the same transaction. Back from WON (entered by mistake, contract
 * cancelled) is allowed; if it was the customer's last won deal and the customer still stands at WON, the customer
 * goes back to INTENT, so that a WON customer always has a won deal (AC-16). Back to OPEN it needs an owner who can
 * work on it: theirs, or another who is named with it.
 *
 * Errors: NOT_FOUND, FORBIDDEN naming every field the viewer may not change, CONFLICT for a stale version of the
 * deal or an archived file, BAD_USER_INPUT naming every violation.
 */
export function updateDeal(db: Database, actor: Actor, input: UpdateDeal): Promise<string> {
  const { viewer, now } = actor;
  const referred = checkFields(references, input, { mode: 'update', path });
  const id = requireId('deal', input.id, [...path, 'id'], referred.issues);
  return writeAs(db, originOf(actor), async (tx) => {
    const { file, row } = await lockInFile(tx, viewer, deal, id);
    requireWritable(viewer, file, 'Deal', writtenFields(input));
    requireVersion(row, input.expectedVersion);
    requireActive(file);
    const checked = checkDeal(input, { mode: 'update', path, now, current: row });
    const issues = [...referred.issues, ...checked.issues];
    const reopens = checked.values.stage === DealStage.OPEN && row.stage !== DealStage.OPEN;
    const ownerId = referred.values.ownerId ?? (reopens ? row.ownerId : undefined);
    issues.push(...(await checkEmployees(tx, { ownerId }, path)));
    if (issues.length > 0) throw badInput(issues);

    const values = { ...checked.values, ...referred.values };
    if (Object.keys(values).length > 0) await tx.update(deal).set(values).where(eq(deal.id, id));
    const stage = values.stage ?? row.stage;
    if (stage !== row.stage) await followStage(tx, file, id, row.stage, stage);
    return id;
  });
}

/** Moves the customer as one of its deals enters or leaves WON. */
async function followStage(tx: Database, file: CustomerRow, dealId: string, from: DealStage, to: DealStage) {
  if (to === DealStage.WON) return moveStage(tx, file, CustomerStage.WON);
  if (from !== DealStage.WON || file.stage !== CustomerStage.WON) return;
  const [other] = await tx
    .select({ one: sql`1` })
    .from(deal)
    .where(and(eq(deal.customerId, file.id), eq(deal.stage, DealStage.WON), ne(deal.id, dealId)))
    .limit(1);
  if (!other) await moveStage(tx, file, CustomerStage.INTENT);
}

async function moveStage(tx: Database, file: CustomerRow, stage: CustomerStage): Promise<void> {
  if (file.stage !== stage) await tx.update(customer).set({ stage }).where(eq(customer.id, file.id));
}
