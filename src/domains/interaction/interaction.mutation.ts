import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { LogInteractionInput, LogInteractionPayload } from './interaction.input.ts';
import { interactionModel } from './interaction.model.ts';
import { logInteraction } from './interaction.write.ts';

@Resolver()
export class InteractionMutations {
  @Mutation(() => LogInteractionPayload, {
    description:
      'Records an exchange with a customer, on archived files too. NOT_FOUND for a file the viewer cannot see, FORBIDDEN for who may not record on it, BAD_USER_INPUT naming every violation. (记录互动)',
  })
  async logInteraction(
    @Arg('input', () => LogInteractionInput, { description: 'The record. (互动内容)' })
    input: LogInteractionInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await logInteraction(ctx.db, actorOf(ctx), input);
    return {
      interaction: await readRow(
        ctx,
        interactionModel,
        id,
        selectionAt(info, 'interaction', interactionModel),
      ),
    };
  }
}
