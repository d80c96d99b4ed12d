import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Extensions, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.ts';
import type { Page, PageArgs } from '../model/connection.ts';
import type { Row } from '../model/model.ts';
import { readPage } from '../model/read.ts';
import { tagModel } from './tag.model.ts';

@Resolver()
export class TagResolver {
  @Query(() => tagModel.Connection as never, { description: 'All tags, by label. (标签列表)' })
  @Extensions({ readsOnly: true })
  tags(
    @Args(() => tagModel.ListArgs) _args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return readPage(ctx, tagModel, info);
  }
}
