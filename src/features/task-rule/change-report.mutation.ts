import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { taskModel } from '../../domains/task/task.model.ts';
import { ReportChangeInput, ReportChangePayload } from './change-report.input.ts';
import { reportChange } from './change-report.write.ts';

@Resolver()
export class ChangeReportMutations {
  @Mutation(() => ReportChangePayload, {
    description:
      'Reports that a detail of a customer has changed, by whoever hears of it and may record on the file: opens a task for its owner, due within `Settings.changeDueWithin` (24 hours by default) or, where nobody works then, on their next working morning, which closes when the field is changed. Further reports on the same customer or contact are added to the task that is open. NOT_FOUND for a file the viewer cannot see, FORBIDDEN for one that is only granted to them, CONFLICT for an archived one, BAD_USER_INPUT naming every violation. (变更上报)', // R93
  })
  async reportChange(
    @Arg('input', () => ReportChangeInput, { description: 'The change. (变更)' }) input: ReportChangeInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await reportChange(ctx.db, actorOf(ctx), input);
    return { task: await readRow(ctx, taskModel, id, selectionAt(info, 'task', taskModel)) };
  }
}
