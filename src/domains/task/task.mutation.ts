import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { findRow, readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import {
  CancelTaskInput,
  CancelTaskPayload,
  CompleteTaskInput,
  CompleteTaskPayload,
  CreateTaskInput,
  CreateTaskPayload,
  ReassignTaskInput,
  ReassignTaskPayload,
  SnoozeTaskInput,
  SnoozeTaskPayload,
  UpdateTaskInput,
  UpdateTaskPayload,
} from './task.input.ts';
import { taskModel } from './task.model.ts';
import { createTasks, updateTasks } from './task.write.ts';
import { cancelTask, completeTask, reassignTask, snoozeTask } from './task-state.write.ts';

@Resolver()
export class TaskMutations {
  @Mutation(() => CreateTaskPayload, {
    description:
      'Opens a task, of a file that the viewer sees or of none, for themselves, a colleague or a team. NOT_FOUND for a file the viewer cannot see, FORBIDDEN for one that is only granted to them, BAD_USER_INPUT naming every violation. (新建待办)',
  })
  async createTask(
    @Arg('input', () => CreateTaskInput, { description: 'The task. (待办内容)' }) input: CreateTaskInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const [id] = await createTasks(ctx.db, actorOf(ctx), [input]);
    return { task: await readTask(ctx, id as string, info) };
  }

  @Mutation(() => UpdateTaskPayload, {
    description:
      'Changes what a task says or when it is due: for who opened it, the leaders of those it concerns, managers, data stewards and administrators. NOT_FOUND, FORBIDDEN, CONFLICT for a field changed since the expected version or a task that is settled, BAD_USER_INPUT naming every violation. (修改待办)',
  })
  async updateTask(
    @Arg('input', () => UpdateTaskInput, { description: 'The changes. (修改内容)' }) input: UpdateTaskInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const [id] = await updateTasks(ctx.db, actorOf(ctx), [input]);
    return { task: await readTask(ctx, id as string, info) };
  }

  @Mutation(() => CompleteTaskPayload, {
    description:
      'Settles a task as done: for its assignee, a member of its team while nobody has taken it, who opened it, the file’s owner and leaders. A repeated call leaves no trace. NOT_FOUND, FORBIDDEN, CONFLICT if it was cancelled, BAD_USER_INPUT. (完成待办)',
  })
  async completeTask(
    @Arg('input', () => CompleteTaskInput, { description: 'The task. (待办)' }) input: CompleteTaskInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { task: await readTask(ctx, await completeTask(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => CancelTaskPayload, {
    description:
      'Settles a task as not to be done: for who opened it and leaders. A repeated call leaves no trace. NOT_FOUND, FORBIDDEN, CONFLICT if it was done, BAD_USER_INPUT. (取消待办)',
  })
  async cancelTask(
    @Arg('input', () => CancelTaskInput, { description: 'The task. (待办)' }) input: CancelTaskInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { task: await readTask(ctx, await cancelTask(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => ReassignTaskPayload, {
    description:
      'Gives a task to another employee; when it is due stays, and how long each has held it is kept. For its assignee, a member of its team while nobody has taken it, who opened it, the file’s owner and leaders. NOT_FOUND, FORBIDDEN, CONFLICT for a task that is settled, BAD_USER_INPUT. (转交待办)',
  })
  async reassignTask(
    @Arg('input', () => ReassignTaskInput, { description: 'The task and its new assignee. (转交内容)' })
    input: ReassignTaskInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await reassignTask(ctx.db, actorOf(ctx), input);
    return { task: await findRow(ctx, taskModel, id, selectionAt(info, 'task', taskModel)) };
  }

  @Mutation(() => SnoozeTaskPayload, {
    description:
      'Puts a task off until an instant, for its assignee; when it is due stays. NOT_FOUND, FORBIDDEN, CONFLICT for a task that is settled, BAD_USER_INPUT. (暂缓待办)',
  })
  async snoozeTask(
    @Arg('input', () => SnoozeTaskInput, { description: 'The task and the instant. (暂缓内容)' })
    input: SnoozeTaskInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { task: await readTask(ctx, await snoozeTask(ctx.db, actorOf(ctx), input), info) };
  }
}

const readTask = (ctx: Context, id: string, info: GraphQLResolveInfo) =>
  readRow(ctx, taskModel, id, selectionAt(info, 'task', taskModel));
