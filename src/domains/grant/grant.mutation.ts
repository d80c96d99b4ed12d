import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { uuidOf } from '../../core/graphql/schema/type-id.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { accessGrantModel } from './access-grant.model.ts';
import { recallGrant, returnFile } from './access-grant.write.ts';
import { accessRequestModel } from './access-request.model.ts';
import { approveAccess, declineAccess, requestAccess, withdrawAccess } from './access-request.write.ts';
import {
  ApproveAccessInput,
  ApproveAccessPayload,
  DeclineAccessInput,
  DeclineAccessPayload,
  RecallGrantInput,
  RecallGrantPayload,
  RenewGrantInput,
  RenewGrantPayload,
  RequestAccessInput,
  RequestAccessPayload,
  ReturnFileInput,
  ReturnFilePayload,
  WithdrawAccessInput,
  WithdrawAccessPayload,
} from './grant.input.ts';
import { renewGrant } from './grant-renewal.write.ts';

/** All fields of a card. */
const cardFields = ['companyName', 'contacts', 'customerId', 'ownerName'].map(
  (name) => `DirectoryCard.${name}`,
);

@Resolver()
export class GrantMutations {
  @Mutation(() => RequestAccessPayload, {
    description:
      'Requests access to a colleague’s file. The leader of the owner’s team decides, or an administrator if there is none or the leader is the requester; on special classes a manager or administrator, with the recorded consent. Nobody decides their own request. Paper originals are never lent: no operation releases them. FORBIDDEN for a class that the role may never read, NOT_FOUND, CONFLICT while a request for the file is undecided or another file is overdue, BAD_USER_INPUT naming every violation; RATE_LIMITED as in customerDirectory, since the request shows the file’s card. (申请查阅)', // R107, R111
  })
  async requestAccess(
    @Arg('input', () => RequestAccessInput, { description: 'What is requested. (申请内容)' })
    input: RequestAccessInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await requestAccess(ctx.db, actorOf(ctx), input);
    const customerIds = [uuidOf(input.customerId)];
    ctx.accessLog.noteLookup(ctx, { search: null, customerIds, fields: cardFields });
    return { request: await readRequest(ctx, id, info) };
  }

  @Mutation(() => ApproveAccessPayload, {
    description:
      'Approves a request; the grant is in force at once. NOT_FOUND, FORBIDDEN for viewers who may not decide it, CONFLICT when it is settled, its period is over or its requester has an overdue file, BAD_USER_INPUT naming every violation. (批准申请)',
  })
  async approveAccess(
    @Arg('input', () => ApproveAccessInput, { description: 'The approval. (批准内容)' })
    input: ApproveAccessInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { request: await readRequest(ctx, await approveAccess(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => DeclineAccessPayload, {
    description:
      'Declines a request. NOT_FOUND, FORBIDDEN for viewers who may not decide it, CONFLICT when it is settled. (拒绝申请)',
  })
  async declineAccess(
    @Arg('input', () => DeclineAccessInput, { description: 'The refusal. (拒绝内容)' })
    input: DeclineAccessInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { request: await readRequest(ctx, await declineAccess(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => WithdrawAccessPayload, {
    description:
      'Withdraws one’s own request. NOT_FOUND, FORBIDDEN for another’s, CONFLICT when it is settled. (撤回申请)',
  })
  async withdrawAccess(
    @Arg('input', () => WithdrawAccessInput, { description: 'The request. (申请)' })
    input: WithdrawAccessInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { request: await readRequest(ctx, await withdrawAccess(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => ReturnFilePayload, {
    description:
      'Returns a file that the viewer was granted access to, also when it is overdue; the grant gives no access from now on. A repeated call leaves no trace. NOT_FOUND, FORBIDDEN for another’s grant. (归还档案)', // R108
  })
  async returnFile(
    @Arg('input', () => ReturnFileInput, { description: 'The grant. (授权)' }) input: ReturnFileInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { grant: await readGrant(ctx, await returnFile(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => RenewGrantPayload, {
    description:
      'Requests a later end of a grant in force, for its grantee; decided by whoever decides requests for the file, and once approved the same grant runs on. A repeated call returns the undecided request. NOT_FOUND, FORBIDDEN for another’s grant, CONFLICT for a grant that has ended or is overdue, for a viewer with an overdue file, or while another request for the file is undecided, BAD_USER_INPUT. (续借)', // R108, R109
  })
  async renewGrant(
    @Arg('input', () => RenewGrantInput, { description: 'The renewal. (续借内容)' }) input: RenewGrantInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { request: await readRequest(ctx, await renewGrant(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => RecallGrantPayload, {
    description:
      'Ends a grant at once, on open subscriptions too: for its approver, the file’s owner and their team leader, managers, data stewards and administrators. A repeated call leaves no trace. NOT_FOUND, FORBIDDEN for one’s own grant. (收回授权)',
  })
  async recallGrant(
    @Arg('input', () => RecallGrantInput, { description: 'The grant. (授权)' }) input: RecallGrantInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { grant: await readGrant(ctx, await recallGrant(ctx.db, actorOf(ctx), input), info) };
  }
}

const readRequest = (ctx: Context, id: string, info: GraphQLResolveInfo) =>
  readRow(ctx, accessRequestModel, id, selectionAt(info, 'request', accessRequestModel));

const readGrant = (ctx: Context, id: string, info: GraphQLResolveInfo) =>
  readRow(ctx, accessGrantModel, id, selectionAt(info, 'grant', accessGrantModel));
