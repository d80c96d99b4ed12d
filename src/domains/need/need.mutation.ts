import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { CreateNeedInput, CreateNeedPayload, UpdateNeedInput, UpdateNeedPayload } from './need.input.ts';
import { needModel } from './need.model.ts';
import { createNeed, updateNeed } from './need.write.ts';

@Resolver()
export class NeedMutations {
  @Mutation(() => CreateNeedPayload, {
    description:
      'Adds a need to a customer file. NOT_FOUND for a file the viewer cannot see, FORBIDDEN naming every field they may not set, CONFLICT for an archived file, BAD_USER_INPUT naming every violation. (新建需求)',
  })
  async createNeed(
    @Arg('input', () => CreateNeedInput, { description: 'The need. (需求信息)' })
    input: CreateNeedInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await createNeed(ctx.db, actorOf(ctx), input);
    return { need: await readRow(ctx, needModel, id, selectionAt(info, 'need', needModel)) };
  }

  @Mutation(() => UpdateNeedPayload, {
    description:
      'Changes a need. NOT_FOUND for a file the viewer cannot see, FORBIDDEN naming every field they may not change, CONFLICT for a stale version or an archived file, BAD_USER_INPUT naming every violation. (修改需求)',
  })
  async updateNeed(
    @Arg('input', () => UpdateNeedInput, { description: 'What changes. (修改内容)' })
    input: UpdateNeedInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await updateNeed(ctx.db, actorOf(ctx), input);
    return { need: await readRow(ctx, needModel, id, selectionAt(info, 'need', needModel)) };
  }
}
