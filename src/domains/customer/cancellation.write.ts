import { eq } from 'drizzle-orm';
import { type Actor, requireWritable } from '../../core/access/write-policy.ts';
import type { Database } from '../../core/database/database.ts';
import { badInput, conflict } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { requireActive } from '../../core/part/file-lock.ts';
import { writeVersioned } from '../../core/part/version-conflict.ts';
import { checkFields, requiredText } from '../../core/validation/fields.ts';
import { customer } from './customer.table.ts';
import { lockFile, requireSeen } from './customer-file.write.ts';

const path = ['input'];

export interface CancelArchiveNumber {
  id: string;
  expectedVersion: number;
  reason: string;
}

/**
 * Cancels the archive number of a file and returns the file's id (a UUID). The number stays among its former ones; who
 * cancelled it for this reason already leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for any change since the version the client has read, an archived file and one
 * without a number, BAD_USER_INPUT naming every violation.
 */
export function cancelArchiveNumber(db: Database, actor: Actor, input: CancelArchiveNumber): Promise<string> {
  const { viewer, now } = actor;
  const { values, issues } = checkFields({ reason: requiredText(500) }, input, { mode: 'create', path });
  const id = requireId('cus', input.id, [...path, 'id'], issues);
  const cancelledBy = encodeId('emp', viewer.id);
  return writeVersioned(db, actor, async (tx) => {
    const file = await lockFile(tx, viewer, id);
    requireWritable(viewer, file, 'Customer', ['formerNumbers']);
    const { archiveNumber: number, formerNumbers: former } = file;
    const last = former?.at(-1);
    const isDone = number === null && last?.cancelledBy === cancelledBy && last.reason === values.reason;
    await requireSeen(tx, actor, file, input.expectedVersion, isDone);
    if (isDone) return id;
    requireActive(file);
    if (issues.length > 0) throw badInput(issues);
    if (number === null) throw notRegistered();
    const cancelled = {
      number,
      reason: values.reason as string,
      cancelledAt: now.toISOString(),
      cancelledBy,
    };
    const formerNumbers = [...(former ?? []), cancelled];
    await tx
      .update(customer)
      .set({ archiveNumber: null, archiveCategory: null, formerNumbers })
      .where(eq(customer.id, id));
    return id;
  });
}

const notRegistered = () =>
  conflict('The file has no archive number. (该档案没有档号。)', { reason: 'NOT_REGISTERED' });
