import { Field, InputType, ObjectType } from 'type-graphql';
import { DurationScalar } from '../graphql/schema/scalars.ts';
import { Extensions } from '../model/extensions.ts';
import { enumNamed } from '../model/published-enums.ts';

const words = {
  stage: 'The stage of the files. (阶段)',
  tier: 'Their tier; null for all that no other row names. (客户等级)',
  within: 'The longest time without an interaction, P1D to P10Y. (跟进周期)',
};
const stage = () => enumNamed('CustomerStage');
const tier = () => enumNamed('CustomerTier');

@ObjectType('FollowUp', {
  description:
    'How long files of a stage may be without contact before they are to be followed up. (跟进规则)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class FollowUpType {
  @Field(stage, { description: words.stage })
  stage!: string;

  @Field(tier, { nullable: true, description: words.tier })
  tier!: string | null;

  @Field(() => DurationScalar, { description: words.within })
  @Extensions({ text: 'CONTROLLED' })
  within!: string;
}

@InputType({ description: 'How long files of a stage may be without contact. (跟进规则)' })
export class FollowUpInput {
  @Field(stage, { description: words.stage })
  stage!: string;

  @Field(tier, { nullable: true, description: words.tier })
  tier?: string | null;

  @Field(() => DurationScalar, { description: words.within })
  within!: string;
}
