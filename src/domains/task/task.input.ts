import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ExpectedVersion, IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { TaskKind } from './task.table.ts';
import { Task } from './task.type.ts';

const theTask = 'The task. NOT_FOUND also when the viewer cannot see it. (待办编号)';
const titleText =
  'What is to be done, 1 to 200 characters. Everybody who sees the task reads it, also without the file. (标题)';
const dueText = 'When it is due, in the years 2000 to 2099; null for no time. (截止时间)';

@InputType({ description: 'A new task. (新建待办)' })
export class CreateTaskInput {
  @Field(() => ID, {
    nullable: true,
    description: 'The file it is of; absent for none. NOT_FOUND for one the viewer cannot see. (客户编号)',
  })
  customerId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'What it is about: the file itself, or a contact, interaction, need or deal in it; BAD_USER_INPUT for anything else. (对象编号)',
  })
  subjectId?: string | null;

  @Field(() => String, { description: titleText })
  title!: string;

  @Field(() => TaskKind, {
    nullable: true,
    description: 'What kind of duty it is; OTHER unless given. (类型)',
  })
  kind?: TaskKind | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The active employee who is to do it, no ANALYST; the viewer unless given, nobody yet where a team is given. ONE_OF beside a team. (负责人编号)',
  })
  assigneeId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The team that is to do it: its members see it, and one of them takes it. (负责团队编号)',
  })
  teamId?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: dueText })
  dueAt?: string | null;

  @IdempotencyKey('task')
  idempotencyKey?: string | null;
}

@InputType({ description: 'Changes of one task: an absent field is left alone, null clears one. (修改待办)' })
export class UpdateTaskInput {
  @Field(() => ID, { description: theTask })
  id!: string;

  @ExpectedVersion('The task’s')
  expectedVersion!: number;

  @Field(() => String, { nullable: true, description: titleText })
  title?: string | null;

  @Field(() => TaskKind, {
    nullable: true,
    description: 'What kind of duty it is; FORBIDDEN to change for anybody but who opened it. (类型)',
  })
  kind?: TaskKind | null;

  @Field(() => DateTimeScalar, { nullable: true, description: dueText })
  dueAt?: string | null;
}

@InputType({ description: 'A task that is done. (完成待办)' })
export class CompleteTaskInput {
  @Field(() => ID, { description: theTask })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'What came of it, at most 1,000 characters. (处理结果)',
  })
  outcome?: string | null;
}

@InputType({ description: 'A task that is not to be done any more. (取消待办)' })
export class CancelTaskInput {
  @Field(() => ID, { description: theTask })
  id!: string;

  @Field(() => String, { description: 'Why, 1 to 1,000 characters. (取消原因)' })
  reason!: string;
}

@InputType({ description: 'A task that another employee is to do. (转交待办)' })
export class ReassignTaskInput {
  @Field(() => ID, { description: theTask })
  id!: string;

  @Field(() => ID, { description: 'The active employee who is to do it, no ANALYST. (负责人编号)' })
  assigneeId!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'Who had it when the client read it: CONFLICT if it has come to somebody else; absent, it is not checked. (原负责人编号)',
  })
  expectedAssigneeId?: string | null;
}

@InputType({ description: 'A task that is put off. (暂缓待办)' })
export class SnoozeTaskInput {
  @Field(() => ID, { description: theTask })
  id!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when, at most 90 days ahead; null or absent ends that. (暂缓至)',
  })
  until?: string | null;
}

@ObjectType({ description: 'The task as it is now. (待办写入结果)' })
@Extensions({ access: 'open' })
export class CreateTaskPayload {
  @Field(() => Task, { description: 'The task as it is now. (待办)' })
  task!: Task;
}

@ObjectType({ description: 'The task as it is now. (待办写入结果)' })
@Extensions({ access: 'open' })
export class UpdateTaskPayload extends CreateTaskPayload {}

@ObjectType({ description: 'The task as it is now. (待办写入结果)' })
@Extensions({ access: 'open' })
export class CompleteTaskPayload extends CreateTaskPayload {}

@ObjectType({ description: 'The task as it is now. (待办写入结果)' })
@Extensions({ access: 'open' })
export class CancelTaskPayload extends CreateTaskPayload {}

@ObjectType({ description: 'The task as it is now; null for who cannot see it any more. (待办写入结果)' })
@Extensions({ access: 'open' })
export class ReassignTaskPayload {
  @Field(() => Task, {
    nullable: true,
    description:
      'The task as it is now; null for a viewer who has given it away and cannot see it any more. (待办)',
  })
  task!: Task | null;
}

@ObjectType({ description: 'The task as it is now. (待办写入结果)' })
@Extensions({ access: 'open' })
export class SnoozeTaskPayload extends CreateTaskPayload {}
