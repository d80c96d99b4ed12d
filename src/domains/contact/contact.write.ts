import { and, eq, ne } from 'drizzle-orm';
import { type Actor, originOf, requireWritable, writtenFields } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { insertedId, once } from '../../core/database/idempotency.ts';
import { badInput } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { lockFile, lockInFile, requireActive, requireVersion } from '../customer/customer-file.write.ts';
import { type ContactFields, type ContactValues, checkContact } from './contact.check.ts';
import { contact } from './contact.table.ts';

const path = ['input'];

export interface CreateContact extends ContactFields {
  customerId: string;
  idempotencyKey?: string | null;
}

/**
 * Adds a person to a file and returns the contact's id (a UUID). A new primary contact takes the place of the old.
 *
 * Errors: NOT_FOUND for the file, FORBIDDEN naming every field the viewer may not set, CONFLICT for an archived
 * file, BAD_USER_INPUT naming every violation.
 */
export function createContact(db: Database, actor: Actor, input: CreateContact): Promise<string> {
  const { viewer, now } = actor;
  const customerId = requireId('cus', input.customerId, [...path, 'customerId']);
  const attempt = { viewerId: viewer.id, operation: 'createContact', key: input.idempotencyKey, input };
  return writeAs(db, originOf(actor), async (tx) => {
    const file = await lockFile(tx, viewer, customerId);
    const { id } = await once(tx, attempt, async (newId) => {
      requireWritable(viewer, file, 'Contact', writtenFields(input));
      requireActive(file);
      const { values, issues } = checkContact(input, { mode: 'create', path, country: file.country, now });
      if (issues.length > 0) throw badInput(issues);
      const contactId = await insertedId(
        tx
          .insert(contact)
          .values({ ...(values as ContactValues & { name: string }), id: newId, customerId })
          .returning({ id: contact.id }),
      );
      if (values.isPrimary) await demoteOthers(tx, customerId, contactId);
      return contactId;
    });
    return id;
  });
}

export interface UpdateContact extends ContactFields {
  id: string;
  expectedVersion: number;
}

/**
 * Changes fields of a contact and returns its id. An absent field is left alone, null clears one; an update that
 * changes nothing succeeds and leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN naming every field the viewer may not change, CONFLICT for a stale version of the
 * contact or an archived file, BAD_USER_INPUT naming every violation.
 */
export function updateContact(db: Database, actor: Actor, input: UpdateContact): Promise<string> {
  const { viewer, now } = actor;
  const id = requireId('con', input.id, [...path, 'id']);
  return writeAs(db, originOf(actor), async (tx) => {
    const { file, row } = await lockInFile(tx, viewer, contact, id);
    requireWritable(viewer, file, 'Contact', writtenFields(input));
    requireVersion(row, input.expectedVersion);
    requireActive(file);
    const { values, issues } = checkContact(input, { mode: 'update', path, country: file.country, now });
    if (issues.length > 0) throw badInput(issues);
    if (Object.keys(values).length > 0) await tx.update(contact).set(values).where(eq(contact.id, id));
    if (values.isPrimary) await demoteOthers(tx, file.id, id);
    return id;
  });
}

export interface DeleteContact {
  id: string;
  expectedVersion: number;
}

/**
 * Removes a contact from its file; history keeps what it held, and interactions stay without it. Returns the ids of
 * both. It takes the right to change every class a contact holds.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for a stale version of the contact or an archived file.
 */
export function deleteContact(
  db: Database,
  actor: Actor,
  input: DeleteContact,
): Promise<{ id: string; customerId: string }> {
  const id = requireId('con', input.id, [...path, 'id']);
  return writeAs(db, originOf(actor), async (tx) => {
    const { file, row } = await lockInFile(tx, actor.viewer, contact, id);
    // One field of each class; the refusal then names the kinds of content that would be lost.
    requireWritable(actor.viewer, file, 'Contact', ['name', 'phone', 'birthday']);
    requireVersion(row, input.expectedVersion);
    requireActive(file);
    await tx.delete(contact).where(eq(contact.id, id));
    return { id, customerId: file.id };
  });
}

/** A file has one primary contact at most. */
const demoteOthers = (tx: Database, customerId: string, id: string) =>
  tx
    .update(contact)
    .set({ isPrimary: false })
    .where(and(eq(contact.customerId, customerId), eq(contact.isPrimary, true), ne(contact.id, id)));
