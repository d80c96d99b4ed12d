import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import type { Page, PageArgs } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { pageField } from '../../core/model/row-field.ts';
import { type Card, findCard } from '../directory/directory.service.ts';
import { DirectoryCard } from '../directory/directory.type.ts';
import { accessRequestModel } from './access-request.model.ts';
import { AccessRequest } from './access-request.type.ts';
import { AccessRequestStatus, requestStatus } from './grant-status.enums.ts';

/** A request's row; the columns that its status follows from are always read. */
type RequestRow = Row & { customerId: string; until: string; decision: AccessRequestStatus | null };

const accessRequests = pageField(accessRequestModel);

@Resolver(() => AccessRequest)
export class AccessRequestResolver {
  @Query(() => accessRequestModel.Connection, {
    description:
      'Requests for access: the viewer’s own and those for files that they or the team they lead own; all for managers, data stewards and administrators. Newest first. (访问申请列表)',
  })
  @Extensions({ serialize: accessRequests.serialize })
  accessRequests(
    @Args(() => accessRequestModel.ListArgs) _args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return accessRequests.resolve(undefined, {}, ctx, info);
  }

  @FieldResolver(() => AccessRequestStatus, { description: 'Where the request stands. (申请状态)' })
  @Extensions({ access: 'open' })
  status(@Root() request: RequestRow, @Ctx() { now }: Context): AccessRequestStatus {
    return requestStatus(request, now);
  }

  @FieldResolver(() => DirectoryCard, {
    nullable: true,
    description: 'What anybody may know of the file. (客户名片)',
  })
  @Extensions({ access: 'open' })
  card(@Root() request: RequestRow, @Ctx() ctx: Context): Promise<Card | null> {
    return findCard(ctx, request.customerId);
  }
}
