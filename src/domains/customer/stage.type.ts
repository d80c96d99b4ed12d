import { Field, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import { StageOpens } from '../../core/settings/settings.enums.ts';
import { CustomerStage } from './customer.table.ts';

@ObjectType({ description: 'What a file needs for a stage and has not. (阶段缺项)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class MissingForStage {
  @Field(() => String, {
    description:
      'A field that can be given with the stage, or `contract`: a won deal with its effective date, and an amount above 0 or a framework agreement. (缺项)',
  })
  @Extensions({ text: 'CONTROLLED' })
  field!: string;

  @Field(() => String, { description: 'The same in words. (说明)' })
  @Extensions({ text: 'CONTROLLED' })
  message!: string;
}

@ObjectType({
  description: 'A stage that the file can have next, by this viewer’s choice. (可选阶段)', // R72, R95
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class AvailableStage {
  @Field(() => CustomerStage, { description: 'The stage. (阶段)' })
  stage!: CustomerStage;

  @Field(() => [MissingForStage], {
    description: 'What is missing at present; empty if nothing is. `lostReason` always is. (缺项)',
  })
  missing!: MissingForStage[];

  @Field(() => StageOpens, {
    nullable: true,
    description: 'The task that it opens; null for none. (触发待办)',
  })
  opens!: StageOpens | null;
}
