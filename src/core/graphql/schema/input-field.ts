import { Field, Int } from 'type-graphql';

/** The `expectedVersion` of an update; `whose` names the owner of the version, e.g. "The contact’s". */
export const ExpectedVersion = (whose: string): PropertyDecorator =>
  Field(() => Int, {
    description: `${whose} version as the client read it. CONFLICT with the current one when it is stale. (预期版本号)`,
  });

/** The `idempotencyKey` of a create; `what` names the created object, e.g. "contact". */
export const IdempotencyKey = (what: string): PropertyDecorator =>
  Field(() => String, {
    nullable: true,
    description: `Chosen by the client, 1 to 64 characters: the same key again returns the first ${what}. BAD_USER_INPUT with another input. (幂等键)`,
  });
