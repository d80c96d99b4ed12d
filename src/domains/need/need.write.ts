import { eq } from 'drizzle-orm';
import { type Actor, originOf, requireWritable, writtenFields } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { insertedId, once } from '../../core/database/idempotency.ts';
import { badInput } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { lockFile, lockInFile, requireActive, requireVersion } from '../customer/customer-file.write.ts';
import { checkNeed, type NeedFields, type NeedValues } from './need.check.ts';
import { need } from './need.table.ts';

const path = ['input'];

export interface CreateNeed extends NeedFields {
  customerId: string;
  idempotencyKey?: string | null;
}

/**
 * Adds a need to a file and returns its id (a UUID).
 *
 * Errors: NOT_FOUND for the file, FORBIDDEN naming every field the viewer may not set, CONFLICT for an archived
 * file, BAD_USER_INPUT naming every violation.
 */
export function createNeed(db: Database, actor: Actor, input: CreateNeed): Promise<string> {
  const { viewer } = actor;
  const { values, issues } = checkNeed(input, { mode: 'create', path });
  const customerId = requireId('cus', input.customerId, [...path, 'customerId'], issues);
  const attempt = { viewerId: viewer.id, operation: 'createNeed', key: input.idempotencyKey, input };
  return writeAs(db, originOf(actor), async (tx) => {
    const file = await lockFile(tx, viewer, customerId);
    const { id } = await once(tx, attempt, async (newId) => {
      requireWritable(viewer, file, 'Need', writtenFields(input));
      requireActive(file);
      if (issues.length > 0) throw badInput(issues);
      return insertedId(
        tx
          .insert(need)
          .values({ ...(values as NeedValues & { item: string }), id: newId, customerId })
          .returning({ id: need.id }),
      );
    });
    return id;
  });
}

export interface UpdateNeed extends NeedFields {
  id: string;
  expectedVersion: number;
}

/**
 * Changes fields of a need and returns its id. An absent field is left alone, null clears one; an update that
 * changes nothing succeeds and leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN naming every field the viewer may not change, CONFLICT for a stale version of the
 * need or an archived file, BAD_USER_INPUT naming every violation.
 */
export function updateNeed(db: Database, actor: Actor, input: UpdateNeed): Promise<string> {
  const { viewer } = actor;
  const id = requireId('need', input.id, [...path, 'id']);
  return writeAs(db, originOf(actor), async (tx) => {
    const { file, row } = await lockInFile(tx, viewer, need, id);
    requireWritable(viewer, file, 'Need', writtenFields(input));
    requireVersion(row, input.expectedVersion);
    requireActive(file);
    const { values, issues } = checkNeed(input, { mode: 'update', path, current: row });
    if (issues.length > 0) throw badInput(issues);
    if (Object.keys(values).length > 0) await tx.update(need).set(values).where(eq(need.id, id));
    return id;
  });
}
