import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, Info, Resolver, type ResolverData, Root, Subscription } from 'type-graphql';
import type { FollowedEvent } from '../../core/changes/changes.ts';
import type { Context } from '../../core/context.ts';
import { followAddressed } from '../../core/delivery/addressed-events.ts';
import type { Delivery } from '../../core/graphql/execution/operation.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { findRow } from '../../core/model/read.ts';
import { nodeSelection, selectedField } from '../../core/model/selection.ts';
import { taskModel } from './task.model.ts';
import { Task } from './task.type.ts';
import { TaskEvent, type TaskEventType } from './task-event.type.ts';

/** An event as a viewer may see it. */
interface VisibleEvent {
  cursor: string;
  type: TaskEventType;
  occurredAt: string;
  taskId: string | null;
  /** UUID of the task to show; null where the event has no content. */
  shownId: string | null;
}

/** The `subject` of what is addressed about tasks, beside the events of their files, whose subject is the table. */
const taskSubject = 'task_notice';

/** Steps of the tasks that concern the viewer. Errors: CURSOR_EXPIRED, BAD_USER_INPUT for the cursor. */
const followTasks = (
  ctx: Context,
  { after }: { after?: string | null },
): Promise<AsyncIterableIterator<Delivery>> =>
  followAddressed<VisibleEvent>(ctx, after, {
    subject: taskSubject,
    noticeOf: ({ cursor, occurredAt, type }) => ({
      cursor,
      occurredAt,
      type: type as TaskEventType,
      taskId: null,
      shownId: null,
    }),
    authorize: authorizeEvent,
  });

/** Null for a task that the viewer can no longer see, except the notice that it left. One statement. */
async function authorizeEvent(ctx: Context, event: FollowedEvent): Promise<VisibleEvent | null> {
  const { cursor, occurredAt, subjectId } = event;
  const type = event.type.replace('TASK_', '') as TaskEventType;
  const visible = { cursor, occurredAt, type, taskId: encodeId('task', subjectId) };
  if (type === 'LEFT') return { ...visible, shownId: null };
  if (!(await findRow(ctx, taskModel, subjectId, { fields: [] }))) return null;
  return { ...visible, shownId: subjectId };
}

@Resolver(() => TaskEvent)
export class TaskEventResolver {
  @Subscription(() => TaskEvent, {
    description:
      'What happens to the viewer’s tasks: assigned to them, given to their team, opened by them, or escalated to them. Delivered like changes of files: at least once while the cursor is younger than the retention, no event twice after the last cursor that was processed, under the rights of the moment. Of a task that went to somebody else nothing reaches them any more, except one LEFT without content. CURSOR_EXPIRED, BAD_USER_INPUT for a cursor that was altered. (待办变更订阅)',
    subscribe: (({ args, context }: ResolverData<Context>) => followTasks(context, args)) as never,
  })
  taskChanged(
    @Root() event: VisibleEvent,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Resume after this cursor: of an event, or changesCursor of a list. Default: from now on. (游标之后)',
    })
    _after: string | undefined,
  ): VisibleEvent {
    return event;
  }

  @FieldResolver(() => Task, {
    nullable: true,
    description: 'The task as it is now; null for LEFT, BOOKMARK and BULK_CHANGED. (待办)',
  })
  @Extensions({ access: 'open' })
  async task(
    @Root() { shownId }: VisibleEvent,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    if (shownId === null) return null;
    return findRow(ctx, taskModel, shownId, nodeSelection(selectedField(info), taskModel));
  }
}
