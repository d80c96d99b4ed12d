import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant, now, oneOf, oneOfCheck } from '../../core/database/columns.ts';
import { employee } from '../../domains/employee/employee.table.ts';

export const ExportFormat = { CSV: 'CSV', XLSX: 'XLSX' } as const;
export type ExportFormat = (typeof ExportFormat)[keyof typeof ExportFormat];

export const ExportStatus = {
  READY: 'READY',
  RUNNING: 'RUNNING',
  DONE: 'DONE',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
  EXPIRED: 'EXPIRED',
} as const;
export type ExportStatus = (typeof ExportStatus)[keyof typeof ExportStatus];

/**
 * An export of customers (导出): what was requested, and the progress of its one download. The rows themselves are never
 * stored; they are read during the download, under the rights of that moment.
 */
export const customerExport = pgTable(
  'customer_export',
  {
    id: id(),
    employeeId: uuid('employee_id')
      .notNull()
      .references(() => employee.id),
    format: oneOf('format', ExportFormat).notNull(),
    /** Names of `ExportColumn`s. */
    columns: text('columns').array().notNull(),
    filter: jsonb('filter').$type<Record<string, unknown>>(),
    /** No foreign key: if it became null when the segment is deleted, the export would contain every customer. */
    segmentId: uuid('segment_id'),
    /** Language of headings and of enumerations: ZH or EN. */
    locale: text('locale').notNull(),
    purpose: text('purpose').notNull(),
    status: oneOf('status', ExportStatus).notNull().default('READY'),
    /** Rows written so far. */
    rowCount: integer('row_count').notNull().default(0),
    createdAt: instant('created_at').notNull().default(now),
    /** When the export expires unless its download has started. */
    expiresAt: instant('expires_at').notNull(),
    startedAt: instant('started_at'),
    /** The last heartbeat of the instance that runs the download. */
    touchedAt: instant('touched_at'),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('customer_export_created_idx').on(t.createdAt),
    index('customer_export_open_idx').on(t.status).where(sql`${t.status} in ('READY', 'RUNNING')`),
    // One download at a time per employee, across all instances.
    uniqueIndex('customer_export_running_key').on(t.employeeId).where(sql`${t.status} = 'RUNNING'`),
    oneOfCheck('customer_export_format_check', t.format, ExportFormat),
    oneOfCheck('customer_export_status_check', t.status, ExportStatus),
  ],
);

export type CustomerExportRow = typeof customerExport.$inferSelect;
