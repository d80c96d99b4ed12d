import { and, eq } from 'drizzle-orm';
import { selfAssigners } from '../../core/access/policy.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import {
  type Actor,
  givenFields,
  originOf,
  ownFile,
  requireWritable,
  writtenFields,
} from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { insertedId, once } from '../../core/database/idempotency.ts';
import { badInput, conflict, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { requireActive, visibleTo } from '../../core/part/file-lock.ts';
import { requireUnchangedFields, writeVersioned } from '../../core/part/version-conflict.ts';
import { dateIn } from '../../core/time/zone.ts';
import { checkFields, defaulted, missing, optional, required } from '../../core/validation/fields.ts';
import { namingOrphans } from '../employee/employee.offboarding.ts';
import { checkEmployees } from '../employee/employee.reference.ts';
import { type CustomerFields, type CustomerValues, checkCustomer } from './customer.check.ts';
import { customerModel } from './customer.model.ts';
import { type CustomerRow, type CustomerStage, customer } from './customer.table.ts';
import { lockFile, requireSeen } from './customer-file.write.ts';
import { keepExternalKeys } from './external-key.write.ts';
import { warnOfDuplicates } from './likely-duplicate.service.ts';
import { checkStage, findContracts, needsContract } from './stage.service.ts';
import { writeUnique } from './unique-value.write.ts';

const path = ['input'];
const files = { model: customerModel, table: customer };
const employeeId = (text: string) => checkId('emp', text);

export interface CreateCustomer extends CustomerFields {
  ownerId?: string | null;
  custodianId?: string | null;
  idempotencyKey?: string | null;
}

/**
 * Opens a customer file and returns its id (a UUID). Sales open files for themselves only; others name an owner.
 *
 * Errors: FORBIDDEN naming every field the viewer may not set, BAD_USER_INPUT naming every violation
 * (those of {@link checkStage} among them), those of {@link writeUnique}.
 */
export function createCustomer(db: Database, actor: Actor, input: CreateCustomer): Promise<string> {
  const { viewer } = actor;
  const { idempotencyKey: key } = input;
  const attempt = { viewerId: viewer.id, operation: 'createCustomer', key, input, warnings: actor.warnings };
  return writeUnique(db, actor, input, () =>
    writeAs(db, originOf(actor), async (tx) => {
      const { id, replayed } = await once(tx, attempt, (newId) => insertCustomer(tx, actor, input, newId));
      // The file may have gone to another owner since the first call.
      if (replayed) await requireVisible(tx, viewer, id);
      return id;
    }),
  );
}

async function insertCustomer(tx: Database, actor: Actor, input: CreateCustomer, id: string | undefined) {
  const { viewer } = actor;
  const references = checkFields(
    { ownerId: defaulted(employeeId), custodianId: optional(employeeId) },
    input,
    { mode: 'create', path },
  );
  const ownerId = references.values.ownerId ?? (selfAssigners.includes(viewer.role) ? viewer.id : undefined);
  const named = givenFields(input).filter((field) => field !== 'ownerId' || ownerId !== viewer.id);
  // Whoever opens a file has an owner's rights to set its fields.
  requireWritable(viewer, ownFile, 'Customer', named);

  const { nameStandard } = actor.settings;
  const options = { mode: 'create', path, now: actor.now, nameStandard } as const;
  const { values, issues, warnings } = checkCustomer(input, options);
  issues.push(...references.issues);
  if (ownerId === undefined && input.ownerId == null) issues.push(missing([...path, 'ownerId']));
  checkStage({ values, issues }, { path, settings: actor.settings, role: viewer.role, hasContract: false });
  // The default owner, the viewer, is checked too: their role may be changing right now.
  issues.push(...(await checkEmployees(tx, { ...references.values, ownerId }, path)));
  if (issues.length > 0) throw badInput(issues);
  actor.warnings?.push(...warnings);
  const row = {
    ...(values as CustomerValues),
    openedOn: values.openedOn ?? dateIn(actor.timeZone, actor.now),
    ...references.values,
    ownerId: ownerId as string,
    id,
  };
  const newId = await insertedId(tx.insert(customer).values(row).returning({ id: customer.id }));
  if (values.externalKeys) await keepExternalKeys(tx, newId, values.externalKeys);
  await warnOfDuplicates(tx, actor, { place: 0, fileId: newId, name: values.name ?? null }, path);
  return newId;
}

export interface UpdateCustomer extends CustomerFields {
  id: string;
  expectedVersion: number;
  custodianId?: string | null;
}

/**
 * Changes fields of a file and returns its id. An absent field stays as it is, null clears it; an update that changes
 * nothing succeeds and leaves no trace. The owner is changed by {@link assignCustomer}.
 *
 * Errors: NOT_FOUND, FORBIDDEN naming every field the viewer may not change, CONFLICT for a field that has changed since
 * the version the client has read and an archived file, BAD_USER_INPUT naming every violation, those of
 * {@link writeUnique}.
 */
export function updateCustomer(db: Database, actor: Actor, input: UpdateCustomer): Promise<string> {
  const { viewer } = actor;
  const references = checkFields({ custodianId: optional(employeeId) }, input, { mode: 'update', path });
  const id = requireId('cus', input.id, [...path, 'id'], references.issues);
  return writeUnique(db, actor, input, () =>
    writeVersioned(db, actor, async (tx) => {
      const file = await lockFile(tx, viewer, id);
      requireWritable(viewer, file, 'Customer', writtenFields(input));
      const { nameStandard } = actor.settings;
      const options = { mode: 'update', path, current: file, now: actor.now, nameStandard } as const;
      const checked = checkCustomer(input, options);
      const values = { ...checked.values, ...references.values };
      const { expectedVersion } = input;
      // Codes follow from names: they conflict where those do.
      const { provinceCode: _, cityCode: __, industryCode: ___, ...meant } = values;
      const write = { row: file, file, expectedVersion, input, values: meant };
      await requireUnchangedFields(tx, actor, files, [write]);
      requireActive(file);

      const issues = [...references.issues, ...checked.issues];
      const hasContract = await hasNeededContract(tx, actor, file, values.stage);
      const stageOptions = { path, settings: actor.settings, role: viewer.role, current: file, hasContract };
      checkStage({ values, issues }, stageOptions);
      issues.push(...(await checkEmployees(tx, references.values, path)));
      if (issues.length > 0) throw badInput(issues);
      actor.warnings?.push(...checked.warnings);

      if (values.externalKeys !== undefined) await keepExternalKeys(tx, id, values.externalKeys);
      if (Object.keys(values).length > 0) await tx.update(customer).set(values).where(eq(customer.id, id));
      const name = values.name && values.name !== file.name ? values.name : null;
      await warnOfDuplicates(tx, actor, { place: 0, fileId: id, name }, path);
      return id;
    }),
  );
}

export interface AssignCustomer {
  id: string;
  ownerId: string;
  expectedVersion?: number | null;
}

/**
 * Assigns a file to another owner and returns its id; for managers, data stewards and administrators. Assigning it to
 * its present owner leaves no trace. Archived files can be assigned too, so that none stays with an employee who left.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for any change in the file since the version the client has read, BAD_USER_INPUT
 * unless the owner is an active employee.
 */
export function assignCustomer(db: Database, actor: Actor, input: AssignCustomer): Promise<string> {
  const { viewer } = actor;
  const { values, issues } = checkFields({ ownerId: required(employeeId) }, input, { mode: 'create', path });
  const id = requireId('cus', input.id, [...path, 'id'], issues);
  return writeVersioned(db, actor, async (tx) => {
    const file = await lockFile(tx, viewer, id);
    requireWritable(viewer, file, 'Customer', ['ownerId']);
    const isDone = values.ownerId === file.ownerId;
    if (input.expectedVersion != null) await requireSeen(tx, actor, file, input.expectedVersion, isDone);
    issues.push(...(await checkEmployees(tx, values, path)));
    if (issues.length > 0) throw badInput(issues);
    if (!isDone) await tx.update(customer).set(values).where(eq(customer.id, id));
    return id;
  });
}

export interface ArchiveCustomer {
  id: string;
  expectedVersion: number;
  /** False restores the file. Default true. */
  archived?: boolean | null;
}

/**
 * Archives or restores a file and returns its id (R99: archived, never deleted). A repeated call leaves no further
 * trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for any change in the file since the version the client has read, unless it is
 * archived or restored already, and for restoring a file whose owner has left or whose custodian has left or has a role that cannot be custodian;
 * those of {@link writeUnique} for restoring one whose unit another file has by now.
 */
export function archiveCustomer(db: Database, actor: Actor, input: ArchiveCustomer): Promise<string> {
  const { viewer, now } = actor;
  const id = requireId('cus', input.id, [...path, 'id']);
  const archived = input.archived ?? true;
  const restore = (write: () => Promise<string>) => withItsUnit(db, actor, id, write);
  const around = archived ? (write: () => Promise<string>) => write() : restore;
  return namingOrphans(() =>
    around(() =>
      writeVersioned(db, actor, async (tx) => {
        const file = await lockFile(tx, viewer, id);
        requireWritable(viewer, file, 'Customer', ['archivedAt']);
        const isDone = archived === (file.archivedAt !== null);
        await requireSeen(tx, actor, file, input.expectedVersion, isDone);
        if (!isDone) {
          if (!archived) await requireFitCustodian(tx, file.custodianId);
          await tx
            .update(customer)
            .set({ archivedAt: archived ? now.toISOString() : null })
            .where(eq(customer.id, id));
        }
        return id;
      }),
    ),
  );
}

/** Runs a write by which a file takes up its unit again, which another may have by now. */
async function withItsUnit(db: Database, actor: Actor, id: string, write: () => Promise<string>) {
  const [file] = await db
    .select({ premises: customer.premises })
    .from(customer)
    .where(and(eq(customer.id, id), visibleTo(actor.viewer, customer)));
  return writeUnique(db, actor, { premises: file?.premises ?? null }, write);
}

/** Restores an archived file and returns its id: {@link archiveCustomer} taken back, with its errors. */
export const restoreCustomer = (
  db: Database,
  actor: Actor,
  input: Omit<ArchiveCustomer, 'archived'>,
): Promise<string> => archiveCustomer(db, actor, { ...input, archived: false });

async function requireFitCustodian(tx: Database, custodianId: string | null): Promise<void> {
  const [issue] = await checkEmployees(tx, { custodianId }, path);
  if (!issue) return;
  const message =
    issue.code === 'EMPLOYEE_ROLE'
      ? 'Its custodian has a role that keeps no files; name another first. (档案责任人的角色不能担任责任人，请先更换。)'
      : 'Its custodian has left; name another first. (档案责任人已离职，请先更换。)';
  throw conflict(message, { reason: 'ACTIVE_FILES_WITHOUT_CUSTODIAN' });
}

async function requireVisible(tx: Database, viewer: Viewer, id: string): Promise<void> {
  const [seen] = await tx
    .select({ id: customer.id })
    .from(customer)
    .where(and(eq(customer.id, id), visibleTo(viewer, customer)));
  if (!seen) throw notFound();
}

/** Whether the file has the contract that the stage takes; false where it takes none. */
async function hasNeededContract(
  tx: Database,
  { settings }: Actor,
  file: CustomerRow,
  to: CustomerStage | undefined,
): Promise<boolean> {
  if (!to || to === file.stage || !needsContract(settings.stageTransitions, to)) return false;
  return (await findContracts(tx, [file.id])).has(file.id);
}
