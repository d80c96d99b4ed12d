import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ExpectedVersion, IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { DateScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerTier } from './customer.table.ts';
import { Customer } from './customer.type.ts';
import { CustomerFieldsInput } from './customer-fields.input.ts';

@InputType({ description: 'A customer file to be opened. (新建客户档案)' })
export class CreateCustomerInput extends CustomerFieldsInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Full legal name of an organization with its legal form, such as 北京信息技术股份有限公司, never a short form, or a person’s name; 2 to 200 characters. A lead known by its shortName only has none until it is won. (企业全称)', // R62, AC-5
  })
  name?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The active employee responsible for the file. Sales open files for themselves only and may leave it out; all others must name one. (对接人)',
  })
  ownerId?: string | null;

  @IdempotencyKey('file')
  idempotencyKey?: string | null;
}

@InputType({
  description: 'A change of a customer file: an absent field is left alone, null clears one. (修改客户档案)',
})
export class UpdateCustomerInput extends CustomerFieldsInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @ExpectedVersion('The file’s')
  expectedVersion!: number;

  @Field(() => String, {
    nullable: true,
    description:
      'Full legal name of an organization or a person’s name; 2 to 200 characters. May be cleared only where a shortName stays and the file is not WON. (企业全称)', // R62, AC-5
  })
  name?: string | null;
}

@InputType({ description: 'A file and the employee who takes it over. (分配客户)' })
export class AssignCustomerInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @Field(() => ID, { description: 'The new owner, an active employee. (新对接人)' })
  ownerId!: string;

  @ExpectedVersion('The file’s', 'FILE', true)
  expectedVersion?: number | null;
}

@InputType({ description: 'A file to be put to rest, or restored. (封存客户)' })
export class ArchiveCustomerInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @ExpectedVersion('The file’s', 'FILE')
  expectedVersion!: number;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True, the default, archives the file; false restores it, as restoreCustomer does. (是否封存)',
  })
  archived?: boolean | null;
}

@InputType({ description: 'An archived file to be taken up again. (恢复客户)' })
export class RestoreCustomerInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @ExpectedVersion('The file’s', 'FILE')
  expectedVersion!: number;
}

@InputType({ description: 'A tier that a person sets. (设置客户等级)' })
export class SetTierInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @ExpectedVersion('The file’s')
  expectedVersion!: number;

  @Field(() => CustomerTier, {
    nullable: true,
    description: 'The tier; null or absent gives the file back to the rule. (客户等级)',
  })
  tier?: CustomerTier | null;

  @Field(() => String, { description: 'Why, 1 to 500 characters. (说明)' })
  reason!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'Its last day, not in the past; until further notice unless given. Only with a tier. (截止日)',
  })
  until?: string | null;
}

/** The payload of every mutation that changes a file. */
@ObjectType()
export abstract class CustomerOutcome {
  @Field(() => Customer, { description: 'The file as it is now. (客户档案)' })
  customer!: Customer;
}

@ObjectType({ description: 'The file that was opened. (新建结果)' })
@Extensions({ access: 'open' })
export class CreateCustomerPayload {
  @Field(() => Customer, { description: 'The new file. (客户档案)' })
  customer!: Customer;
}

@ObjectType({ description: 'The file after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class UpdateCustomerPayload extends CustomerOutcome {}

@ObjectType({ description: 'The file after it was handed over. (分配结果)' })
@Extensions({ access: 'open' })
export class AssignCustomerPayload extends CustomerOutcome {}

@ObjectType({ description: 'The file after it was archived or restored. (封存结果)' })
@Extensions({ access: 'open' })
export class ArchiveCustomerPayload extends CustomerOutcome {}

@ObjectType({ description: 'The file after it was restored. (恢复结果)' })
@Extensions({ access: 'open' })
export class RestoreCustomerPayload extends CustomerOutcome {}

@ObjectType({ description: 'The file after its tier was set. (设置结果)' })
@Extensions({ access: 'open' })
export class SetTierPayload extends CustomerOutcome {}
