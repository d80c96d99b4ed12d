import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.ts';
import type { Page, PageArgs } from './connection.ts';
import { Extensions } from './extensions.ts';
import type { Model, Row } from './model.types.ts';
import { pageField } from './row-field.ts';
import type { ListScope } from './select.ts';

/** A root field that lists a model's rows. */
export interface ListRoot<Arguments extends PageArgs> {
  name: string;
  description: string;
  /** Default: the model's own. */
  args?: new () => Arguments;
  /** Restricts the rows by the field's own arguments. */
  scopeOf?: (ctx: Context, args: Arguments) => Promise<ListScope>;
}

/** The resolver of a root field that lists a model's rows visible to the viewer. */
export function listResolverOf<Arguments extends PageArgs = PageArgs>(
  model: Model,
  { name, description, args, scopeOf }: ListRoot<Arguments>,
): new () => object {
  const page = pageField<unknown, Arguments>(model, scopeOf && ((_root, given, ctx) => scopeOf(ctx, given)));
  @Resolver()
  class ListResolver {
    @Query(() => model.Connection, { name, description })
    @Extensions({ readsOnly: true, list: page.resolve, serialize: page.serialize })
    list(
      @Args(() => args ?? model.ListArgs) given: Arguments,
      @Ctx() ctx: Context,
      @Info() info: GraphQLResolveInfo,
    ): Promise<Page<Row>> {
      return page.resolve(undefined, given, ctx, info);
    }
  }
  return ListResolver;
}
