import { Field, Int } from 'type-graphql';

/** The `expectedVersion` of an update; `whose` names the owner of the version, e.g. "The contact’s". */
export const ExpectedVersion = (whose: string): PropertyDecorator =>
  Field(() => Int, {
    description: `${whose} version as last read by the client. CONFLICT, with the current version, if it is stale. (预期版本号)`,
  });

/** The `idempotencyKey` of a create; `what` names the created object, e.g. "contact". */
export const IdempotencyKey = (what: string): PropertyDecorator =>
  Field(() => String, {
    nullable: true,
    description: `Chosen by the client, 1 to 64 characters: a repeated key returns the first ${what}. BAD_USER_INPUT if the input differs. (幂等键)`,
  });
