import { and, eq, sql } from 'drizzle-orm';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Actor, requireWritable } from '../../core/access/write-policy.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { badInput, type Issue, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { historyFields } from '../../core/model/history-field.ts';
import { millisecondOf } from '../../core/model/instant-condition.ts';
import { rightsOn, visibleTo } from '../../core/part/file-lock.ts';
import { checkInstant } from '../../core/validation/date.ts';
import { customer } from '../../domains/customer/customer.table.ts';
import { updateCustomer } from '../../domains/customer/customer.write.ts';

export interface RevertCustomerField {
  id: string;
  expectedVersion: number;
  field: string;
  to: string;
}

/** Fields that have their own operations, never change or follow from others. */
const notReverted = new Set([
  'fileNumber',
  'owner',
  'archivedAt',
  'createdAt',
  'provinceCode',
  'cityCode',
  'industryCode',
  'lostAs',
  'tierSetBy',
  'tierReason',
  'tierUntil',
  'verificationState',
  'archiveNumber',
  'archiveCategory',
  'formerNumbers',
]);

/**
 * Sets a field of a file to the value it had at an instant and returns the file's id. This is a change like any other:
 * it has the same rights, standards and checks as {@link updateCustomer} and its own line in the history.
 *
 * Errors: those of updateCustomer; BAD_USER_INPUT for a field that cannot be reverted, and for an instant before the
 * file was opened or in the future.
 */
export async function revertCustomerField(
  db: Database,
  actor: Actor,
  input: RevertCustomerField,
): Promise<string> {
  const recorded = [...historyFields().values()].find(
    ({ subject, field }) => subject === 'customer' && field === input.field,
  );
  const issues: Issue[] = [];
  const { problem } = checkInstant(input.to);
  if (problem) issues.push({ path: ['input', 'to'], ...problem });
  if (!recorded || notReverted.has(recorded.field)) {
    issues.push(unfit('field', 'UNKNOWN_FIELD', 'This field cannot be set back. (该字段不能回退。)'));
  } else if (recorded.history === 'OVERWRITE') {
    issues.push(unfit('field', 'NO_PAST', 'The past of this field is not kept. (该字段不保留历史。)'));
  }
  if (Date.parse(input.to) > actor.now.getTime()) {
    issues.push(unfit('to', 'OUT_OF_BOUNDS', 'This instant is in the future. (不能晚于当前时间。)'));
  }
  const id = requireId('cus', input.id, ['input', 'id'], issues);
  if (!recorded || issues.length > 0) throw badInput(issues);
  const name = recorded.column.endsWith('_id') ? `${recorded.field}Id` : recorded.field;
  await requireRight(db, actor.viewer, id, name);
  const past = await findPast(db, id, recorded.column, input.to);
  if (!past.isOpen) {
    const message = 'The file was not opened yet at this instant. (该时间早于建档时间。)';
    throw badInput([unfit('to', 'OUT_OF_BOUNDS', message)]);
  }
  return updateCustomer(db, actor, {
    id: input.id,
    expectedVersion: input.expectedVersion,
    ...(past.isChanged && { [name]: recorded.publish(past.value) }),
  });
}

const unfit = (field: string, code: string, message: string): Issue => ({
  path: ['input', field],
  code,
  message,
});

/** Checked before anything about the past is revealed, even that nothing changed. */
async function requireRight(db: Database, viewer: Viewer, id: string, field: string): Promise<void> {
  const [file] = await db
    .select(rightsOn(viewer, customer))
    .from(customer)
    .where(and(eq(customer.id, id), visibleTo(viewer, customer)));
  if (!file) throw notFound();
  requireWritable(viewer, file, 'Customer', [field]);
}

interface Past {
  /** The file existed at the instant. */
  isOpen: boolean;
  /** The field has changed since. */
  isChanged: boolean;
  value: string | null;
}

/** A field's value at an instant: the old value of its first change after it. The past is immutable, so no lock. */
const findPast = (db: Database, id: string, column: string, at: string): Promise<Past> =>
  queryJson(
    db,
    sql`select json_build_object(
      'isOpen', not exists (select from file_history where customer_id = ${id}::uuid and subject = 'customer'
                            and operation = 'INSERT' and occurred_at >= ${millisecondOf(at).until}),
      'isChanged', line.version is not null, 'value', line.old_value #>> '{}')
    from (select) one left join lateral (
      select version, old_value from file_history
      where customer_id = ${id}::uuid and subject = 'customer' and field = ${column}::text and occurred_at >= ${millisecondOf(at).until}
      order by version, id limit 1) line on true`,
  );
