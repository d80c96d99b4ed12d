import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Extensions, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.ts';
import type { Page, PageArgs } from '../model/connection.ts';
import type { Row } from '../model/model.ts';
import { readPage } from '../model/read.ts';
import { dealModel } from './deal.model.ts';

@Resolver()
export class DealResolver {
  @Query(() => dealModel.Connection as never, {
    description: 'Deals of all files the viewer may see, newest first. (商机列表)',
  })
  @Extensions({ readsOnly: true })
  deals(
    @Args(() => dealModel.ListArgs) _args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return readPage(ctx, dealModel, info);
  }
}
