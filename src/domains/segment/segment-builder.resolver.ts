import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import type { Viewer } from '../../core/access/viewer.ts';
import type { Context } from '../../core/context.ts';
import { badInput, badInputAt, filterAt, issuesOf } from '../../core/errors.ts';
import type { Page, PageArgs } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Filter } from '../../core/model/filter.ts';
import { Locale } from '../../core/model/label.ts';
import type { Row } from '../../core/model/model.types.ts';
import { readingOf } from '../../core/model/read.ts';
import { pageField } from '../../core/model/row-field.ts';
import { CustomerFilter, customerModel } from '../customer/customer.model.ts';
import { compareRules, costOfRule, describeRule, explainRule, previewRule } from './rule.service.ts';
import { membersOf, requireSegmentRule } from './segment.service.ts';
import { Segment } from './segment.type.ts';
import {
  SegmentClauseEffect,
  SegmentClauseExplanation,
  SegmentDifference,
  SegmentExplanation,
  SegmentField,
  SegmentPreview,
} from './segment-builder.type.ts';
import { requireValuesOf, suggestValues, usableFields } from './segment-field.service.ts';

/** Longest search text for values, in characters. */
const maxSearchLength = 100;

@Resolver()
export class SegmentBuilderQueries {
  @Query(() => [SegmentField], {
    description:
      'All fields that a segment’s rule can use, with names, operators and whether the viewer may use it. (可筛选字段列表)',
  })
  segmentFields(@Ctx() ctx: Context): SegmentField[] {
    return usableFields(readingOf(ctx).viewer);
  }

  @Query(() => [String], {
    description:
      'Up to 20 values that occur on files the viewer may read them on, most frequent first. FORBIDDEN on a field the viewer may not read. (字段取值建议)',
  })
  @Extensions({
    text: 'QUOTED',
    requireUses: (viewer: Viewer, { field }: { field: string }) => requireValuesOf(viewer, field),
  })
  segmentValueSuggestions(
    @Arg('field', () => String, {
      description: 'Path of a text or enumeration as segmentFields gives it. (字段路径)',
    })
    field: string,
    @Arg('search', () => String, {
      nullable: true,
      description: 'Only values that contain this, at most 100 characters. (搜索)',
    })
    search: string | undefined,
    @Ctx() ctx: Context,
  ): Promise<string[]> {
    if (search && (search.length > maxSearchLength || search.includes('\0'))) {
      throw badInputAt(
        ['search'],
        'OUT_OF_BOUNDS',
        `At most ${maxSearchLength} characters. (最多 ${maxSearchLength} 个字符。)`,
      );
    }
    return suggestValues(ctx, field, search ?? null);
  }

  @Query(() => SegmentPreview, {
    description:
      'What a rule would select, before it is saved. FORBIDDEN and BAD_USER_INPUT as in createSegment. (预览规则)',
  })
  async previewSegment(
    @Arg('rule', () => CustomerFilter, { description: 'The rule. (规则)' }) rule: Filter,
    @Ctx() ctx: Context,
  ): Promise<SegmentPreview> {
    return { rule, ...(await calledHere('rule', () => previewRule(ctx, rule))) };
  }

  @Query(() => SegmentDifference, {
    description:
      'Who would join and leave a segment if its rule were this. NOT_FOUND for a segment the viewer does not see. (比较规则)',
  })
  async segmentDiff(
    @Arg('segmentId', () => ID, { description: 'The segment. (客户分群编号)' }) segmentId: string,
    @Arg('newRule', () => CustomerFilter, { description: 'The rule it might have. (新规则)' })
    newRule: Filter,
    @Ctx() ctx: Context,
  ): Promise<SegmentDifference> {
    return calledHere('newRule', async () => {
      const present = await requireSegmentRule(ctx, segmentId, ['segmentId'], newRule);
      const difference = await compareRules(ctx, present, newRule);
      return { present, proposed: newRule, ...difference };
    });
  }
}

/** Reports the issues of a rule under the argument's name, since the filter compiler calls every argument `filter`. */
async function calledHere<T>(argument: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const issues = issuesOf(error);
    if (!issues) throw error;
    throw badInput(filterAt([argument], issues));
  }
}

const localeArgument = { defaultValue: Locale.ZH, description: 'Language. (语言)' };

@Resolver(() => Segment)
export class SegmentRuleTextFields {
  @FieldResolver(() => String, { nullable: true, description: 'The rule as a sentence. (规则说明)' })
  @Extensions({ access: 'open', text: 'FREE' })
  ruleText(
    @Root() { rule }: Row & { rule: Filter },
    @Arg('locale', () => Locale, localeArgument) locale: Locale,
    @Ctx() ctx: Context,
  ): Promise<string> {
    return describeRule(ctx, rule, locale);
  }

  @FieldResolver(() => SegmentExplanation, {
    nullable: true,
    description:
      'Why a file is in it or not. NOT_FOUND for a file the reader does not see, FORBIDDEN when the rule uses a field they may not read. (成员说明)',
  })
  @Extensions({ access: 'open' })
  async explain(
    @Root() { rule, $identity }: Row & { rule: Filter },
    @Arg('customerId', () => ID, { description: 'Id of the file. (客户)' }) customerId: string,
    @Ctx() ctx: Context,
  ): Promise<SegmentExplanation> {
    const { matches, clauses } = await explainRule(ctx, rule, customerId);
    // The texts of a clause are withheld from the same viewers as those of the segment.
    return { matches, clauses: clauses.map((clause) => ({ ...clause, $identity })) };
  }
}

const sample = pageField(customerModel, ({ rule }: SegmentPreview) => membersOf(rule));

@Resolver(() => SegmentPreview)
export class SegmentPreviewFields {
  @FieldResolver(() => customerModel.Connection, {
    nullable: true,
    description: 'The files it would select. (样本)',
  })
  @Extensions({ access: 'open', serialize: sample.serialize })
  sample(
    @Root() preview: SegmentPreview,
    @Args(() => customerModel.ListArgs) args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return sample.resolve(preview, args, ctx, info);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'The database’s estimate of what the count costs, in its own units; about 1 per page read. Null where the rule uses fields that the viewer can read on some files only, since the estimate is based on all. (预计代价)',
  })
  @Extensions({ access: 'open' })
  cost(@Root() { rule }: SegmentPreview, @Ctx() ctx: Context): Promise<number | null> {
    return costOfRule(ctx, rule);
  }

  @FieldResolver(() => String, { description: 'The rule as a sentence. (规则说明)' })
  @Extensions({ access: 'open', text: 'QUOTED' })
  ruleText(
    @Root() { rule }: SegmentPreview,
    @Arg('locale', () => Locale, localeArgument) locale: Locale,
    @Ctx() ctx: Context,
  ): Promise<string> {
    return describeRule(ctx, rule, locale);
  }
}

@Resolver(() => SegmentClauseEffect)
export class SegmentClauseEffectFields {
  @FieldResolver(() => String, { description: 'The clause in words. (条件说明)' })
  @Extensions({ access: 'open', text: 'QUOTED' })
  text(
    @Root() { rule }: SegmentClauseEffect,
    @Arg('locale', () => Locale, localeArgument) locale: Locale,
    @Ctx() ctx: Context,
  ): Promise<string> {
    return describeRule(ctx, rule as Filter, locale);
  }
}

@Resolver(() => SegmentClauseExplanation)
export class SegmentClauseExplanationFields {
  @FieldResolver(() => String, { nullable: true, description: 'The clause in words. (条件说明)' })
  @Extensions({ access: 'open', text: 'FREE' })
  text(
    @Root() { rule }: SegmentClauseExplanation,
    @Arg('locale', () => Locale, localeArgument) locale: Locale,
    @Ctx() ctx: Context,
  ): Promise<string> {
    return describeRule(ctx, rule as Filter, locale);
  }
}

const joiners = pageField(customerModel, ({ present, proposed }: SegmentDifference) =>
  membersOf({ and: [proposed, { not: present }] }),
);
const leavers = pageField(customerModel, ({ present, proposed }: SegmentDifference) =>
  membersOf({ and: [present, { not: proposed }] }),
);

@Resolver(() => SegmentDifference)
export class SegmentDifferenceFields {
  @FieldResolver(() => customerModel.Connection, {
    nullable: true,
    description: 'Files that would join. (新增客户)',
  })
  @Extensions({ access: 'open', serialize: joiners.serialize })
  joiners(
    @Root() difference: SegmentDifference,
    @Args(() => customerModel.ListArgs) args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return joiners.resolve(difference, args, ctx, info);
  }

  @FieldResolver(() => customerModel.Connection, {
    nullable: true,
    description: 'Files that would leave. (移出客户)',
  })
  @Extensions({ access: 'open', serialize: leavers.serialize })
  leavers(
    @Root() difference: SegmentDifference,
    @Args(() => customerModel.ListArgs) args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return leavers.resolve(difference, args, ctx, info);
  }
}
