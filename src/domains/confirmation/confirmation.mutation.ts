import type { GraphQLResolveInfo } from 'graphql';
import { encodeQR } from 'qr';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { customerModel } from '../customer/customer.model.ts';
import { ConfirmationChannel } from '../verification/verification.table.ts';
import {
  AcceptProposedChangeInput,
  AcceptProposedChangePayload,
  DeclineProposedChangeInput,
  DeclineProposedChangePayload,
  RequestConfirmationInput,
  RequestConfirmationPayload,
  RevokeConfirmationInput,
  RevokeConfirmationPayload,
} from './confirmation.input.ts';
import { confirmationPath } from './confirmation.page.ts';
import { recordAnswer } from './confirmation.write.ts';
import { openRequest, revokeRequest } from './confirmation-request.write.ts';
import { acceptProposal, declineProposal } from './proposed-change.write.ts';

@Resolver()
export class ConfirmationMutations {
  @Mutation(() => RequestConfirmationPayload, {
    description:
      'Has the customer confirm a verified file, by a link, a QR code or a mail to a contact, or records what they answered: the file becomes CONFIRMED or DISPUTED, and each confirmed value stays so until it changes (`FieldVerification.isConfirmed`). A link works until the customer has answered, another request takes its place, it is revoked, or wrong digits were typed ten times; silence changes nothing. There are no SMS and WECOM until there are gateways for them. For who may submit the file. The same record again leaves no trace. NOT_FOUND, FORBIDDEN, CONFLICT for any change since the expected version, for an archived file, with `reason` NOT_VERIFIED for one that was never verified or was submitted again and NO_PHONE for one without a telephone number by which a customer could show who they are, BAD_USER_INPUT naming every violation. (客户确认)', // R87
  })
  async requestConfirmation(
    @Arg('input', () => RequestConfirmationInput, { description: 'The file and the channel. (客户确认)' })
    input: RequestConfirmationInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const actor = actorOf(ctx);
    if (input.channel === ConfirmationChannel.RECORDED) {
      const id = await recordAnswer(ctx.db, actor, input);
      return { customer: await readCustomer(ctx, id, info), url: null, qrCode: null };
    }
    const { fileId, token } = await openRequest(ctx.db, actor, input);
    const url = token && `${ctx.publicUrl()}${confirmationPath}/${token}`;
    const isCode = url !== null && input.channel === ConfirmationChannel.QR;
    return {
      customer: await readCustomer(ctx, fileId, info),
      url,
      qrCode: isCode ? encodeQR(url, 'svg', { ecc: 'medium' }) : null,
    };
  }

  @Mutation(() => RevokeConfirmationPayload, {
    description:
      'Has the link of a file lead nowhere any more; without one that works nothing happens. For who may submit the file. NOT_FOUND, FORBIDDEN. (撤回确认请求)', // R87
  })
  async revokeConfirmation(
    @Arg('input', () => RevokeConfirmationInput, { description: 'The file. (客户档案)' })
    input: RevokeConfirmationInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { customer: await readCustomer(ctx, await revokeRequest(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => AcceptProposedChangePayload, {
    description:
      'Writes what a customer corrected, as a change of the viewer’s whose source is CUSTOMER; once no correction is open and none was declined since, the file is CONFIRMED. For who may change the field. An accepted one stays so. NOT_FOUND, FORBIDDEN, CONFLICT for a value that was changed since the customer saw it, as in updateCustomer and updateContact, for an archived file, and with the state as `reason` for a correction that is settled, BAD_USER_INPUT for what the field does not take. (采纳客户更正)', // R87
  })
  async acceptProposedChange(
    @Arg('input', () => AcceptProposedChangeInput, { description: 'The correction. (更正)' })
    input: AcceptProposedChangeInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { customer: await readCustomer(ctx, await acceptProposal(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => DeclineProposedChangePayload, {
    description:
      'Does not write what a customer corrected: the file stays DISPUTED until they are heard again. For who may change the field. A declined one stays so. NOT_FOUND, FORBIDDEN, CONFLICT for an archived file, and with the state as `reason` for a correction that is settled, BAD_USER_INPUT. (不采纳客户更正)', // R87
  })
  async declineProposedChange(
    @Arg('input', () => DeclineProposedChangeInput, { description: 'The correction, and why. (更正)' })
    input: DeclineProposedChangeInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { customer: await readCustomer(ctx, await declineProposal(ctx.db, actorOf(ctx), input), info) };
  }
}

const readCustomer = (ctx: Context, id: string, info: GraphQLResolveInfo) =>
  readRow(ctx, customerModel, id, selectionAt(info, 'customer', customerModel));
