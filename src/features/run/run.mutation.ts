import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { retryChunks } from '../../core/run/run.write.ts';
import { RetryRunInput, RetryRunPayload } from './run.input.ts';
import { runModel } from './run.model.ts';

@Resolver()
export class RunMutations {
  @Mutation(() => RetryRunPayload, {
    description:
      'Has the chunks of a run that were given up tried again, at once and by any instance; for administrators. A run without such chunks is left alone. NOT_FOUND. (重试失败的作业)',
  })
  async retryRun(
    @Arg('input', () => RetryRunInput, { description: 'The run. (作业)' }) input: RetryRunInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = requireId('run', input.id, ['input', 'id']);
    await retryChunks(ctx.db, id);
    return { run: await readRow(ctx, runModel, id, selectionAt(info, 'run', runModel)) };
  }
}
