import { and, eq, isNull, sql } from 'drizzle-orm';
import { accessGrant } from '../access/access.table.ts';
import { breaksConstraint } from '../database/constraint.ts';
import type { Database } from '../database/database.ts';
import { conflict } from '../errors.ts';
import { accessRequest } from '../grant/access-request.table.ts';
import { endSessionsOf } from '../session/session.service.ts';
import { employee } from './employee.table.ts';

/** Ends what an employee has borrowed or asked for: they left, or changed post. Returns how many grants ended. */
export async function endBorrowing(tx: Database, employeeId: string, actorId: string): Promise<number> {
  const ended = await tx
    .update(accessGrant)
    .set({ endedAt: sql`now()`, endReason: 'HANDOVER', endedById: actorId })
    .where(and(eq(accessGrant.granteeId, employeeId), isNull(accessGrant.endedAt)))
    .returning({ id: accessGrant.id });
  await tx
    .update(accessRequest)
    .set({ decision: 'WITHDRAWN', decidedById: actorId, decidedAt: sql`now()` })
    .where(and(eq(accessRequest.requesterId, employeeId), isNull(accessRequest.decision)));
  return ended.length;
}

/**
 * Locks an employee out: no request, and no socket, from the commit on. That no active file is left without an active
 * owner is the database's to refuse, at the commit: see {@link tellingOrphans}.
 */
export async function lockOut(tx: Database, employeeId: string): Promise<void> {
  await tx.update(employee).set({ disabledAt: sql`now()` }).where(eq(employee.id, employeeId));
  await endSessionsOf(tx, employeeId, 'DISABLED');
}

/** Turns the refusal of a transaction that leaves active files without an active owner into CONFLICT. */
export async function tellingOrphans<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!breaksConstraint(error, 'customer_active_owner')) throw error;
    throw conflict(
      'An active file would be left without an active owner; hand the files over first. (在管档案将无对接人，请先移交档案。)',
      { reason: 'ACTIVE_FILES_WITHOUT_OWNER' },
    );
  }
}
