import { Field, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import { NeedDetail } from './need.enums.ts';

// All texts are the caller's own, taken apart.
@ObjectType({
  description:
    'A need as its text states it, for the writer to take or change; nothing is stored. Decimals as createNeed takes them. (需求解析建议)', // R64
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class NeedProposal {
  @Field(() => String, { description: 'What is wanted, without verb and figures. (需求内容)' })
  @Extensions({ text: 'QUOTED' })
  item!: string;

  @Field(() => String, {
    nullable: true,
    description: 'How many or how much; null if the text counts nothing, or several things. (数量)',
  })
  @Extensions({ text: 'QUOTED' })
  quantity!: string | null;

  @Field(() => String, { nullable: true, description: 'Unit of the quantity. (单位)' })
  @Extensions({ text: 'QUOTED' })
  unit!: string | null;

  @Field(() => String, { nullable: true, description: 'Least price of one, in `currency`. (单价下限)' })
  @Extensions({ text: 'QUOTED' })
  unitBudgetMin!: string | null;

  @Field(() => String, { nullable: true, description: 'Largest price of one, in `currency`. (单价上限)' })
  @Extensions({ text: 'QUOTED' })
  unitBudgetMax!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Least budget for all, in `currency`; the price of one times the quantity. (预算下限)',
  })
  @Extensions({ text: 'QUOTED' })
  budgetMin!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Largest budget for all, in `currency`; the price of one times the quantity. (预算上限)',
  })
  @Extensions({ text: 'QUOTED' })
  budgetMax!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Currency of the amounts, ISO 4217; the organisation’s if the text names none. (币种)',
  })
  @Extensions({ text: 'QUOTED' })
  currency!: string | null;

  @Field(() => String, { nullable: true, description: 'What else the text says. (规格要求)' })
  @Extensions({ text: 'QUOTED' })
  specification!: string | null;

  @Field(() => [NeedDetail], {
    description: 'What the text does not say; a need without any of it is warned about. (缺少的要素)',
  })
  missing!: NeedDetail[];
}
