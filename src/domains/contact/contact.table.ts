import { sql } from 'drizzle-orm';
import { boolean, date, index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { id, oneOf, oneOfCheck, sortKey, versioned } from '../../core/database/columns.ts';
import { customer } from '../customer/customer.table.ts';

export const ContactRole = {
  BUYER: 'BUYER',
  DECISION_MAKER: 'DECISION_MAKER',
  INFLUENCER: 'INFLUENCER',
  USER: 'USER',
  EXTERNAL_LIAISON: 'EXTERNAL_LIAISON',
} as const;
export type ContactRole = (typeof ContactRole)[keyof typeof ContactRole];

export const Gender = { FEMALE: 'FEMALE', MALE: 'MALE', OTHER: 'OTHER' } as const;
export type Gender = (typeof Gender)[keyof typeof Gender];

/** Why a number reaches nobody: INVALID (无效), whichever it is (R93). */
export const NumberFault = { VACANT: 'VACANT', SUSPENDED: 'SUSPENDED' } as const;
export type NumberFault = (typeof NumberFault)[keyof typeof NumberFault];

/** A person at a customer (联系人). */
export const contact = pgTable(
  'contact',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    nameKey: sortKey('name_key'),
    title: text('title'),
    department: text('department'),
    role: oneOf('role', ContactRole),
    /** E.164, as `mobile`. */
    phone: text('phone'),
    phoneExtension: text('phone_extension'),
    mobile: text('mobile'),
    /** Of the number beside it; a trigger clears it when that changes. */
    phoneFault: oneOf('phone_fault', NumberFault),
    mobileFault: oneOf('mobile_fault', NumberFault),
    email: text('email'),
    wechat: text('wechat'),
    birthday: date('birthday', { mode: 'string' }),
    gender: oneOf('gender', Gender),
    household: text('household'),
    preferences: text('preferences'),
    notes: text('notes'),
    religion: text('religion'),
    health: text('health'),
    politicalStatus: text('political_status'),
    isPrimary: boolean('is_primary').notNull().default(false),
    ...versioned(),
  },
  (t) => [
    index('contact_customer_idx').on(t.customerId, t.createdAt, t.id),
    index('contact_name_idx').on(t.name, t.id),
    index('contact_name_key_idx').on(t.nameKey, t.id),
    // Likely duplicates are looked up by these, exactly.
    index('contact_mobile_idx').on(t.mobile).where(sql`${t.mobile} is not null`),
    index('contact_email_idx').on(sql`lower(${t.email})`).where(sql`${t.email} is not null`),
    // Anniversary filters compare month and day. A filter on the full date has no index and reads all contacts.
    index('contact_birthday_idx').on(sql`month_day(${t.birthday})`),
    // Used to find the rows for which the passing of time changes the result of a rule relative to now. A BRIN index
    // costs writes next to nothing.
    index('contact_created_idx').using('brin', t.createdAt),
    index('contact_updated_idx').on(t.updatedAt, t.id),
    oneOfCheck('contact_role_check', t.role, ContactRole),
    oneOfCheck('contact_phone_fault_check', t.phoneFault, NumberFault),
    oneOfCheck('contact_mobile_fault_check', t.mobileFault, NumberFault),
    oneOfCheck('contact_gender_check', t.gender, Gender),
  ],
);

export type ContactRow = typeof contact.$inferSelect;
