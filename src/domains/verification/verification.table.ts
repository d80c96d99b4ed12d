import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { businessNow, id, instant, oneOf, oneOfCheck } from '../../core/database/columns.ts';
import { customer, VerificationState } from '../customer/customer.table.ts';
import { employee } from '../employee/employee.table.ts';

/** By what a value was verified (核实方式). */
export const VerificationMethod = {
  WEBSITE: 'WEBSITE',
  REGISTER: 'REGISTER',
  PHONE: 'PHONE',
  DOCUMENT: 'DOCUMENT',
  VISIT: 'VISIT',
} as const;
export type VerificationMethod = (typeof VerificationMethod)[keyof typeof VerificationMethod];

/** By what the customer's answer came (确认方式). */
export const ConfirmationChannel = {
  LINK: 'LINK',
  QR: 'QR',
  EMAIL: 'EMAIL',
  RECORDED: 'RECORDED',
} as const;
export type ConfirmationChannel = (typeof ConfirmationChannel)[keyof typeof ConfirmationChannel];

/** In what form the customer answered (答复形式). */
export const ConfirmationWay = {
  SPOKEN: 'SPOKEN',
  WECHAT: 'WECHAT',
  SIGNED: 'SIGNED',
  PAGE: 'PAGE',
} as const;
export type ConfirmationWay = (typeof ConfirmationWay)[keyof typeof ConfirmationWay];

/** A step of a file's verification. A trigger makes its state the file's, or refuses it; a row is never changed. */
export const verificationStep = pgTable(
  'verification_step',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade', onUpdate: 'cascade' }),
    state: oneOf('state', VerificationState).notNull(),
    /** Null for what the customer answered. */
    employeeId: uuid('employee_id').references(() => employee.id),
    /** The reason of a rejection, what proves an approval or a customer's answer, what the customer wrote. */
    note: text('note'),
    /** Of a customer's answer, as `way`. */
    channel: oneOf('channel', ConfirmationChannel),
    way: oneOf('way', ConfirmationWay),
    /** Approved by who submitted it, as SECOND_PASS allows; set by the trigger. */
    isSecondPass: boolean('is_second_pass').notNull().default(false),
    /** The file's version with it; set by the trigger. */
    version: integer('version').notNull().default(0),
    occurredAt: instant('occurred_at').notNull().default(businessNow),
  },
  (t) => [
    index('verification_step_customer_idx').on(t.customerId, t.version),
    oneOfCheck('verification_step_state_check', t.state, VerificationState),
    oneOfCheck('verification_step_channel_check', t.channel, ConfirmationChannel),
    oneOfCheck('verification_step_way_check', t.way, ConfirmationWay),
    check(
      'verification_step_answer_check',
      sql`(${t.channel} is not null and ${t.way} is not null) = (${t.state} in ('CONFIRMED', 'DISPUTED'))`,
    ),
    check(
      'verification_step_employee_check',
      sql`${t.employeeId} is not null or ${t.state} in ('CONFIRMED', 'DISPUTED')`,
    ),
  ],
);

/** That somebody verified a value (核实记录). A trigger ends it when the value changes; it is never changed otherwise. */
export const fieldCheck = pgTable(
  'field_check',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade', onUpdate: 'cascade' }),
    /** Table and id of the row that has the value: the file itself, or one of its parts. */
    subject: text('subject').notNull(),
    subjectId: uuid('subject_id').notNull(),
    columnName: text('column_name').notNull(),
    method: oneOf('method', VerificationMethod).notNull(),
    evidence: text('evidence'),
    verifiedById: uuid('verified_by_id')
      .notNull()
      .references(() => employee.id),
    verifiedAt: instant('verified_at').notNull().default(businessNow),
    /** False for the first of two checks by the author of the value; set by the trigger, as the next. */
    counts: boolean('counts').notNull().default(true),
    isSecondPass: boolean('is_second_pass').notNull().default(false),
    /** When the value changed, or another check took its place. */
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('field_check_customer_idx').on(t.customerId),
    uniqueIndex('field_check_value_key').on(t.subjectId, t.columnName).where(sql`${t.endedAt} is null`),
    oneOfCheck('field_check_method_check', t.method, VerificationMethod),
  ],
);
