import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import type { TaskState } from './task.table.ts';
import { Task } from './task.type.ts';
import { subjectRows, subjectsByTask } from './task-subject.loader.ts';

/** A task's row; the columns that its fields follow from are always read. */
type TaskNode = Row & { state: TaskState; dueAt: string | null };

@Resolver(() => Task)
export class TaskResolver {
  @FieldResolver(() => Boolean, { description: 'It is open and its time is over. (是否逾期)' })
  @Extensions({ access: 'open' })
  overdue(@Root() { state, dueAt }: TaskNode, @Ctx() { now }: Context): boolean {
    return state === 'OPEN' && dueAt !== null && Date.parse(dueAt) < now.getTime();
  }

  @FieldResolver(() => Node, {
    nullable: true,
    description:
      'What it is about: the file, or something in it; null for nothing, and for what the viewer cannot see. (对象)',
  })
  @Extensions({ access: 'open' })
  async subject(
    @Root() { id }: TaskNode,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    const reference = await subjectsByTask(ctx).load(id);
    return reference && subjectRows(ctx, info).load(reference);
  }
}
