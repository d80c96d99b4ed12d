import { and, count, eq } from 'drizzle-orm';
import { type Actor, originOf, requireWritable } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { badInput, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { type LockedFile, requireActive } from '../../core/part/file-lock.ts';
import { lockFile } from '../customer/customer-file.write.ts';
import { checkEmployees } from '../employee/employee.reference.ts';
import { customerCoOwner } from './co-owner.table.ts';

const path = ['input'];
const at = [...path, 'coOwnerId'];

/** Most co-owners of one file: more is a team, for whom a manager reads. */
export const MOST_CO_OWNERS = 20;

/** A file and an employee, as TypeIDs. */
export interface CoOwner {
  id: string;
  coOwnerId: string;
}

/**
 * Makes an employee a co-owner of a file and returns its id (a UUID): they read and change it as its owner does, but do
 * not decide about it. One who is so already leaves no trace, so the call may be repeated freely.
 *
 * Errors: NOT_FOUND, FORBIDDEN unless the viewer decides about the file, CONFLICT for an archived file, BAD_USER_INPUT
 * naming every violation: an employee who is not active, owns the file or has a role that can own none; more than 20.
 */
export const addCoOwner = (db: Database, actor: Actor, input: CoOwner): Promise<string> =>
  changeCoOwners(db, actor, input, async (tx, file, employeeId) => {
    const issues = await checkEmployees(tx, { coOwnerId: employeeId }, path);
    if (employeeId === file.ownerId) issues.push(ownsIt);
    if (issues.length > 0) throw badInput(issues);
    await tx.insert(customerCoOwner).values({ customerId: file.id, employeeId }).onConflictDoNothing();
    const [held] = await tx
      .select({ count: count() })
      .from(customerCoOwner)
      .where(eq(customerCoOwner.customerId, file.id));
    if ((held?.count ?? 0) > MOST_CO_OWNERS) throw badInput([tooMany]);
  });

/**
 * Ends an employee's being a co-owner of a file and returns its id (a UUID). One who is none leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN unless the viewer decides about the file, CONFLICT for an archived file, BAD_USER_INPUT.
 */
export const removeCoOwner = (db: Database, actor: Actor, input: CoOwner): Promise<string> =>
  changeCoOwners(db, actor, input, async (tx, { id }, employeeId) => {
    await tx
      .delete(customerCoOwner)
      .where(and(eq(customerCoOwner.customerId, id), eq(customerCoOwner.employeeId, employeeId)));
  });

function changeCoOwners(
  db: Database,
  actor: Actor,
  input: CoOwner,
  change: (tx: Database, file: LockedFile, employeeId: string) => Promise<void>,
): Promise<string> {
  const issues: Issue[] = [];
  const { value: employeeId, problem } = checkId('emp', input.coOwnerId);
  if (problem) issues.push({ path: at, ...problem });
  const id = requireId('cus', input.id, [...path, 'id'], issues);
  return writeAs(db, originOf(actor), async (tx) => {
    const file = await lockFile(tx, actor.viewer, id);
    requireWritable(actor.viewer, file, 'Customer', ['coOwners']);
    requireActive(file);
    if (issues.length > 0) throw badInput(issues);
    await change(tx, file, employeeId as string);
    return id;
  });
}

const ownsIt: Issue = {
  path: at,
  code: 'OWNS_FILE',
  message: 'They own this file. (该员工已是本档案的对接人。)',
};

const tooMany: Issue = {
  path: at,
  code: 'TOO_MANY_CO_OWNERS',
  message: `A file has at most ${MOST_CO_OWNERS} co-owners. (每份档案最多 ${MOST_CO_OWNERS} 位协办人。)`,
};
