import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';

/** What happens to a task, as its trigger and the sweep of due tasks record it, and the feed's own notices. */
export const TaskEventType = {
  OPENED: 'OPENED',
  ASSIGNED: 'ASSIGNED',
  LEFT: 'LEFT',
  CHANGED: 'CHANGED',
  SNOOZED: 'SNOOZED',
  DUE: 'DUE',
  ESCALATED: 'ESCALATED',
  DONE: 'DONE',
  CANCELLED: 'CANCELLED',
  BULK_CHANGED: 'BULK_CHANGED',
  BOOKMARK: 'BOOKMARK',
} as const;
export type TaskEventType = (typeof TaskEventType)[keyof typeof TaskEventType];

registerEnumType(TaskEventType, {
  name: 'TaskEventType',
  description: 'What happened to a task. (待办事件类型)',
  valuesConfig: {
    OPENED: { description: 'It was opened. (新建)' },
    ASSIGNED: {
      description: 'It came to somebody else, or the viewer came to the team that it waits in. (转交)',
    },
    LEFT: {
      description: 'It is no longer the viewer’s: drop it. The event has no content. (已转出)',
    },
    CHANGED: { description: 'What it says or when it is due has changed. (修改)' },
    SNOOZED: { description: 'It was put off, or is no longer. (暂缓)' },
    DUE: { description: 'Its time has come, and it is open. (到期)' },
    ESCALATED: { description: 'It is overdue, and a leader was notified. (督办)' },
    DONE: { description: 'It is done, by somebody or because its reason is gone. (完成)' },
    CANCELLED: { description: 'It is not to be done any more. (取消)' },
    BULK_CHANGED: { description: 'Very many changes at once: load the list again. (批量变更)' },
    BOOKMARK: { description: 'Nothing happened; a younger cursor. (书签)' },
  },
});

@ObjectType({
  description:
    'Something that happened to a task, as its assignee, its team, who opened it, and those it was escalated to see it. (待办事件)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class TaskEvent {
  @Field(() => String, { description: 'Resume after this event with it. Opaque. (游标)' })
  @Extensions({ text: 'CONTROLLED' })
  cursor!: string;

  @Field(() => TaskEventType, { description: 'What happened. (事件类型)' })
  type!: TaskEventType;

  @Field(() => DateTimeScalar, { description: 'When it happened. (发生时间)' })
  occurredAt!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The task; null for BOOKMARK and BULK_CHANGED. (待办编号)',
  })
  taskId!: string | null;
}
