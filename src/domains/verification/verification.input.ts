import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ExpectedVersion } from '../../core/graphql/schema/input-field.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerOutcome } from '../customer/customer.input.ts';
import { VerificationMethod } from './verification.table.ts';

/** What every decision about a file names. */
@InputType()
export abstract class FileDecisionInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @ExpectedVersion('The file’s', 'FILE')
  expectedVersion!: number;
}

@InputType({ description: 'A file to be verified by somebody else. (提交审核)' })
export class SubmitFileInput extends FileDecisionInput {}

@InputType({ description: 'A file that is right. (审核通过)' })
export class ApproveFileInput extends FileDecisionInput {
  @Field(() => String, {
    nullable: true,
    description:
      'What proves it, at most 1,000 characters; required of who submitted the file, in a second pass. (审核依据)',
  })
  evidence?: string | null;
}

@InputType({ description: 'A file that is not right yet. (驳回)' })
export class RejectFileInput extends FileDecisionInput {
  @Field(() => String, {
    description:
      'What is wrong, 1 to 500 characters: who submitted the file is given a task with it. (驳回原因)',
  })
  reason!: string;
}

@InputType({ description: 'A value that was verified. (字段核实)' })
export class VerifiedFieldInput {
  @Field(() => String, {
    description:
      'Its field, such as `name` or `mobile`: one of those that `Customer.verification.fields` lists. (字段)',
  })
  field!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The contact or need of the file that has it; the file itself unless given. (对象编号)',
  })
  entityId?: string | null;

  @Field(() => VerificationMethod, { description: 'By what. (核实方式)' })
  method!: VerificationMethod;

  @Field(() => String, {
    nullable: true,
    description:
      'What proves it, at most 1,000 characters, such as the page, the document or who said it when; required in a second pass. Read by who reads the field. (核实依据)',
  })
  evidence?: string | null;
}

@InputType({ description: 'Values of one file that were verified. (字段核实)' })
export class VerifyFieldsInput extends FileDecisionInput {
  @Field(() => [VerifiedFieldInput], { description: 'They, 1 to 50, each once. (字段)' })
  fields!: VerifiedFieldInput[];
}

@ObjectType({ description: 'The file after it was submitted. (提交结果)' })
@Extensions({ access: 'open' })
export class SubmitFilePayload extends CustomerOutcome {}

@ObjectType({ description: 'The file after it was approved. (审核结果)' })
@Extensions({ access: 'open' })
export class ApproveFilePayload extends CustomerOutcome {}

@ObjectType({ description: 'The file after it was rejected. (驳回结果)' })
@Extensions({ access: 'open' })
export class RejectFilePayload extends CustomerOutcome {}

@ObjectType({ description: 'The file whose values were verified. (核实结果)' })
@Extensions({ access: 'open' })
export class VerifyFieldsPayload extends CustomerOutcome {}
