import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  type ArgsDictionary,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Query,
  Resolver,
  Root,
  type SubscribeResolverData,
  Subscription,
} from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { ForwardPageArgs } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { rowField } from '../../core/model/row-field.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { Customer } from '../../domains/customer/customer.type.ts';
import { employeeModel } from '../../domains/employee/employee.model.ts';
import { Employee } from '../../domains/employee/employee.type.ts';
import { findChanges } from '../history/history.service.ts';
import { FieldChange } from '../history/history.type.ts';
import { logDisclosed, type VisibleEvent } from './customer-file-event.service.ts';
import { CustomerFileEvent, CustomerFileEventConnection } from './customer-file-event.type.ts';
import { followCustomerFiles } from './follow-customer-files.ts';
import { type EventConnection, pollCustomerFiles } from './poll-customer-files.ts';

@ArgsType()
class CustomerFileEventsArgs extends ForwardPageArgs {
  @Field(() => ID, {
    nullable: true,
    description: 'Only this file, if the viewer may see it; default: all files they own. (客户)',
  })
  customerId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Only files that are in this segment, for the viewer, at this moment. (客户分群)',
  })
  segmentId?: string | null;
}

const actor = rowField(employeeModel, ({ source }: VisibleEvent) => source?.actorId ?? null);
const file = rowField(customerModel, ({ source }: VisibleEvent) => source?.customerId ?? null);

@Resolver(() => CustomerFileEvent)
export class CustomerFileEventResolver {
  @Subscription(() => CustomerFileEvent, {
    description:
      'Changes of the files the viewer owns, of one file, or of a segment’s members. Every committed change of a file you may read reaches you at least once while your cursor is younger than the retention (default 72 h), in version order per customer, and no event arrives twice if you resume from the last cursor you processed. If that cannot be guaranteed, you get an error (CURSOR_EXPIRED), never silence. Nothing about a file reaches you after you have lost it, except one ACCESS_ENDED without content. NOT_FOUND for a file or segment the viewer cannot see, FORBIDDEN for a segment whose rule uses a field they may not read, BAD_USER_INPUT for a cursor that was altered. (客户档案变更订阅)',
    subscribe: ({ args, context }: SubscribeResolverData<unknown, ArgsDictionary, Context>) =>
      followCustomerFiles(context, args),
  })
  @Extensions({ viewerIndependent: true })
  customerFileChanged(
    @Root() event: VisibleEvent,
    @Arg('customerId', () => ID, {
      nullable: true,
      description: 'Only this file, if the viewer may see it; default: all files they own. (客户)',
    })
    _customerId: string | undefined,
    @Arg('segmentId', () => ID, {
      nullable: true,
      description:
        'Only files that are in this segment, for the viewer, when the event is delivered. (客户分群)',
    })
    _segmentId: string | undefined,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Resume after this cursor: of an event, or changesCursor of a list. Default: from now on. (游标之后)',
    })
    _after: string | undefined,
  ): VisibleEvent {
    return event;
  }

  @Query(() => CustomerFileEventConnection, {
    description:
      'The same events for clients that poll or are woken by a push message, with the same guarantees and cursors. Without after it returns where to begin: an empty page with the present endCursor. CURSOR_EXPIRED where the log no longer reaches back to after: load the list again. NOT_FOUND, FORBIDDEN and BAD_USER_INPUT as for customerFileChanged. (客户档案事件列表)',
  })
  customerFileEvents(
    @Args(() => CustomerFileEventsArgs) args: CustomerFileEventsArgs,
    @Ctx() ctx: Context,
  ): Promise<EventConnection> {
    return pollCustomerFiles(ctx, args);
  }

  @FieldResolver()
  @Extensions({ access: 'open', viewerIndependent: true })
  async type(@Root() event: VisibleEvent, @Ctx() ctx: Context): Promise<string> {
    await logDisclosed(ctx, event);
    return event.type;
  }

  @FieldResolver()
  @Extensions({ access: 'open', viewerIndependent: true })
  async entityId(@Root() event: VisibleEvent, @Ctx() ctx: Context): Promise<string | null> {
    await logDisclosed(ctx, event);
    return event.entityId;
  }

  @FieldResolver(() => Employee, {
    nullable: true,
    description: 'Who did it; null for the system, and once access has ended. (操作人)',
  })
  @Extensions({ access: 'open', viewerIndependent: true, serialize: actor.serialize })
  actor(
    @Root() event: VisibleEvent,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return actor.resolve(event, {}, ctx, info);
  }

  @FieldResolver(() => Customer, {
    nullable: true,
    description:
      'The file as it is now, under the viewer’s present rights; null once access has ended. (客户档案)',
  })
  @Extensions({ access: 'open', viewerIndependent: true, serialize: file.serialize })
  customer(
    @Root() event: VisibleEvent,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return file.resolve(event, {}, ctx, info);
  }

  @FieldResolver(() => [FieldChange], {
    description:
      'The fields that changed and that the viewer may read. INTERNAL_SERVER_ERROR instead of the event, or of the page of events, where reading them must be logged and cannot be at the moment: resume from the last cursor you processed. (字段变更)',
  })
  @Extensions({ access: 'open', viewerIndependent: true })
  async changes(@Root() { source }: VisibleEvent, @Ctx() ctx: Context): Promise<FieldChange[]> {
    return source ? findChanges(ctx, source.customerId, source.version, source.rights) : [];
  }
}
