import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { Delegation } from './delegation.type.ts';

@InputType({ description: 'Who stands in for whom, and for how long. (设置代理)' })
export class CreateDelegationInput {
  @Field(() => ID, {
    nullable: true,
    description: 'Who is away: an active employee whose role can own files. Default: the viewer. (被代理人)',
  })
  employeeId?: string | null;

  @Field(() => ID, {
    description: 'Who stands in: another active employee whose role can own files. (代理人)',
  })
  delegateId!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it begins; not in the past. Default: now. (开始时间)',
  })
  startsAt?: string | null;

  @Field(() => DateTimeScalar, {
    description: 'When it ends by itself, at most 366 days after it begins. (结束时间)',
  })
  endsAt!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Chosen by the client, 1 to 64 characters: the same key again returns the first delegation. BAD_USER_INPUT with another input. (幂等键)',
  })
  idempotencyKey?: string | null;
}

@InputType({ description: 'A delegation to be ended at once. (终止代理)' })
export class EndDelegationInput {
  @Field(() => ID, { description: 'The delegation. (代理编号)' })
  id!: string;
}

@ObjectType({ description: 'The delegation that was entered. (设置结果)' })
@Extensions({ access: 'open' })
export class CreateDelegationPayload {
  @Field(() => Delegation, { description: 'The delegation. (代理)' })
  delegation!: Delegation;
}

@ObjectType({ description: 'The delegation after it was ended. (终止结果)' })
@Extensions({ access: 'open' })
export class EndDelegationPayload {
  @Field(() => Delegation, { description: 'The delegation. (代理)' })
  delegation!: Delegation;
}
