import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerOutcome } from '../customer/customer.input.ts';

@InputType({ description: 'An employee who is to work on a file beside its owner. (添加协办人)' })
export class AddCoOwnerInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @Field(() => ID, {
    description: 'An active employee whose role can own files, not the file’s owner. (协办人)',
  })
  coOwnerId!: string;
}

@InputType({ description: 'A co-owner who is to work on a file no longer. (移除协办人)' })
export class RemoveCoOwnerInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @Field(() => ID, { description: 'The co-owner. (协办人)' })
  coOwnerId!: string;
}

@ObjectType({ description: 'The file with its new co-owner. (添加结果)' })
@Extensions({ access: 'open' })
export class AddCoOwnerPayload extends CustomerOutcome {}

@ObjectType({ description: 'The file without the co-owner. (移除结果)' })
@Extensions({ access: 'open' })
export class RemoveCoOwnerPayload extends CustomerOutcome {}
