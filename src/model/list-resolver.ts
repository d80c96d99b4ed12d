import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Extensions, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.ts';
import type { Page, PageArgs } from './connection.ts';
import type { Model, Row } from './model.ts';
import { readPage } from './read.ts';

/** The resolver of a root field that lists a model's rows, as far as the viewer may see them. */
export function listResolverOf(model: Model, name: string, description: string): new () => object {
  @Resolver()
  class ListResolver {
    @Query(() => model.Connection as never, { name, description })
    @Extensions({ readsOnly: true })
    list(
      @Args(() => model.ListArgs) _args: PageArgs,
      @Ctx() ctx: Context,
      @Info() info: GraphQLResolveInfo,
    ): Promise<Page<Row>> {
      return readPage(ctx, model, info);
    }
  }
  return ListResolver;
}
