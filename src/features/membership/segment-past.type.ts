import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateScalar, DateTimeScalar, JsonScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';

@ObjectType({
  description: 'One change of what a segment is. (客户分群定义变更)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class SegmentDefinitionChange {
  @Field(() => Int, { description: 'The segment’s version after it. (版本号)' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When it was changed. (变更时间)' })
  occurredAt!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Name before; null for the first change that the viewer can see. (原名称)',
  })
  @Extensions({ text: 'FREE' })
  oldName!: string | null;

  @Field(() => String, { nullable: true, description: 'Name after. (新名称)' })
  @Extensions({ text: 'FREE' })
  newName!: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Rule before; null for the first change that the viewer can see. (原规则)',
  })
  @Extensions({ text: 'FREE' })
  oldRule!: Record<string, unknown> | null;

  @Field(() => JsonScalar, { nullable: true, description: 'Rule after. (新规则)' })
  @Extensions({ text: 'FREE' })
  newRule!: Record<string, unknown>;
}

@ObjectType({ description: 'How large a segment was on a day. (客户分群规模)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class SegmentSizeSample {
  @Field(() => DateScalar, { description: 'The day, in the organisation’s calendar. (日期)' })
  day!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Active files in it; null where the rule could not be evaluated that day. (成员数)',
  })
  size!: number | null;
}

/** One sample per day, week (from Monday) or month. */
export const SegmentSizeInterval = { DAY: 'DAY', WEEK: 'WEEK', MONTH: 'MONTH' } as const;

registerEnumType(SegmentSizeInterval, {
  name: 'SegmentSizeInterval',
  description: 'How far apart samples are. (采样间隔)',
  valuesConfig: {
    DAY: { description: 'Each day. (每日)' },
    WEEK: { description: 'The first of each week, which begins on Monday. (每周)' },
    MONTH: { description: 'The first of each month. (每月)' },
  },
});
