import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { InteractionDirection, InteractionKind } from './interaction.table.ts';
import { Interaction } from './interaction.type.ts';

@InputType({ description: 'An exchange with a customer, recorded as the viewer’s own. (记录互动)' })
export class LogInteractionInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户编号)' })
  customerId!: string;

  @Field(() => InteractionKind, { description: 'What kind of exchange it was. (互动类型)' })
  kind!: InteractionKind;

  @Field(() => DateTimeScalar, {
    description: 'When it took place; at most 5 minutes ahead of the server’s clock. (发生时间)',
  })
  occurredAt!: string;

  @Field(() => String, { description: 'What was said and done, 1 to 4,000 characters. (内容)' })
  summary!: string;

  @Field(() => ID, { nullable: true, description: 'Whom it was with: a contact of this customer. (联系人)' })
  contactId?: string | null;

  @Field(() => InteractionDirection, { nullable: true, description: 'Who approached whom. (方向)' })
  direction?: InteractionDirection | null;

  @Field(() => String, {
    nullable: true,
    description: 'What came of it, at most 2,000 characters, R57. (结果)',
  })
  outcome?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What is to be done next, at most 1,000 characters, R57. (下一步)',
  })
  nextStep?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the next step is due. (下一步时间)' })
  nextStepAt?: string | null;

  @IdempotencyKey('record')
  idempotencyKey?: string | null;
}

@ObjectType({ description: 'The record that was made. (记录结果)' })
@Extensions({ access: 'open' })
export class LogInteractionPayload {
  @Field(() => Interaction, { description: 'The new record. (互动记录)' })
  interaction!: Interaction;
}
