import { inArray } from 'drizzle-orm';
import { reference } from '../../core/part/part-rules.ts';
import { definePart } from '../../core/part/parts.ts';
import { contact } from '../contact/contact.table.ts';
import { customer } from '../customer/customer.table.ts';
import { checkInteraction, interactionRulesAt } from './interaction.check.ts';
import { interactionModel } from './interaction.model.ts';
import { interaction } from './interaction.table.ts';

/** Records of exchanges, each its author's own. Archived files take them too: what happened must never be lost. */
export const interactionWrites = definePart(interactionModel, {
  table: interaction,
  files: customer,
  operations: { create: 'logInteraction', update: 'updateInteraction', delete: 'deleteInteraction' },
  recordedBy: 'employeeId',
  remarks: { create: 'Marketing and finance record REPORT only, on any file.' }, // R11
  fields: interactionRulesAt(new Date(0)),
  references: {
    contactId: reference('con', 'OPTIONAL', 'Whom it was with: a contact of this customer. (联系人)'),
  },
  check: checkInteraction,
  initial: ({ viewer }) => ({ employeeId: viewer.id }),

  async verify(tx, drafts) {
    const ids = drafts.flatMap(({ values }) => values.contactId ?? []);
    if (ids.length === 0) return [];
    const found = await tx
      .select({ id: contact.id, customerId: contact.customerId })
      .from(contact)
      .where(inArray(contact.id, ids))
      .orderBy(contact.id)
      // Against removal before the record refers to it.
      .for('key share');
    const fileOf = new Map(found.map(({ id, customerId }) => [id, customerId]));
    return drafts
      .filter(({ values, file }) => values.contactId && fileOf.get(values.contactId) !== file.id)
      .map(({ path }) => ({
        path: [...path, 'contactId'],
        code: 'CONTACT_NOT_OF_CUSTOMER',
        message: "Must be one of this customer's contacts. (须为该客户的联系人。)",
      }));
  },
});
