import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql';
import { ExpectedVersion } from '../../core/graphql/schema/input-field.ts';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { ForwardPageArgs } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerOutcome } from '../../domains/customer/customer.input.ts';

@ArgsType()
export class HistoryArgs extends ForwardPageArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'Only changes of this field of the file or of anything in it, by its name in this API. BAD_USER_INPUT for an unknown one, FORBIDDEN for one the viewer’s role never reads. (字段)',
  })
  field?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Only changes of this: the file, one contact, one deal … (变更对象编号)',
  })
  entityId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only changes by this employee. (操作人编号)' })
  actorId?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Only changes at or after this instant; of a plain date, from its first moment. (起始时间)',
  })
  from?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Only changes before this instant; of a plain date, to its last moment. (截止时间)',
  })
  to?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Only changes from this value, in any spelling of its field; amounts are compared as numbers. At most 4,000 characters. (旧值)',
  })
  oldValue?: string | null;

  @Field(() => String, { nullable: true, description: 'Only changes to this value, likewise. (新值)' })
  newValue?: string | null;
}

@InputType({ description: 'A field of a file and the instant whose value it gets back. (字段回退)' })
export class RevertCustomerFieldInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @ExpectedVersion('The file’s')
  expectedVersion!: number;

  @Field(() => String, {
    description:
      'A field of updateCustomer’s input, e.g. "creditLimit". BAD_USER_INPUT for any other, and for one without history. (字段)',
  })
  field!: string;

  @Field(() => DateTimeScalar, {
    description:
      'The instant whose value is restored; BAD_USER_INPUT before the file was opened or in the future. (回退到的时间)',
  })
  to!: string;
}

@ObjectType({ description: 'The file after the field was set back. (回退结果)' })
@Extensions({ access: 'open' })
export class RevertCustomerFieldPayload extends CustomerOutcome {}
