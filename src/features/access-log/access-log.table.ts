import { sql } from 'drizzle-orm';
import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { id, instant, now, oneOf, oneOfCheck } from '../../core/database/columns.ts';

/** What an entry of the access log tells. */
export const AccessLogKind = {
  READ: 'READ',
  LOOKED_UP: 'LOOKED_UP',
  EXPORT_STARTED: 'EXPORT_STARTED',
  EXPORTED: 'EXPORTED',
  REFUSED: 'REFUSED',
  REQUESTED: 'REQUESTED',
  DECIDED: 'DECIDED',
  GRANTED: 'GRANTED',
  GRANT_ENDED: 'GRANT_ENDED',
  SIGNED_IN: 'SIGNED_IN',
  SIGN_IN_REFUSED: 'SIGN_IN_REFUSED',
} as const;
export type AccessLogKind = (typeof AccessLogKind)[keyof typeof AccessLogKind];

/** Why somebody was let read. */
export const AccessReason = {
  ROLE: 'ROLE',
  GRANT: 'GRANT',
  EXPORT: 'EXPORT',
  DIRECTORY: 'DIRECTORY',
} as const;
export type AccessReason = (typeof AccessReason)[keyof typeof AccessReason];

/**
 * Who read what of others' files, when and why; who was refused; who signed in (R106). Only ever added to: a trigger
 * refuses changes, and the API's role may not even try. Kept as ids, without foreign keys: the log stands by itself.
 */
export const accessLog = pgTable(
  'access_log',
  {
    id: id(),
    occurredAt: instant('occurred_at').notNull().default(now),
    kind: oneOf('kind', AccessLogKind).notNull(),
    /** Null for a sign-in to no account. */
    employeeId: uuid('employee_id'),
    sessionId: uuid('session_id'),
    /** Access classes that were read, asked for or granted. */
    classes: text('classes').array().notNull().default(sql`'{}'`),
    /** The files concerned: one entry per operation and set of fields, however many files. */
    customerIds: uuid('customer_ids').array().notNull().default(sql`'{}'`),
    /** The grants a read was based on, and so its purpose; none where the role itself reads the class. */
    grantIds: uuid('grant_ids').array().notNull().default(sql`'{}'`),
    /** Fields that were read, refused or exported, e.g. Customer.creditLimit. */
    fields: text('fields').array().notNull().default(sql`'{}'`),
    /** Error code of a refusal; format of an export that began, status of one that ended. */
    code: text('code'),
    /** What it is for, in the words of who asked for it: for the export, the access, or with the request. */
    purpose: text('purpose'),
    /** Why it was allowed: of what was read. */
    reason: oneOf('reason', AccessReason),
    /** What was looked up in the directory, or sought of files in general. */
    search: text('search'),
    /** Customers that an export handed over. */
    rowCount: integer('row_count'),
    operationName: text('operation_name'),
    requestId: text('request_id'),
    /** Network address of the client; null for what the database itself did. */
    address: text('address'),
  },
  (t) => [
    index('access_log_occurred_idx').on(t.occurredAt, t.id),
    index('access_log_employee_idx').on(t.employeeId, t.occurredAt),
    index('access_log_customers_idx').using('gin', t.customerIds),
    oneOfCheck('access_log_kind_check', t.kind, AccessLogKind),
    oneOfCheck('access_log_reason_check', t.reason, AccessReason),
  ],
);
