import { Field, Int } from 'type-graphql';

const reported =
  '`extensions.currentVersion` and `extensions.conflicts: [{ field, entityType, entityId, actor { id, name }, occurredAt, value, withheld }]` say what has changed, as far as the viewer may read it, newest first, at most 100';
const unusable =
  'CONFLICT with `extensions.reason` FUTURE_VERSION for a version that does not exist yet, UNKNOWN_VERSION for one the history does not reach back to';

/**
 * What a stale `expectedVersion` is in conflict with.
 *
 * - FIELDS: changes of what the input writes
 * - ROW: any change of a row that is deleted
 * - FILE: any change in a file that is decided about, but of its tasks
 * - UNRECORDED: any change of a row without a history
 */
const conflicts = {
  FIELDS: `CONFLICT where a field that the input writes, or one that means something only together with it (amount and currency), has changed since: ${reported}. What others changed besides is kept, and a field that holds already what is written is in conflict with nothing, so the same input twice succeeds. ${unusable}.`,
  ROW: `CONFLICT for any change of it since: ${reported}. ${unusable}.`,
  FILE: `CONFLICT for any change since, of the file or of anything in it, a recorded interaction too, but not of its tasks, and not for access that was granted or ended; never where the file is already as requested: ${reported}. ${unusable}.`,
  UNRECORDED:
    'CONFLICT, with `extensions.currentVersion`, for any change since, unless the input changes nothing; for a version that does not exist yet with `extensions.reason` FUTURE_VERSION.',
} as const;

/**
 * The `expectedVersion` of an update; `whose` names the owner of the version, e.g. "The contact’s". Optional, it is
 * not checked where it is left out.
 */
export const ExpectedVersion = (
  whose: string,
  against: keyof typeof conflicts = 'FIELDS',
  nullable = false,
): PropertyDecorator =>
  Field(() => Int, {
    nullable,
    description: `${whose} version as last read by the client${nullable ? '; left out, it is not checked' : ''}. ${conflicts[against]} (预期版本号)`,
  });

/** The `idempotencyKey` of a create; `what` names the created object, e.g. "contact". */
export const IdempotencyKey = (what: string): PropertyDecorator =>
  Field(() => String, {
    nullable: true,
    description: `Chosen by the client, 1 to 64 characters: a repeated key returns the first ${what}. BAD_USER_INPUT if the input differs. (幂等键)`,
  });
