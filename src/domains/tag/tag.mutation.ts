import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { customerModel } from '../customer/customer.model.ts';
import {
  TagCustomerInput,
  TagCustomerPayload,
  UntagCustomerInput,
  UntagCustomerPayload,
} from './tag.input.ts';
import { tagCustomer, untagCustomer } from './tag.write.ts';

@Resolver()
export class TagMutations {
  @Mutation(() => TagCustomerPayload, {
    description:
      'Puts tags on a file, new ones if need be; at most 200 on one file. Tags it has already leave no trace. NOT_FOUND, FORBIDDEN, CONFLICT for an archived file, BAD_USER_INPUT naming every violation. (添加标签)',
  })
  async tagCustomer(
    @Arg('input', () => TagCustomerInput, { description: 'The file and the tags. (标签内容)' })
    input: TagCustomerInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await tagCustomer(ctx.db, actorOf(ctx), input);
    return { customer: await readRow(ctx, customerModel, id, selectionAt(info, 'customer', customerModel)) };
  }

  @Mutation(() => UntagCustomerPayload, {
    description:
      'Takes tags off a file. Tags it does not have leave no trace. NOT_FOUND, FORBIDDEN, CONFLICT for an archived file, BAD_USER_INPUT naming every violation. (移除标签)',
  })
  async untagCustomer(
    @Arg('input', () => UntagCustomerInput, { description: 'The file and the tags. (标签内容)' })
    input: UntagCustomerInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await untagCustomer(ctx.db, actorOf(ctx), input);
    return { customer: await readRow(ctx, customerModel, id, selectionAt(info, 'customer', customerModel)) };
  }
}
