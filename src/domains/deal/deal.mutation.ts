import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { CreateDealInput, CreateDealPayload, UpdateDealInput, UpdateDealPayload } from './deal.input.ts';
import { dealModel } from './deal.model.ts';
import { createDeal, updateDeal } from './deal.write.ts';

@Resolver()
export class DealMutations {
  @Mutation(() => CreateDealPayload, {
    description:
      'Adds a deal to a customer file. NOT_FOUND for a file the viewer cannot see, FORBIDDEN naming every field they may not set, CONFLICT for an archived file, BAD_USER_INPUT naming every violation. WON needs contractAmount and effectiveOn and moves the customer to WON (AC-16). (新建商机)',
  })
  async createDeal(
    @Arg('input', () => CreateDealInput, { description: 'The deal. (商机信息)' })
    input: CreateDealInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await createDeal(ctx.db, actorOf(ctx), input);
    return { deal: await readRow(ctx, dealModel, id, selectionAt(info, 'deal', dealModel)) };
  }

  @Mutation(() => UpdateDealPayload, {
    description:
      'Changes a deal. NOT_FOUND for a file the viewer cannot see, FORBIDDEN naming every field they may not change, CONFLICT for a stale version or an archived file, BAD_USER_INPUT naming every violation. WON needs contractAmount and effectiveOn and moves the customer to WON (AC-16); back to OPEN needs an owner who can work on it, theirs or one named with it. (修改商机)',
  })
  async updateDeal(
    @Arg('input', () => UpdateDealInput, { description: 'What changes. (修改内容)' })
    input: UpdateDealInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await updateDeal(ctx.db, actorOf(ctx), input);
    return { deal: await readRow(ctx, dealModel, id, selectionAt(info, 'deal', dealModel)) };
  }
}
