import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { customerModel } from '../customer/customer.model.ts';
import {
  AddCoOwnerInput,
  AddCoOwnerPayload,
  RemoveCoOwnerInput,
  RemoveCoOwnerPayload,
} from './co-owner.input.ts';
import { addCoOwner, removeCoOwner } from './co-owner.write.ts';

@Resolver()
export class CoOwnerMutations {
  @Mutation(() => AddCoOwnerPayload, {
    description:
      'Makes an employee a co-owner of a file: they read and change it as its owner does, and neither archive it nor name co-owners; at most 20 per file. One who is a co-owner already leaves no trace. For the owner, managers, data stewards and administrators. NOT_FOUND, FORBIDDEN, CONFLICT for an archived file, BAD_USER_INPUT naming every violation. (添加协办人)',
  })
  async addCoOwner(
    @Arg('input', () => AddCoOwnerInput, { description: 'The file and the employee. (协办人)' })
    input: AddCoOwnerInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await addCoOwner(ctx.db, actorOf(ctx), input);
    return { customer: await readRow(ctx, customerModel, id, selectionAt(info, 'customer', customerModel)) };
  }

  @Mutation(() => RemoveCoOwnerPayload, {
    description:
      'Ends an employee’s being a co-owner of a file. One who is none leaves no trace. For the owner, managers, data stewards and administrators. NOT_FOUND, FORBIDDEN, CONFLICT for an archived file, BAD_USER_INPUT naming every violation. (移除协办人)',
  })
  async removeCoOwner(
    @Arg('input', () => RemoveCoOwnerInput, { description: 'The file and the co-owner. (协办人)' })
    input: RemoveCoOwnerInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await removeCoOwner(ctx.db, actorOf(ctx), input);
    return { customer: await readRow(ctx, customerModel, id, selectionAt(info, 'customer', customerModel)) };
  }
}
