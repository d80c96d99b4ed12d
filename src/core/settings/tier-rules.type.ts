import { Field, InputType, ObjectType } from 'type-graphql';
import { DecimalScalar } from '../graphql/schema/scalars.ts';
import { publishEnum } from '../model/enumeration.ts';
import { Extensions } from '../model/extensions.ts';
import { enumNamed } from '../model/published-enums.ts';
import { TierPeriod } from './settings.enums.ts';

publishEnum(TierPeriod, 'TierPeriod', 'At whose end tiers go down. (等级评定周期)', {
  MONTH: 'Calendar month. (月)',
  QUARTER: 'Calendar quarter. (季度)',
  YEAR: 'Calendar year. (年)',
});

const words = {
  a: 'Least spend of the trailing twelve months for tier A, above `b`. (A级门槛)',
  b: 'Least spend of the trailing twelve months for tier B, above 0. (B级门槛)',
  currency: 'Currency of both, ISO 4217; null for the organisation’s. (币种)',
  natures: 'The tier that won files of a nature have at least, each nature once. (按性质的最低等级)',
  nature: 'The nature. (客户性质)',
  tier: 'The tier. (客户等级)',
};
const nature = () => enumNamed('CustomerNature');
const tier = () => enumNamed('CustomerTier');

@ObjectType({
  description: 'The tier that won files of a nature have at least. (按性质的最低等级)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class NatureTier {
  @Field(nature, { description: words.nature })
  nature!: string;

  @Field(tier, { description: words.tier })
  tier!: string;
}

@InputType({ description: 'The tier that won files of a nature have at least. (按性质的最低等级)' })
export class NatureTierInput {
  @Field(nature, { description: words.nature })
  nature!: string;

  @Field(tier, { description: words.tier })
  tier!: string;
}

@ObjectType('TierRules', {
  description: 'What the tiers of customers follow from. (客户等级规则)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class TierRulesType {
  @Field(() => DecimalScalar, { description: words.a })
  @Extensions({ text: 'CONTROLLED' })
  a!: string;

  @Field(() => DecimalScalar, { description: words.b })
  @Extensions({ text: 'CONTROLLED' })
  b!: string;

  @Field(() => String, { nullable: true, description: words.currency })
  @Extensions({ text: 'CONTROLLED' })
  currency!: string | null;

  @Field(() => TierPeriod, { description: 'When tiers go down: at the end of each. (评定周期)' })
  period!: TierPeriod;

  @Field(() => [NatureTier], { description: words.natures })
  natures!: NatureTier[];
}

@InputType({ description: 'What the tiers of customers follow from. (客户等级规则)' })
export class TierRulesInput {
  @Field(() => DecimalScalar, { description: words.a })
  a!: string;

  @Field(() => DecimalScalar, { description: words.b })
  b!: string;

  @Field(() => String, { nullable: true, description: words.currency })
  currency?: string | null;

  @Field(() => TierPeriod, { nullable: true, description: 'When tiers go down; YEAR by default. (评定周期)' })
  period?: TierPeriod | null;

  @Field(() => [NatureTierInput], { nullable: true, description: words.natures })
  natures?: NatureTierInput[] | null;
}
