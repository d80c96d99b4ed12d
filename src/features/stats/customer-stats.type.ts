import { Field, Int, ObjectType } from 'type-graphql';
import { DecimalScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';

@ObjectType({
  description: 'The value of one dimension that a group shares. (维度取值)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class CustomerStatsKey {
  @Field(() => String, { description: 'Name of the dimension. (维度)' })
  @Extensions({ text: 'CONTROLLED' })
  dimension!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Enum value, text, id of an employee or team, or time such as 2024-03; null for files without one. (取值)',
  })
  @Extensions({ text: 'QUOTED' })
  value!: string | null;

  @Field(() => String, { nullable: true, description: 'What people call it in Chinese. (中文名称)' })
  @Extensions({ text: 'QUOTED' })
  label!: string | null;

  @Field(() => String, { nullable: true, description: 'What people call it in English. (英文名称)' })
  @Extensions({ text: 'QUOTED' })
  labelEn!: string | null;
}

@ObjectType({ description: 'One measure of a group. (指标值)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class CustomerStatsMeasure {
  @Field(() => String, { description: 'Name of the measure. (名称)' })
  @Extensions({ text: 'CONTROLLED' })
  name!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Its value; null for none. (数值)',
  })
  value!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Of an amount of money, its currency, ISO 4217; otherwise null. (币种)',
  })
  @Extensions({ text: 'CONTROLLED' })
  currency!: string | null;
}

@ObjectType({
  description: 'Customers that share the values of all dimensions. (分组)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class CustomerStatsGroup {
  @Field(() => [CustomerStatsKey], { description: 'Its values, in the order of groupBy. (维度取值)' })
  keys!: CustomerStatsKey[];

  @Field(() => Int, { nullable: true, description: 'Customers in it, exact. (客户数)' })
  count!: number | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'Its part of the whole, such as "0.3500"; all groups add up to 1 unless grouped by TAG. (占比)',
  })
  share!: string | null;

  @Field(() => [CustomerStatsMeasure], { description: 'Its measures, in the order requested. (指标)' })
  measures!: CustomerStatsMeasure[];

  @Field(() => Boolean, {
    description: 'Whether its numbers are withheld; they never are of what is read file by file. (是否隐藏)',
  })
  suppressed!: boolean;
}

@ObjectType({
  description:
    'Statistics of active customer files, with the same rights as reading them. Exact, of any number of customers: what is counted is what the viewer reads file by file. (客户统计)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class CustomerStats {
  @Field(() => Int, {
    nullable: true,
    description: 'Customers in the whole, exact. (总数)',
  })
  total!: number | null;

  @Field(() => [CustomerStatsMeasure], { description: 'Measures of the whole. (总体指标)' })
  measures!: CustomerStatsMeasure[];

  @Field(() => [CustomerStatsGroup], { description: 'The groups. (分组)' })
  groups!: CustomerStatsGroup[];

  @Field(() => Int, { description: 'Groups that meet having, however many are listed. (分组数)' })
  groupCount!: number;

  @Field(() => Boolean, {
    description: 'Whether anything is withheld; nothing is of what is read file by file. (是否有隐藏)',
  })
  suppressed!: boolean;
}
