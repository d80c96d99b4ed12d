import { sql } from 'drizzle-orm';
import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { id, instant, now, oneOf, oneOfCheck } from '../../core/database/columns.ts';

/** The kinds of access-log entries. */
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

/** Why a read was allowed. */
export const AccessReason = {
  ROLE: 'ROLE',
  GRANT: 'GRANT',
  EXPORT: 'EXPORT',
  DIRECTORY: 'DIRECTORY',
  CUSTOMER: 'CUSTOMER',
} as const;
export type AccessReason = (typeof AccessReason)[keyof typeof AccessReason];

/**
 * Who read what of others' files, when and why; who was refused; who signed in (R106). Append-only: a trigger refuses
 * changes, and the API's role has no privilege for them. It stores ids without foreign keys, so that no other table can
 * affect it.
 */
export const accessLog = pgTable(
  'access_log',
  {
    id: id(),
    occurredAt: instant('occurred_at').notNull().default(now),
    kind: oneOf('kind', AccessLogKind).notNull(),
    /** Null for a sign-in attempt to an unknown account. */
    employeeId: uuid('employee_id'),
    sessionId: uuid('session_id'),
    /** Access classes that were read, requested or granted. */
    classes: text('classes').array().notNull().default(sql`'{}'`),
    /** The files concerned; there is one entry per operation and set of fields, however many files. */
    customerIds: uuid('customer_ids').array().notNull().default(sql`'{}'`),
    /** The grants that allowed a read, which also state its purpose; none where the role itself reads the class. */
    grantIds: uuid('grant_ids').array().notNull().default(sql`'{}'`),
    /** Fields that were read, refused or exported, e.g. Customer.creditLimit. */
    fields: text('fields').array().notNull().default(sql`'{}'`),
    /** Error code of a refusal; format of an export that started, status of one that ended. */
    code: text('code'),
    /** The purpose in the employee's own words, as given for the export, the access request or the HTTP request. */
    purpose: text('purpose'),
    /** Why the read was allowed; null for entries of other kinds. */
    reason: oneOf('reason', AccessReason),
    /** The search text of a directory look-up, or the filter or search of a query for files. */
    search: text('search'),
    /** Number of customers exported. */
    rowCount: integer('row_count'),
    operationName: text('operation_name'),
    requestId: text('request_id'),
    /** Network address of the client; null for actions of the database itself. */
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
