import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Extensions, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.ts';
import type { Page, PageArgs } from '../model/connection.ts';
import type { Row } from '../model/model.ts';
import { readPage } from '../model/read.ts';
import { interactionModel } from './interaction.model.ts';

@Resolver()
export class InteractionResolver {
  @Query(() => interactionModel.Connection as never, {
    description: 'Interactions of all files the viewer may see, newest first. (互动列表)',
  })
  @Extensions({ readsOnly: true })
  interactions(
    @Args(() => interactionModel.ListArgs) _args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return readPage(ctx, interactionModel, info);
  }
}
