import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.ts';
import type { Page, PageArgs } from './connection.ts';
import { Extensions } from './extensions.ts';
import type { Model, ModelKind, Row } from './model.types.ts';
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

/** Arguments of a list of files, or of what belongs to files. */
interface FileArgs {
  includeArchived?: boolean;
}

const inFiles: readonly ModelKind[] = ['file', 'part'];

/** The resolver of a root field that lists a model's rows visible to the viewer; those of archived files on request. */
export function listResolverOf<Arguments extends PageArgs = PageArgs>(
  model: Model,
  { name, description, args, scopeOf }: ListRoot<Arguments>,
): new () => object {
  // What may be in no file does not end with one.
  const hasFiles = inFiles.includes(model.kind) && !model.beside;
  const Given = hasFiles ? fileArgsOf(model, args ?? model.ListArgs) : (args ?? model.ListArgs);
  const page = pageField<unknown, Arguments & FileArgs>(model, async (_root, given, ctx) => ({
    ...(await scopeOf?.(ctx, given)),
    ...(hasFiles && !given.includeArchived && { activeOnly: true }),
  }));
  @Resolver()
  class ListResolver {
    @Query(() => model.Connection, { name, description })
    @Extensions({ readsOnly: true, list: page.resolve, serialize: page.serialize })
    list(
      @Args(() => Given) given: Arguments,
      @Ctx() ctx: Context,
      @Info() info: GraphQLResolveInfo,
    ): Promise<Page<Row>> {
      return page.resolve(undefined, given, ctx, info);
    }
  }
  return ListResolver;
}

function fileArgsOf(model: Model, Args: new () => PageArgs): new () => PageArgs {
  const name = `${model.name}RootListArgs`;
  const RootListArgs = { [name]: class extends Args {} }[name] as new () => PageArgs;
  const description =
    model.kind === 'file'
      ? 'Archived files too. (包含已封存)'
      : 'Those of archived files too; totalCount counts what is listed. (包含已封存档案的)';
  Field(() => Boolean, { defaultValue: false, description })(RootListArgs.prototype, 'includeArchived');
  ArgsType()(RootListArgs);
  return RootListArgs;
}
