import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerFilter } from '../../domains/customer/customer.model.ts';
import { SharedFieldsInput } from '../../domains/customer/customer-fields.input.ts';

/** Which files a call is about, and how. */
@InputType()
abstract class BulkFieldsInput {
  @Field(() => CustomerFilter as never, {
    nullable: true,
    description:
      'The files this holds for, archived ones left out; at most 10,000 (TOO_MANY_FILES). Either this or `ids` (ONE_OF). FORBIDDEN on a field the viewer may not read, NO_CONDITION for a filter without any condition, such as `{}` or `{ region: null }`. (筛选条件)',
  })
  filter?: object | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'These files, 1 to 1,000, each once. One that the viewer does not see is refused like one that does not exist; NOT_FOUND if they see none. (客户编号)',
  })
  ids?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True only tells what would happen: nothing is locked or written. Default false. (仅预览)',
  })
  dryRun?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The `state` of the dry run that was looked at: CONFLICT (reason SELECTION_CHANGED) where anything of it has changed since, and nothing is written. Default: whatever is there now. (预览状态)',
  })
  expectedState?: string | null;

  @IdempotencyKey('outcome')
  idempotencyKey?: string | null;
}

@InputType({
  description:
    'What is set in each of the files: an absent field is left alone, null clears one; at least one (NOTHING_TO_CHANGE). (批量修改内容)',
})
export class CustomersPatchInput extends SharedFieldsInput {}

@InputType({ description: 'The same change of many files. (批量修改客户)' })
export class UpdateCustomersInput extends BulkFieldsInput {
  @Field(() => CustomersPatchInput, { description: 'What is set. (修改内容)' })
  patch!: CustomersPatchInput;
}

@InputType()
abstract class BulkTagsInput extends BulkFieldsInput {
  @Field(() => [String], {
    description:
      'Labels, 1 to 50, each 1 to 64 characters: "facet-value" such as 行业-制造业, or free such as 高预算. (标签)',
  })
  tags!: string[];
}

@InputType({ description: 'Tags to be put on many files. (批量添加标签)' })
export class TagCustomersInput extends BulkTagsInput {}

@InputType({ description: 'Tags to be taken off many files. (批量移除标签)' })
export class UntagCustomersInput extends BulkTagsInput {}

@ObjectType({ description: 'Why files are refused. (拒绝原因)' })
@Extensions({ access: 'open' })
export class BulkReason {
  @Field(() => [String], {
    description: 'The place in the input, such as ["input", "patch", "name"]. (位置)',
  })
  @Extensions({ text: 'CONTROLLED' })
  path!: string[];

  @Field(() => String, { description: 'For programs, such as ARCHIVED or WON_NEEDS_DEAL. (代码)' })
  @Extensions({ text: 'CONTROLLED' })
  code!: string;

  @Field(() => String, { description: 'For people; never repeats a value. (说明)' })
  @Extensions({ text: 'CONTROLLED' })
  message!: string;
}

@ObjectType({ description: 'Files that are refused for the same reasons. (被拒绝的客户)' })
@Extensions({ access: 'open' })
export class BulkRefusal {
  @Field(() => String, {
    description:
      'What a single write would answer: NOT_FOUND, FORBIDDEN, CONFLICT or BAD_USER_INPUT. (错误代码)',
  })
  @Extensions({ text: 'CONTROLLED' })
  code!: string;

  @Field(() => [BulkReason], { description: 'Every reason. (原因)' })
  reasons!: BulkReason[];

  @Field(() => Int, { description: 'How many files. (数量)' })
  count!: number;

  @Field(() => [ID], { description: 'Their ids, at most 100. (客户编号)' })
  customerIds!: string[];
}

@ObjectType({
  description:
    'What has happened to the files, or would: matched = changed + unchanged + refused. (批量结果)',
})
@Extensions({ access: 'open' })
export class BulkOutcome {
  @Field(() => Int, { description: 'Files that the call is about. (涉及数量)' })
  matched!: number;

  @Field(() => Int, {
    description: 'Files that it changes: one version and one event each for fields. (修改数量)',
  })
  changed!: number;

  @Field(() => Int, {
    description: 'Files that are as wanted already; they keep their version. (无变化数量)',
  })
  unchanged!: number;

  @Field(() => Int, {
    description: 'Files that stay as they are, because a single write would be refused. (拒绝数量)',
  })
  refused!: number;

  @Field(() => [BulkRefusal], { description: 'The refused files by their reasons, most first. (拒绝明细)' })
  refusals!: BulkRefusal[];

  @Field(() => String, {
    description:
      'A digest of what would happen to which version of which file: see `expectedState`. (状态摘要)',
  })
  @Extensions({ text: 'CONTROLLED' })
  state!: string;
}

/** The payload of every mutation about many files. */
@ObjectType()
abstract class BulkPayload {
  @Field(() => BulkOutcome, { description: 'What has happened, or would. (批量结果)' })
  outcome!: BulkOutcome;
}

@ObjectType({ description: 'What the change of many files did. (批量修改结果)' })
@Extensions({ access: 'open' })
export class UpdateCustomersPayload extends BulkPayload {}

@ObjectType({ description: 'What tagging many files did. (批量添加结果)' })
@Extensions({ access: 'open' })
export class TagCustomersPayload extends BulkPayload {}

@ObjectType({ description: 'What untagging many files did. (批量移除结果)' })
@Extensions({ access: 'open' })
export class UntagCustomersPayload extends BulkPayload {}
