import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.ts';
import type { Page, PageArgs } from '../model/connection.ts';
import type { Row } from '../model/model.ts';
import { readPage } from '../model/read.ts';
import { accessLogModel } from './access-log.model.ts';

@Resolver()
export class AccessLogResolver {
  @Query(() => accessLogModel.Connection as never, {
    description:
      'The access log, newest first: for managers, data stewards and administrators. Reads of contact and credit fields are in it within a second, all others before their answer was sent. (访问日志)',
  })
  accessLog(
    @Args(() => accessLogModel.ListArgs) _args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return readPage(ctx, accessLogModel, info);
  }
}
