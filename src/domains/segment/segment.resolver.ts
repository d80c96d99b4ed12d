import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import type { Page, PageArgs } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Filter } from '../../core/model/filter.ts';
import { listResolverOf } from '../../core/model/list-resolver.ts';
import type { Row } from '../../core/model/model.types.ts';
import { findRow } from '../../core/model/read.ts';
import { pageField } from '../../core/model/row-field.ts';
import { nodeSelection, selectedField } from '../../core/model/selection.ts';
import { customerModel } from '../customer/customer.model.ts';
import { segmentModel } from './segment.model.ts';
import { countMembers, isMember, membersOf } from './segment.service.ts';
import { Segment } from './segment.type.ts';

/** A segment's row; the rule is always read. */
type SegmentRow = Row & { rule: Filter };

export const SegmentListResolver = listResolverOf(segmentModel, {
  name: 'segments',
  description: 'Shared segments and the viewer’s own, by name. (客户分群列表)',
});

const members = pageField(customerModel, ({ rule }: SegmentRow) => membersOf(rule));

@Resolver(() => Segment)
export class SegmentResolver {
  @Query(() => Segment, {
    nullable: true,
    description: 'A segment; null when it is not there or neither shared nor the viewer’s. (客户分群)',
  })
  @Extensions({ readsOnly: true })
  segment(
    @Arg('id', () => ID, { description: 'Id of the segment. (编号)' }) id: string,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return findRow(
      ctx,
      segmentModel,
      requireId('seg', id, ['id']),
      nodeSelection(selectedField(info), segmentModel),
    );
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'Exact number of active files the reader sees in it; FORBIDDEN when the rule uses a field they may not read. (成员数)',
  })
  @Extensions({ access: 'open' })
  size(@Root() segment: SegmentRow, @Ctx() ctx: Context): Promise<number> {
    return countMembers(ctx, segment.rule);
  }

  @FieldResolver(() => customerModel.Connection, {
    nullable: true,
    description:
      'The active files the reader sees in it; FORBIDDEN when the rule uses a field they may not read. (成员)',
  })
  @Extensions({ access: 'open', serialize: members.serialize })
  members(
    @Root() segment: SegmentRow,
    @Args(() => customerModel.ListArgs) args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return members.resolve(segment, args, ctx, info);
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'Whether a file is in it for the reader; false for one they cannot see. (是否成员)',
  })
  @Extensions({ access: 'open' })
  contains(
    @Root() segment: SegmentRow,
    @Arg('customerId', () => ID, { description: 'Id of the file. (客户)' }) customerId: string,
    @Ctx() ctx: Context,
  ): Promise<boolean> {
    return isMember(ctx, segment.rule, customerId);
  }
}
