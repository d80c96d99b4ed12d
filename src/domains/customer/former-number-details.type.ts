import { Field, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';

// Texts are authorized by the field of the customer that holds the list.

@ObjectType({ description: 'An archive number that was cancelled. (作废档号)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class FormerNumber {
  @Field(() => String, { description: 'The number. (档号)' })
  @Extensions({ text: 'QUOTED' })
  number!: string;

  @Field(() => String, { description: 'Why it was cancelled. (作废原因)' })
  @Extensions({ text: 'QUOTED' })
  reason!: string;

  @Field(() => DateTimeScalar, { description: 'When it was cancelled. (作废时间)' })
  cancelledAt!: string;
}
