import { and, eq, inArray, notInArray } from 'drizzle-orm';
import { checkContact, contactFieldNames } from '../../domains/contact/contact.check.ts';
import { contact } from '../../domains/contact/contact.table.ts';
import type { Subject } from './record-type.ts';

export const contactSubject: Subject = {
  name: 'contact',
  table: contact,
  fields: contactFieldNames,
  flags: ['isPrimary'],
  references: { customer: { to: 'customer', column: 'customerId', need: 'required' } },
  check: (input, { mode, now, file }) => checkContact(input, { mode, now, country: file?.country ?? 'CN' }),

  // A file has at most one primary contact: the new one, or the last of several, replaces the old.
  async follow(tx, changes) {
    const promoted = changes.filter(({ before, values }) => values.isPrimary && !before?.isPrimary);
    if (promoted.length === 0) return;
    const idByFile = new Map(
      promoted.map(({ id, before, values }) => [String(values.customerId ?? before?.customerId), id]),
    );
    const isOther = notInArray(contact.id, [...idByFile.values()]);
    await tx
      .update(contact)
      .set({ isPrimary: false })
      .where(and(inArray(contact.customerId, [...idByFile.keys()]), eq(contact.isPrimary, true), isOther));
  },
};
