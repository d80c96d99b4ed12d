import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  type ArgsDictionary,
  Ctx,
  FieldResolver,
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
import { accessRequestModel } from './access-request.model.ts';
import { AccessRequest } from './access-request.type.ts';
import { followAccessRequests, type VisibleStep } from './access-request-event.service.ts';
import { AccessRequestEvent } from './access-request-event.type.ts';

@Resolver(() => AccessRequestEvent)
export class AccessRequestEventResolver {
  @Subscription(() => AccessRequestEvent, {
    description:
      'Steps of the requests the viewer made, of those they could decide when they were made, and of those for files they own when it happens. Delivered like changes of files: at least once while the cursor is younger than the retention, under the rights of the moment. CURSOR_EXPIRED, BAD_USER_INPUT for a cursor that was altered. (访问申请变更订阅)',
    subscribe: ({ args, context }: SubscribeResolverData<unknown, ArgsDictionary, Context>) =>
      followAccessRequests(context, args),
  })
  accessRequestChanged(
    @Root() step: VisibleStep,
    @Arg('after', () => String, {
      nullable: true,
      description: 'Resume after this cursor of an event. Default: from now on. (游标之后)',
    })
    _after: string | undefined,
  ): VisibleStep {
    return step;
  }

  @FieldResolver(() => AccessRequest, {
    nullable: true,
    description: 'The request as it is now; null for BOOKMARK and BULK_CHANGED. (访问申请)',
  })
  @Extensions({ access: 'open' })
  async request(
    @Root() { requestId }: VisibleStep,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    if (requestId === null) return null;
    return findRow(
      ctx,
      accessRequestModel,
      requestId,
      nodeSelection(selectedField(info), accessRequestModel),
    );
  }
}
