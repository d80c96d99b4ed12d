import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Extensions, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.ts';
import type { Page, PageArgs } from '../model/connection.ts';
import type { Row } from '../model/model.ts';
import { readPage } from '../model/read.ts';
import { needModel } from './need.model.ts';

@Resolver()
export class NeedResolver {
  @Query(() => needModel.Connection as never, {
    description: 'Needs of all files the viewer may see, newest first. (需求列表)',
  })
  @Extensions({ readsOnly: true })
  needs(
    @Args(() => needModel.ListArgs) _args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return readPage(ctx, needModel, info);
  }
}
