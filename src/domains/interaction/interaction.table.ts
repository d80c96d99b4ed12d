import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { id, instant, oneOf, oneOfCheck, versioned } from '../../core/database/columns.ts';
import { contact } from '../contact/contact.table.ts';
import { customer } from '../customer/customer.table.ts';
import { employee } from '../employee/employee.table.ts';

export const InteractionKind = {
  VISIT: 'VISIT',
  PHONE_CALL: 'PHONE_CALL',
  MEETING: 'MEETING',
  EMAIL: 'EMAIL',
  WECHAT: 'WECHAT',
  SMS: 'SMS',
  ONLINE_CHAT: 'ONLINE_CHAT',
  SOCIAL_MENTION: 'SOCIAL_MENTION',
  INQUIRY: 'INQUIRY',
  COMPLAINT: 'COMPLAINT',
  SUGGESTION: 'SUGGESTION',
  REPAIR: 'REPAIR',
  RETURN_VISIT: 'RETURN_VISIT',
  SURVEY: 'SURVEY',
  INTERVIEW: 'INTERVIEW',
  OBSERVATION: 'OBSERVATION',
  ACTIVITY: 'ACTIVITY',
  NOTE: 'NOTE',
  REPORT: 'REPORT',
} as const;
export type InteractionKind = (typeof InteractionKind)[keyof typeof InteractionKind];

export const InteractionDirection = {
  INBOUND: 'INBOUND',
  OUTBOUND: 'OUTBOUND',
  INTERNAL: 'INTERNAL',
} as const;
export type InteractionDirection = (typeof InteractionDirection)[keyof typeof InteractionDirection];

/** One exchange with a customer (互动记录). */
export const interaction = pgTable(
  'interaction',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customer.id, { onDelete: 'cascade' }),
    contactId: uuid('contact_id').references(() => contact.id, { onDelete: 'set null' }),
    employeeId: uuid('employee_id')
      .notNull()
      .references(() => employee.id),
    kind: oneOf('kind', InteractionKind).notNull(),
    direction: oneOf('direction', InteractionDirection),
    occurredAt: instant('occurred_at').notNull(),
    summary: text('summary').notNull(),
    outcome: text('outcome'),
    nextStep: text('next_step'),
    nextStepAt: instant('next_step_at'),
    /** The customer said that their needs have changed, which is to be recorded as needs. */
    needsChanged: boolean('needs_changed').notNull().default(false),
    ...versioned(),
  },
  (t) => [
    index('interaction_customer_idx').on(t.customerId, t.occurredAt, t.id),
    index('interaction_occurred_idx').on(t.occurredAt, t.id),
    // Used to find the rows for which the passing of time changes the result of a rule relative to now. A BRIN index
    // costs writes next to nothing.
    index('interaction_created_idx').using('brin', t.createdAt),
    index('interaction_updated_idx').using('brin', t.updatedAt),
    index('interaction_next_step_idx').on(t.nextStepAt).where(sql`${t.nextStepAt} is not null`),
    index('interaction_needs_changed_idx').on(t.customerId).where(sql`${t.needsChanged}`),
    index('interaction_contact_idx').on(t.contactId),
    index('interaction_employee_idx').on(t.employeeId, t.occurredAt),
    oneOfCheck('interaction_kind_check', t.kind, InteractionKind),
    oneOfCheck('interaction_direction_check', t.direction, InteractionDirection),
  ],
);

export type InteractionRow = typeof interaction.$inferSelect;
