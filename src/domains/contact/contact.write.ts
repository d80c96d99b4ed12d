import { and, eq, inArray, notInArray } from 'drizzle-orm';
import { writesOf } from '../../core/part/writes-of.ts';
import { customer } from '../customer/customer.table.ts';
import { checkContact, contactRulesIn } from './contact.check.ts';
import { contactModel } from './contact.model.ts';
import { contact } from './contact.table.ts';

export const contactWrites = writesOf(contactModel, {
  table: contact,
  files: customer,
  operations: { create: 'createContact', update: 'updateContact', delete: 'deleteContact' },
  fields: contactRulesIn('CN', ''),
  // Without its file nobody knows how to read a phone number.
  check: (input, { file, ...state }) =>
    file
      ? checkContact(input, {
          ...state,
          country: file.country,
          isOrganization: file.kind === 'ORGANIZATION',
        })
      : { values: {}, issues: [], warnings: [] },
  deletedWith: ['name', 'phone', 'birthday'],
  remarks: { delete: 'Its interactions stay.' },

  /** A file has one primary contact at most: the new one, of several the last, takes the place of the old. */
  async follow(tx, changes) {
    const promoted = changes.filter(({ before, values }) => values.isPrimary && !before?.isPrimary);
    if (promoted.length === 0) return;
    const idByFile = new Map(promoted.map(({ id, file }) => [file.id, id]));
    const isOther = notInArray(contact.id, [...idByFile.values()]);
    await tx
      .update(contact)
      .set({ isPrimary: false })
      .where(and(inArray(contact.customerId, [...idByFile.keys()]), eq(contact.isPrimary, true), isOther));
  },
});
