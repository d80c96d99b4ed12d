import { ArgsType, Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { DecimalScalar } from '../../core/graphql/schema/scalars.ts';
import type { Filter } from '../../core/model/filter.ts';
import { OrderDirection } from '../../core/model/order-type.ts';
import { CustomerFilter } from '../../domains/customer/customer.model.ts';
import { dealModel } from '../../domains/deal/deal.model.ts';
import { needModel } from '../../domains/need/need.model.ts';
import { dimensions } from './dimension.ts';
import { MeasureFunction, measuredNumbers } from './measure.ts';

const described = (all: Map<string, { description: string }>) => ({
  values: Object.fromEntries([...all.keys()].map((name) => [name, name])),
  config: Object.fromEntries([...all].map(([name, { description }]) => [name, { description }])),
});

const dimensionNames = described(dimensions);
export const CustomerDimension = dimensionNames.values;
registerEnumType(CustomerDimension, {
  name: 'CustomerDimension',
  description: 'What customers can be grouped by. (统计维度)',
  valuesConfig: dimensionNames.config,
});

const numberNames = described(measuredNumbers);
export const CustomerNumber = numberNames.values;
registerEnumType(CustomerNumber, {
  name: 'CustomerNumber',
  description: 'Numbers of customer files, their needs and deals that can be measured. (统计数值)',
  valuesConfig: numberNames.config,
});

registerEnumType(MeasureFunction, {
  name: 'MeasureFunction',
  description: 'What is made of a group’s numbers. (统计方式)',
  valuesConfig: {
    COUNT: { description: 'How many there are. (计数)' },
    SUM: { description: 'Sum, 0 for none. (合计)' },
    AVG: { description: 'Average, to four decimals. (平均值)' },
    MIN: { description: 'Least. (最小值)' },
    MAX: { description: 'Greatest. (最大值)' },
    MEDIAN: { description: 'Middle value, or the mean of the two, to four decimals. (中位数)' },
  },
});

@InputType({ description: 'One number to be made of each group. (统计指标)' })
export class CustomerMeasureInput {
  @Field(() => MeasureFunction, { description: 'What is made of the numbers. (统计方式)' })
  of!: MeasureFunction;

  @Field(() => CustomerNumber, {
    description: 'Which numbers; those without a value do not count. (数值字段)',
  })
  field!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Its name in the answer, in having and in orderBy, 1 to 40 characters; such as SUM_CREDIT_LIMIT by default. (名称)',
  })
  as?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Of amounts of needs and deals: only those in this currency, ISO 4217; in the organisation’s unless given. Amounts of several currencies are never added. (币种)',
  })
  currency?: string | null;

  @Field(() => needModel.Filter, {
    nullable: true,
    description: 'Only needs that meet this; for a number of needs. (需求范围)',
  })
  needs?: Filter | null;

  @Field(() => dealModel.Filter, {
    nullable: true,
    description: 'Only deals that meet this; for a number of deals. (商机范围)',
  })
  deals?: Filter | null;
}

@InputType({ description: 'A condition on a number of a group; all that are given must hold. (分组条件)' })
export class CustomerStatsCondition {
  @Field(() => String, {
    description: 'COUNT for the number of customers, or the name of a measure. (指标名称)',
  })
  measure!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'Equal to this. (等于)' })
  eq?: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Greater than this. (大于)' })
  gt?: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'At least this. (不小于)' })
  gte?: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Less than this. (小于)' })
  lt?: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'At most this. (不大于)' })
  lte?: string | null;
}

@InputType({ description: 'One term of the order of groups. (分组排序)' })
export class CustomerStatsOrder {
  @Field(() => String, {
    description: 'COUNT, the name of a measure, or the name of a dimension of groupBy. (排序依据)',
  })
  by!: string;

  @Field(() => OrderDirection, {
    defaultValue: 'ASC',
    description: 'In which direction; no value comes last in both. (排序方向)',
  })
  direction!: 'ASC' | 'DESC';
}

@ArgsType()
export class CustomerStatsArgs {
  @Field(() => CustomerFilter, { nullable: true, description: 'Only files that meet this. (筛选)' })
  filter?: Filter | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Only members of this segment. NOT_FOUND for one the viewer does not see. (客户分群)',
  })
  segmentId?: string | null;

  @Field(() => [CustomerDimension], {
    description: 'Up to three dimensions; none gives only the total. (分组维度)',
  })
  groupBy!: string[];

  @Field(() => String, {
    nullable: true,
    description: 'The facet that TAG groups by, such as "行业"; free tags without it. (标签维度)',
  })
  tagFacet?: string | null;

  @Field(() => [CustomerMeasureInput], {
    nullable: true,
    description: 'Up to eight numbers of each group beside its count. (统计指标)',
  })
  measures?: CustomerMeasureInput[] | null;

  @Field(() => [CustomerStatsCondition], {
    nullable: true,
    description: 'Only groups that meet all of these, at most eight. (分组条件)',
  })
  having?: CustomerStatsCondition[] | null;

  @Field(() => [CustomerStatsOrder], {
    nullable: true,
    description: 'Order, at most five terms; the largest group first by default. (排序)',
  })
  orderBy?: CustomerStatsOrder[] | null;

  @Field(() => Int, { nullable: true, description: 'Groups, 1 to 1,000; 100 by default. (前若干组)' })
  first?: number | null;
}
