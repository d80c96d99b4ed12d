import { type SQL, sql } from 'drizzle-orm';
import { assigners } from '../../core/access/policy.ts';
import { reachOf } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';

/**
 * Handovers that the viewer can see: those they gave, performed, or received files or segments in; roles that may hand
 * files over see all.
 */
export const visibleHandovers = (viewer: Viewer, alias: Alias): SQL =>
  assigners.includes(viewer.role)
    ? sql`true`
    : sql`(${columnOf(alias, 'from_employee_id')} = ${viewer.id}::uuid or ${columnOf(alias, 'performed_by_id')} = ${viewer.id}::uuid
        or ${columnOf(alias, 'segments_to_id')} = ${viewer.id}::uuid or ${isReceivedBy(alias, viewer.id)})`;

/** Whether the viewer may read the names of all colleagues; other viewers see their ids only. */
export const readsNames = (viewer: Viewer): boolean =>
  reachOf(viewer, { access: 'open', text: 'IDENTIFYING' }) === 'ALL';

/**
 * The order of receptions `r`: largest first, then by the receiver's name if the viewer may read names, since an order
 * by name would reveal something about them.
 */
export const receptionOrder = (viewer: Viewer, receiver: string): SQL =>
  sql.raw(
    `r.customers desc, r.custodianships desc, ${readsNames(viewer) ? `${receiver}.name, ` : ''}${receiver}.id`,
  );

/** Whether an employee (UUID) received something in a handover. */
export const isReceivedBy = (alias: Alias, employeeId: string, condition: SQL = sql`true`): SQL =>
  sql`exists (select from handover_reception hr where hr.handover_id = ${columnOf(alias, 'id')}
              and hr.employee_id = ${employeeId}::uuid and ${condition})`;
