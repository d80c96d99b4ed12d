import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Ctx,
  FieldResolver,
  ID,
  Info,
  Resolver,
  Root,
  type SubscribeResolverData,
  Subscription,
} from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { findRow } from '../../core/model/read.ts';
import { nodeSelection, selectedField } from '../../core/model/selection.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { Customer } from '../../domains/customer/customer.type.ts';
import { employeeModel } from '../../domains/employee/employee.model.ts';
import { Employee } from '../../domains/employee/employee.type.ts';
import { findChanges } from '../history/history.service.ts';
import { FieldChange } from '../history/history.type.ts';
import {
  followMembership,
  logMembership,
  type VisibleCause,
  type VisibleMembership,
} from './segment-membership-event.service.ts';
import { SegmentMembershipCause, SegmentMembershipEvent } from './segment-membership-event.type.ts';

@Resolver(() => SegmentMembershipEvent)
export class SegmentMembershipEventResolver {
  @Subscription(() => SegmentMembershipEvent, {
    description:
      'Files that enter or leave a segment, with the cause: within a second of the change, or of the moment when the passing of time makes the difference. Delivered under the viewer’s rights at that moment, and only for files that they can see and on which they may read every field that the rule uses; files that the viewer gains or loses are reported by customerFileChanged. Delivered like changes of files: at least once while the cursor is younger than the retention, and no event twice if you resume from the last cursor you processed. A file that enters and leaves again within a moment may be omitted; the events always lead to the present members. NOT_FOUND for a segment the viewer cannot see, FORBIDDEN where its rule uses a field they may not read, CURSOR_EXPIRED, and BAD_USER_INPUT: TOO_LARGE above 100,000 members, and at random above 50,000, so that it reveals nothing about single files the viewer cannot see, TOO_MANY above 500 segments followed at a time, CANNOT_FOLLOW for a rule that compares a past value with the present time, and for a cursor that was altered. (客户分群成员变动订阅)',
    subscribe: ({ args, context }: SubscribeResolverData<unknown, { segmentId: string }, Context>) =>
      followMembership(context, args),
  })
  @Extensions({ viewerIndependent: true })
  async segmentMembershipChanged(
    @Root() event: VisibleMembership,
    @Ctx() ctx: Context,
    @Arg('segmentId', () => ID, { description: 'The segment. (客户分群)' })
    _segmentId: string,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Resume after this cursor: of an event, or changesCursor of the segment’s members. Default: from now on. (游标之后)',
    })
    _after: string | undefined,
  ): Promise<VisibleMembership> {
    await logMembership(ctx, event);
    return event;
  }

  @FieldResolver(() => Customer, {
    nullable: true,
    description: 'The file as it is now, under the viewer’s present rights. (客户档案)',
  })
  @Extensions({ access: 'open', viewerIndependent: true })
  async customer(
    @Root() { cause }: VisibleMembership,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    if (!cause) return null;
    return findRow(ctx, customerModel, cause.customerId, nodeSelection(selectedField(info), customerModel));
  }
}

@Resolver(() => SegmentMembershipCause)
export class SegmentMembershipCauseResolver {
  @FieldResolver(() => Employee, {
    nullable: true,
    description: 'Who made the change; null for the system and for the passing of time. (操作人)',
  })
  @Extensions({ access: 'open', viewerIndependent: true })
  async actor(
    @Root() { actorId }: VisibleCause,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    if (!actorId) return null;
    return findRow(ctx, employeeModel, actorId, nodeSelection(selectedField(info), employeeModel));
  }

  @FieldResolver(() => [FieldChange], {
    description: 'The fields that the change of the file changed and that the viewer may read. (字段变更)',
  })
  @Extensions({ access: 'open', viewerIndependent: true })
  async changes(
    @Root() { customerId, version, rights }: VisibleCause,
    @Ctx() ctx: Context,
  ): Promise<FieldChange[]> {
    return version === null ? [] : findChanges(ctx, customerId, version, rights);
  }
}
