import { Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { collectIssues } from '../../core/errors.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { checkCustomerFilter, requireSegmentRule } from '../../domains/segment/segment.service.ts';
import { CustomerStatsArgs } from './customer-stats.input.ts';
import { arrangeGroups } from './customer-stats.order.ts';
import { requireUsesOfStats, statsQueryOf } from './customer-stats.query.ts';
import { customerStats } from './customer-stats.service.ts';
import { CustomerStats, type CustomerStatsMeasure } from './customer-stats.type.ts';

@Resolver()
export class CustomerStatsResolver {
  @Query(() => CustomerStats, {
    description:
      'Customers in groups: counts, shares and measures. FORBIDDEN on a field the viewer may not read, QUERY_TOO_COMPLEX above 10,000 groups. (客户统计)',
  })
  @Extensions({ requireUses: requireUsesOfStats })
  async customerStats(
    @Args(() => CustomerStatsArgs) args: CustomerStatsArgs,
    @Ctx() ctx: Context,
  ): Promise<CustomerStats> {
    const { segmentId, filter } = args;
    const query = await collectIssues(
      () => statsQueryOf(args, ctx.settings),
      () => segmentId && requireSegmentRule(ctx, segmentId, ['segmentId']),
      () => filter && checkCustomerFilter(ctx, filter),
    );
    if (segmentId) query.filters.push(await requireSegmentRule(ctx, segmentId, ['segmentId'], filter));
    const { total, groups } = await customerStats(ctx, query);
    const named = (values: readonly (string | null)[]): CustomerStatsMeasure[] =>
      query.measures.map(({ name, currency }, i) => ({ name, value: values[i] ?? null, currency }));
    const arranged = arrangeGroups(groups, query, args);
    return {
      total: total.count,
      measures: named(total.measures),
      groupCount: arranged.count,
      suppressed: false,
      groups: arranged.groups.map(({ keys, labels, count, share, measures }) => ({
        keys: keys.map((value, i) => ({
          dimension: query.dimensions[i]?.name as string,
          value,
          label: labels[i]?.ZH ?? null,
          labelEn: labels[i]?.EN ?? null,
        })),
        count,
        share,
        measures: named(measures),
        suppressed: false,
      })),
    };
  }
}
