import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { RevertCustomerFieldInput, RevertCustomerFieldPayload } from './history.input.ts';
import { revertCustomerField } from './revert-customer-field.write.ts';

@Resolver()
export class HistoryMutations {
  @Mutation(() => RevertCustomerFieldPayload, {
    description:
      'Gives one field of a file the value it had at an instant: a change like any other, held to the same rights and standards and with its own line of history. NOT_FOUND, FORBIDDEN, CONFLICT where the field has changed since the expected version, or for an archived file, BAD_USER_INPUT for what cannot be set back. (字段回退)', // R103
  })
  async revertCustomerField(
    @Arg('input', () => RevertCustomerFieldInput, { description: 'The field and the instant. (回退内容)' })
    input: RevertCustomerFieldInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await revertCustomerField(ctx.db, actorOf(ctx), input);
    return { customer: await readRow(ctx, customerModel, id, selectionAt(info, 'customer', customerModel)) };
  }
}
