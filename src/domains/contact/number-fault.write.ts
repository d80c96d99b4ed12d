import { eq, sql } from 'drizzle-orm';
import { asSql, readable } from '../../core/access/row-predicates.ts';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { type Database, queryJson, writeAs } from '../../core/database/database.ts';
import { conflict, forbidden, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';
import { lockInFiles, requireActive } from '../../core/part/file-lock.ts';
import { readPhone } from '../../core/validation/phone.ts';
import { customer } from '../customer/customer.table.ts';
import { contact, type NumberFault } from './contact.table.ts';

const path = ['input'];

export interface MarkNumber {
  contactId: string;
  number: string;
  fault: NumberFault;
}

/**
 * Marks a number of a contact as invalid and returns the contact's id (a UUID): for everybody who can read it, by a grant too,
 * for whoever calls it finds out. A repeated call leaves no trace.
 *
 * Errors: NOT_FOUND for a contact of a file that the viewer cannot see, FORBIDDEN where they cannot read the numbers of the file,
 * CONFLICT for an archived file, or if the contact has another number now.
 */
export function markNumberInvalid(db: Database, actor: Actor, input: MarkNumber): Promise<string> {
  const { viewer } = actor;
  const issues: Issue[] = [];
  const id = requireId('con', input.contactId, [...path, 'contactId'], issues);
  return writeAs(db, originOf(actor), async (tx) => {
    const { files, rows } = await lockInFiles(tx, viewer, contact, customer, [id]);
    const row = rows.get(id) as typeof contact.$inferSelect;
    const file = files.get(row.customerId) as typeof customer.$inferSelect;
    const mayRead = asSql(readable(viewer, 'contact', fileColumnsOf('f')));
    const reads = await queryJson<boolean>(
      tx,
      sql`select to_json(${mayRead}) from customer f where f.id = ${file.id}::uuid`,
    );
    if (!reads) throw forbidden();
    requireActive(file);
    const options = { defaultCountry: file.country, service: file.kind === 'ORGANIZATION' };
    const number = readPhone(input.number, options).value?.number ?? input.number;
    const values = {
      ...(row.phone === number && { phoneFault: input.fault }),
      ...(row.mobile === number && { mobileFault: input.fault }),
    };
    if (Object.keys(values).length === 0)
      throw conflict('The contact has another number now. (该联系人的号码已变更。)', {
        reason: 'ANOTHER_NUMBER',
      });
    await tx.update(contact).set(values).where(eq(contact.id, id));
    return id;
  });
}
