import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, Info, Int, Resolver, Root } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { DateScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { findRow } from '../../core/model/read.ts';
import { nodeSelection, selectedField } from '../../core/model/selection.ts';
import { employeeModel } from '../../domains/employee/employee.model.ts';
import { Employee } from '../../domains/employee/employee.type.ts';
import { Segment } from '../../domains/segment/segment.type.ts';
import { type DefinitionChange, findDefinitionChanges } from './definition-history.service.ts';
import { SegmentDefinitionChange, SegmentSizeInterval, SegmentSizeSample } from './segment-past.type.ts';
import { findSizeHistory, type SizeHistoryRequest, type SizeSample } from './size-history.service.ts';

@Resolver(() => Segment)
export class SegmentPastResolver {
  @FieldResolver(() => [SegmentDefinitionChange], {
    description:
      'Who changed its name or rule, when, and from what to what, newest first, including its creation. Viewers other than its owner get the changes since it was last shared. (定义变更历史)',
  })
  @Extensions({ access: 'open' })
  definitionHistory(
    @Root() segment: Row,
    @Arg('first', () => Int, { defaultValue: 25, description: 'At most this many, 1 to 200. (数量)' })
    first: number,
    @Arg('before', () => Int, {
      nullable: true,
      description: 'Only changes before this version: the last one of the page before. (版本号之前)',
    })
    before: number | undefined,
    @Ctx() ctx: Context,
  ): Promise<DefinitionChange[]> {
    return findDefinitionChanges(ctx, segment.id, { first, before });
  }

  @FieldResolver(() => [SegmentSizeSample], {
    nullable: true,
    description:
      'How large a DYNAMIC segment was, for charts: a sample is taken shortly after midnight in the organisation’s time zone, and again after the last change on a day on which it was changed. Viewers who see all files get the number of all, a sales person the number of those that were their own on the day. Days without a sample are left out. BAD_USER_INPUT for a span of more than 1,100 days, FORBIDDEN where the rule uses a field the viewer may not read, or may read by grant only. (规模历史)',
  })
  @Extensions({ access: 'open' })
  sizeHistory(
    @Root() segment: Row,
    @Arg('from', () => DateScalar, { description: 'First day. (起始日期)' }) from: string,
    @Arg('to', () => DateScalar, { description: 'Last day, at most 1,100 days later. (截止日期)' })
    to: string,
    @Arg('interval', () => SegmentSizeInterval, {
      defaultValue: SegmentSizeInterval.DAY,
      description: 'How far apart samples are. (采样间隔)',
    })
    interval: SizeHistoryRequest['interval'],
    @Ctx() ctx: Context,
  ): Promise<SizeSample[]> {
    return findSizeHistory(ctx, segment.id, { from, to, interval });
  }
}

@Resolver(() => SegmentDefinitionChange)
export class SegmentDefinitionChangeResolver {
  @FieldResolver(() => Employee, {
    nullable: true,
    description: 'Who changed it; null for the system. (操作人)',
  })
  @Extensions({ access: 'open' })
  async actor(
    @Root() { actorId }: DefinitionChange,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    if (!actorId) return null;
    return findRow(ctx, employeeModel, actorId, nodeSelection(selectedField(info), employeeModel));
  }
}
