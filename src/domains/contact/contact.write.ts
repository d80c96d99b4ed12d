import { and, eq, inArray, notInArray, sql } from 'drizzle-orm';
import { uuids } from '../../core/database/rows.ts';
import { definePart } from '../../core/part/parts.ts';
import { customer } from '../customer/customer.table.ts';
import { warnOfDuplicates } from '../customer/likely-duplicate.service.ts';
import { checkContact, contactRulesIn } from './contact.check.ts';
import { contactModel } from './contact.model.ts';
import { contact } from './contact.table.ts';

/** Values of contacts that are primary because their files had none, so that none has to step back for them. */
const firstOfFile = new WeakSet<object>();

export const contactWrites = definePart(contactModel, {
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
  remarks: {
    delete:
      'Its interactions stay. In place of the primary contact comes, of those left, the one entered first.',
  },

  /** The first contact of a file is its primary one, unless the writer says who is, or that this one is not. */
  async complete(tx, created) {
    const candidates = new Map<string, (typeof created)[number]>();
    for (const draft of created) {
      const { isPrimary } = draft.values;
      const first = candidates.get(draft.file.id);
      if (isPrimary || (isPrimary === undefined && !first)) candidates.set(draft.file.id, draft);
    }
    if (candidates.size === 0) return;
    const settled = await tx
      .select({ fileId: contact.customerId })
      .from(contact)
      .where(
        and(sql`${contact.customerId} = any(${uuids([...candidates.keys()])})`, eq(contact.isPrimary, true)),
      );
    for (const { fileId } of settled) candidates.delete(fileId);
    for (const { values } of candidates.values()) {
      if (!values.isPrimary) firstOfFile.add(values);
      values.isPrimary = true;
    }
  },

  /** A file has one primary contact at most: the new one, of several the last, takes the place of the old. */
  async follow(tx, changes) {
    const promoted = changes.filter(
      ({ before, values }) => values.isPrimary && !before?.isPrimary && !firstOfFile.has(values),
    );
    if (promoted.length === 0) return;
    const idByFile = new Map(promoted.map(({ id, file }) => [file.id, id]));
    const isOther = notInArray(contact.id, [...idByFile.values()]);
    await tx
      .update(contact)
      .set({ isPrimary: false })
      .where(and(inArray(contact.customerId, [...idByFile.keys()]), eq(contact.isPrimary, true), isOther));
  },

  async suspect(tx, actor, { id, file, before, values, path }) {
    const changed = (field: 'name' | 'mobile' | 'email') =>
      values[field] && values[field] !== before?.[field] ? values[field] : null;
    const [person, mobile, email] = [changed('name'), changed('mobile'), changed('email')];
    const identity = { place: 0, fileId: file.id, contactId: id, person, mobile, email };
    await warnOfDuplicates(tx, actor, identity, path);
  },

  async followRemoval(tx, removed) {
    const fileIds = removed.filter(({ isPrimary }) => isPrimary).map(({ customerId }) => customerId);
    await tx.execute(sql`
      update ${contact} set is_primary = true
      where id in (
        select distinct on (customer_id) id from ${contact} left_over
        where customer_id = any(${uuids(fileIds)})
          and not exists (select from ${contact} held where held.customer_id = left_over.customer_id and held.is_primary)
        order by customer_id, created_at, id)`);
  },
});
