import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerOutcome } from '../customer/customer.input.ts';

/** A file and the tags to add to it or remove from it. */
@InputType()
abstract class TagsInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @Field(() => [String], {
    description:
      'Labels, 1 to 50, each 1 to 64 characters: "facet-value" such as 行业-制造业, or free such as 高预算. (标签)', // R70, AC-6
  })
  tags!: string[];
}

@InputType({ description: 'Tags to be put on a file. (添加标签)' })
export class TagCustomerInput extends TagsInput {}

@InputType({ description: 'Tags to be taken off a file. (移除标签)' })
export class UntagCustomerInput extends TagsInput {}

@ObjectType({ description: 'The file with its new tags. (添加结果)' })
@Extensions({ access: 'open' })
export class TagCustomerPayload extends CustomerOutcome {}

@ObjectType({ description: 'The file without the tags. (移除结果)' })
@Extensions({ access: 'open' })
export class UntagCustomerPayload extends CustomerOutcome {}
