import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { customerModel } from '../customer/customer.model.ts';
import { verifyFields } from './field-check.write.ts';
import {
  ApproveFileInput,
  ApproveFilePayload,
  RejectFileInput,
  RejectFilePayload,
  SubmitFileInput,
  SubmitFilePayload,
  VerifyFieldsInput,
  VerifyFieldsPayload,
} from './verification.input.ts';
import { approveFile, rejectFile, submitFile } from './verification.write.ts';

@Resolver()
export class VerificationMutations {
  @Mutation(() => SubmitFilePayload, {
    description:
      'Submits a file to be verified. It takes a full legal name and each of the settings’ `verifiedFields`: BAD_USER_INPUT names all that is missing. A file that is submitted already stays so. NOT_FOUND, FORBIDDEN, CONFLICT for any change since the expected version or an archived file. (提交审核)', // R86
  })
  async submitFile(
    @Arg('input', () => SubmitFileInput, { description: 'The file. (客户档案)' })
    input: SubmitFileInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { customer: await readCustomer(ctx, await submitFile(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => VerifyFieldsPayload, {
    description:
      'Records that values were verified, by what and with what evidence; each is unverified again when it changes. For managers, data stewards, administrators and the leader of the owner’s team, for members of a department the fields that it answers for, and for credit finance alone; all only what they read. FORBIDDEN names every field that is not theirs, with `reason` SECOND_CHECK every one that another person has to verify (setting `secondCheck`). Repeated with the same input it leaves no trace. NOT_FOUND, CONFLICT for any change since the expected version or an archived file, BAD_USER_INPUT naming every violation. (字段核实)', // R88, R92
  })
  async verifyFields(
    @Arg('input', () => VerifyFieldsInput, { description: 'The values. (字段)' })
    input: VerifyFieldsInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { customer: await readCustomer(ctx, await verifyFields(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => ApproveFilePayload, {
    description:
      'Approves a file that was submitted; for managers, data stewards, administrators and the leader of the owner’s team. BAD_USER_INPUT names each of the settings’ `verifiedFields` that is not verified. FORBIDDEN with `reason` SECOND_CHECK for who submitted it, as the setting `secondCheck` says. An approved file stays so. NOT_FOUND, CONFLICT for any change since the expected version, for an archived file and with `reason` NOT_SUBMITTED for one that waits for no approval. (审核通过)', // R86
  })
  async approveFile(
    @Arg('input', () => ApproveFileInput, { description: 'The file. (客户档案)' })
    input: ApproveFileInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { customer: await readCustomer(ctx, await approveFile(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => RejectFilePayload, {
    description:
      'Sends a submitted file back, with the reason: who submitted it gets a task. For who may approve it. A rejected file stays so. NOT_FOUND, FORBIDDEN, CONFLICT as in approveFile, BAD_USER_INPUT naming every violation. (驳回)', // R86
  })
  async rejectFile(
    @Arg('input', () => RejectFileInput, { description: 'The file, and why. (客户档案)' })
    input: RejectFileInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { customer: await readCustomer(ctx, await rejectFile(ctx.db, actorOf(ctx), input), info) };
  }
}

const readCustomer = (ctx: Context, id: string, info: GraphQLResolveInfo) =>
  readRow(ctx, customerModel, id, selectionAt(info, 'customer', customerModel));
