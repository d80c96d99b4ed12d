import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import {
  ArchiveCustomerInput,
  ArchiveCustomerPayload,
  AssignCustomerInput,
  AssignCustomerPayload,
  CreateCustomerInput,
  CreateCustomerPayload,
  RestoreCustomerInput,
  RestoreCustomerPayload,
  SetTierInput,
  SetTierPayload,
  UpdateCustomerInput,
  UpdateCustomerPayload,
} from './customer.input.ts';
import { customerModel } from './customer.model.ts';
import {
  archiveCustomer,
  assignCustomer,
  createCustomer,
  restoreCustomer,
  updateCustomer,
} from './customer.write.ts';
import { setTier } from './tier.write.ts';

@Resolver()
export class CustomerMutations {
  @Mutation(() => CreateCustomerPayload, {
    description:
      'Opens a customer file. FORBIDDEN names every field the viewer may not set, BAD_USER_INPUT every violation. CONFLICT for a unified social credit code, external key or unit of another file: `extensions` have the `field`, the `value` and the file’s `customerId`, or of a colleague’s file its directory `card` (customerId, companyName, ownerName), which counts as a look-up; RATE_LIMITED as in customerDirectory. (新建客户档案)', // R141
  })
  async createCustomer(
    @Arg('input', () => CreateCustomerInput, { description: 'The file. (客户信息)' })
    input: CreateCustomerInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await createCustomer(ctx.db, actorOf(ctx), input);
    return { customer: await readCustomer(ctx, id, info) };
  }

  @Mutation(() => UpdateCustomerPayload, {
    description:
      'Changes a customer file. NOT_FOUND for a file the viewer cannot see, FORBIDDEN naming every field they may not change, CONFLICT for a field changed since the expected version or an archived file, BAD_USER_INPUT naming every violation. Values of other files are told as in createCustomer. (修改客户档案)',
  })
  async updateCustomer(
    @Arg('input', () => UpdateCustomerInput, { description: 'What changes. (修改内容)' })
    input: UpdateCustomerInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await updateCustomer(ctx.db, actorOf(ctx), input);
    return { customer: await readCustomer(ctx, id, info) };
  }

  @Mutation(() => SetTierPayload, {
    description:
      'Sets a file’s tier whatever the rule says, with a reason and until a day; for managers, data stewards and administrators. NOT_FOUND, FORBIDDEN, CONFLICT for a tier changed since the expected version or an archived file, BAD_USER_INPUT naming every violation. (设置客户等级)', // R73
  })
  async setTier(
    @Arg('input', () => SetTierInput, { description: 'The tier. (客户等级)' })
    input: SetTierInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await setTier(ctx.db, actorOf(ctx), input);
    return { customer: await readCustomer(ctx, id, info) };
  }

  @Mutation(() => AssignCustomerPayload, {
    description:
      'Hands a file to another owner; for managers, data stewards and administrators. The same owner again leaves no trace. NOT_FOUND, FORBIDDEN, CONFLICT for any change since the expected version, BAD_USER_INPUT unless the owner is an active employee. (分配客户)',
  })
  async assignCustomer(
    @Arg('input', () => AssignCustomerInput, { description: 'The file and its new owner. (分配内容)' })
    input: AssignCustomerInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await assignCustomer(ctx.db, actorOf(ctx), input);
    return { customer: await readCustomer(ctx, id, info) };
  }

  @Mutation(() => ArchiveCustomerPayload, {
    description:
      'Puts a file to rest or restores it: files are never deleted. An archived file takes no changes but interactions. NOT_FOUND, FORBIDDEN, CONFLICT for any change since the expected version. (封存客户)', // R99
  })
  async archiveCustomer(
    @Arg('input', () => ArchiveCustomerInput, { description: 'The file. (封存内容)' })
    input: ArchiveCustomerInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await archiveCustomer(ctx.db, actorOf(ctx), input);
    return { customer: await readCustomer(ctx, id, info) };
  }

  @Mutation(() => RestoreCustomerPayload, {
    description:
      'Takes an archived file up again; one that is active already stays so. NOT_FOUND, FORBIDDEN, CONFLICT for any change since the expected version, and with the reason ACTIVE_FILES_WITHOUT_OWNER or ACTIVE_FILES_WITHOUT_CUSTODIAN for a file whose owner or custodian cannot keep it: assign it first. For a unit that another file has by now as in createCustomer. (恢复客户)',
  })
  async restoreCustomer(
    @Arg('input', () => RestoreCustomerInput, { description: 'The file. (恢复内容)' })
    input: RestoreCustomerInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await restoreCustomer(ctx.db, actorOf(ctx), input);
    return { customer: await readCustomer(ctx, id, info) };
  }
}

const readCustomer = (ctx: Context, id: string, info: GraphQLResolveInfo) =>
  readRow(ctx, customerModel, id, selectionAt(info, 'customer', customerModel));
