import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { logUses } from '../../core/access/access-log-port.ts';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import {
  ConfirmHandoverInput,
  ConfirmHandoverPayload,
  HandOverFilesInput,
  HandOverFilesPayload,
} from './handover.input.ts';
import { handoverModel } from './handover.model.ts';
import { confirmHandover, handOverFiles } from './handover.write.ts';

@Resolver()
export class HandoverMutations {
  @Mutation(() => HandOverFilesPayload, {
    description:
      'Hands an employee’s files over to colleagues in one transaction, with custodianship, open deals and segments, and ends the grants and co-ownerships the employee holds and their standing in for others; if they are disabled, also others’ standing in for them. The employee’s subscriptions receive ACCESS_ENDED, the receivers’ ACCESS_GAINED. For managers, data stewards and administrators; only administrators disable. NOT_FOUND, FORBIDDEN, CONFLICT when an active file would be left without an active owner or custodian, an open deal would go to an owner who cannot have it (reason OPEN_DEALS_WITHOUT_OWNER, fileNumbers), or something has changed since `expectedState`; BAD_USER_INPUT naming the violations: NOTHING_TO_HAND_OVER where nothing would move. Receivers of files confirm it with confirmHandover; where there are none, it is CONFIRMED at once. (移交档案)', // R116
  })
  async handOverFiles(
    @Arg('input', () => HandOverFilesInput, { description: 'From whom, and what to whom. (移交内容)' })
    input: HandOverFilesInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await handOverFiles(ctx.db, actorOf(ctx), input, (uses) => logUses(ctx, uses));
    return { handover: await readRow(ctx, handoverModel, id, selectionAt(info, 'handover', handoverModel)) };
  }

  @Mutation(() => ConfirmHandoverPayload, {
    description:
      'Confirms what the viewer received in a handover, as listed at listUrl; a repeated call leaves no trace. Managers, data stewards and administrators confirm in place of receivers who have been disabled, all at once. NOT_FOUND, FORBIDDEN for viewers who have nothing to confirm in it. (确认接收)',
  })
  async confirmHandover(
    @Arg('input', () => ConfirmHandoverInput, { description: 'Which. (接收确认)' })
    input: ConfirmHandoverInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await confirmHandover(ctx.db, actorOf(ctx), input);
    return { handover: await readRow(ctx, handoverModel, id, selectionAt(info, 'handover', handoverModel)) };
  }
}
