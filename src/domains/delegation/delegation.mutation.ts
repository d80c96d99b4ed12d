import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import {
  CreateDelegationInput,
  CreateDelegationPayload,
  EndDelegationInput,
  EndDelegationPayload,
} from './delegation.input.ts';
import { delegationModel } from './delegation.model.ts';
import { createDelegation, endDelegation } from './delegation.write.ts';

@Resolver()
export class DelegationMutations {
  @Mutation(() => CreateDelegationPayload, {
    description:
      'Lets a colleague stand in for an employee during a leave: from the beginning to the end they read, change and decide about the files that the employee owns, whose events they receive; they are notified with ACCESS_GAINED and ACCESS_ENDED for each of them. For the employee, the leader of their team and administrators. FORBIDDEN, BAD_USER_INPUT naming every violation: among them a period that overlaps another delegation of the same employee. (设置代理)',
  })
  async createDelegation(
    @Arg('input', () => CreateDelegationInput, { description: 'The delegation. (代理内容)' })
    input: CreateDelegationInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await createDelegation(ctx.db, actorOf(ctx), input);
    return {
      delegation: await readRow(ctx, delegationModel, id, selectionAt(info, 'delegation', delegationModel)),
    };
  }

  @Mutation(() => EndDelegationPayload, {
    description:
      'Ends a delegation at once, or cancels it before it begins; for either side, the leader of the absent employee’s team and administrators. One that is over leaves no trace. NOT_FOUND, FORBIDDEN. (终止代理)',
  })
  async endDelegation(
    @Arg('input', () => EndDelegationInput, { description: 'The delegation. (代理编号)' })
    input: EndDelegationInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await endDelegation(ctx.db, actorOf(ctx), input);
    return {
      delegation: await readRow(ctx, delegationModel, id, selectionAt(info, 'delegation', delegationModel)),
    };
  }
}
