import { and, eq } from 'drizzle-orm';
import { type Actor, originOf, requireRecorder } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { insertedId, once } from '../../core/database/idempotency.ts';
import { badInput, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { checkFields, optional, type Values } from '../../core/validation/fields.ts';
import { contact } from '../contact/contact.table.ts';
import { lockFile } from '../customer/customer-file.write.ts';
import { checkInteraction, type InteractionFields, type InteractionValues } from './interaction.check.ts';
import { interaction } from './interaction.table.ts';

const path = ['input'];
const references = { contactId: optional((text: string) => checkId('con', text)) };

export interface LogInteraction extends InteractionFields {
  customerId: string;
  contactId?: string | null;
  idempotencyKey?: string | null;
}

/**
 * Records an exchange with a customer as the viewer's own and returns its id (a UUID). Archived files take records
 * too: what happened must never be lost.
 *
 * Errors: NOT_FOUND for the file, FORBIDDEN for who may not record on it, BAD_USER_INPUT naming every violation,
 * among them a contact that is not this customer's.
 */
export function logInteraction(db: Database, actor: Actor, input: LogInteraction): Promise<string> {
  const { viewer, now } = actor;
  const referred = checkFields(references, input, { mode: 'create', path });
  const checked = checkInteraction(input, { mode: 'create', path, now });
  const issues = [...referred.issues, ...checked.issues];
  const customerId = requireId('cus', input.customerId, [...path, 'customerId'], issues);
  const attempt = { viewerId: viewer.id, operation: 'logInteraction', key: input.idempotencyKey, input };
  return writeAs(db, originOf(actor), async (tx) => {
    const file = await lockFile(tx, viewer, customerId);
    const { id } = await once(tx, attempt, async (newId) => {
      requireRecorder(viewer, file);
      issues.push(...(await checkContactOf(tx, customerId, referred.values)));
      if (issues.length > 0) throw badInput(issues);
      return insertedId(
        tx
          .insert(interaction)
          .values({
            ...(checked.values as Required<Pick<InteractionValues, 'kind' | 'occurredAt' | 'summary'>>),
            ...referred.values,
            id: newId,
            customerId,
            employeeId: viewer.id,
          })
          .returning({ id: interaction.id }),
      );
    });
    return id;
  });
}

async function checkContactOf(
  tx: Database,
  customerId: string,
  { contactId }: Values<typeof references>,
): Promise<Issue[]> {
  if (!contactId) return [];
  const [found] = await tx
    .select({ id: contact.id })
    .from(contact)
    .where(and(eq(contact.id, contactId), eq(contact.customerId, customerId)))
    // Against removal before the record refers to it.
    .for('key share');
  if (found) return [];
  const message = "Must be one of this customer's contacts. (须为该客户的联系人。)";
  return [{ path: [...path, 'contactId'], code: 'CONTACT_NOT_OF_CUSTOMER', message }];
}
