import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { TaskKind, TaskState, task, taskStep } from './task.table.ts';

publishEnum(TaskKind, 'TaskKind', 'What kind of duty it is. (待办类型)', {
  UPDATE_CONTACT_CHANGE:
    'Bring contact details or the like up to date that were reported as changed. (变更更新)', // R93
  RECORD_NEED_CHANGE: 'Record how the needs of the customer have changed. (需求变更登记)', // R94
  FILL_FIELDS: 'Fill in what the file lacks. (补全资料)',
  REVISE_FILE: 'Go through the file and revise it. (修订核查)',
  VERIFY: 'Verify a change of importance. (变更核实)', // R100
  ANSWER_CONFIRMATION: 'Deal with what the customer answered. (处理客户确认)',
  CALL_BACK: 'Call on a customer who was lost. (流失回访)', // R129
  FOLLOW_UP: 'Take the next step with the customer. (跟进)', // R57, R130
  BIRTHDAY: 'Congratulate on a birthday. (生日)', // R132
  ANNIVERSARY: 'Remember an anniversary. (纪念日)', // R132
  RETURN_FILE: 'Return a file whose access ends. (归还档案)', // R108
  CASE_RESPONSE: 'Answer a service case. (工单响应)',
  CASE_RESOLUTION: 'Resolve a service case. (工单解决)',
  RETURN_VISIT: 'Visit after a service. (售后回访)',
  NEXT_ORDER: 'Ask about the next order. (再次采购)',
  REPLENISH: 'Offer supplies before they run out. (补货)',
  RECTIFY: 'Put right what a review found. (整改)',
  REVIEW_INACTIVE: 'Look into a customer who has gone quiet. (沉默客户核查)',
  OTHER: 'Anything else. (其他)',
});

publishEnum(TaskState, 'TaskState', 'State of a task. (待办状态)', {
  OPEN: 'To be done. (待处理)',
  DONE: 'Done, by somebody or because its reason is gone. (已完成)',
  CANCELLED: 'Not to be done any more. (已取消)',
});

@ObjectType('Task', {
  implements: Node,
  description:
    'A duty with a due time: opened by a person, or by a rule, which closes it again when its reason is gone. Visible to whoever may read business of its file; with or without a file, to its assignee, its team, who opened it, the leaders of these, and those it was escalated to. Of the file such a viewer reads no more than before. (待办)',
})
export class Task extends Node {
  @Attribute({
    column: task.kind,
    access: 'open',
    nullable: false,
    enumeration: TaskKind,
    sortable: true,
    description: 'What kind of duty it is; OTHER unless given. (类型)',
  })
  kind!: TaskKind;

  @Attribute({
    column: task.state,
    access: 'open',
    nullable: false,
    enumeration: TaskState,
    description: 'Its state. (状态)',
  })
  state!: TaskState;

  @Attribute({
    column: task.title,
    access: 'open',
    text: 'FREE',
    byOthers: true,
    description:
      'What is to be done, 1 to 200 characters. Everybody who sees the task reads it, also without the file, so it should hold no details of the customer. (标题)',
  })
  title!: string | null;

  @Attribute({
    column: task.rule,
    access: 'open',
    text: 'CONTROLLED',
    description: 'The rule that opened it; null if a person did. (规则)',
  })
  rule!: string | null;

  @Attribute({
    column: task.dueAt,
    access: 'open',
    sortable: true,
    description: 'When it is due; null for no time. Reassigning and snoozing do not change it. (截止时间)',
  })
  dueAt!: string | null;

  @Attribute({
    column: task.fields,
    // Which detail changed discloses something even without its value.
    access: 'personal',
    text: 'CONTROLLED',
    list: true,
    description:
      'Names of the fields that are missing or changed, as the type of its subject has them; null for none. (相关字段)',
  })
  fields!: string[] | null;

  @Attribute({
    column: task.reported,
    access: 'personal',
    text: 'FREE',
    byOthers: true,
    filterable: false,
    description:
      'What was reported about the customer, in the words of who reported it, or why the file was rejected. (上报内容)', // R93
  })
  reported!: string | null;

  @Attribute({
    column: task.outcome,
    access: 'open',
    text: 'FREE',
    byOthers: true,
    filterable: false,
    description:
      'What came of it, at most 1,000 characters: by who settled it, or why it closed by itself. (处理结果)',
  })
  outcome!: string | null;

  @Attribute({
    column: task.completedAt,
    access: 'open',
    sortable: true,
    description: 'When it was done or cancelled; null while it is open. (完成时间)',
  })
  completedAt!: string | null;

  @Attribute({
    column: task.snoozedUntil,
    access: 'open',
    description: 'Its assignee has put it off until then; null unless they did. (暂缓至)',
  })
  snoozedUntil!: string | null;

  @Attribute({
    column: task.version,
    access: 'open',
    nullable: false,
    filterable: false,
    description: 'Grows by one with each change. (版本号)',
  })
  version!: number;

  @Attribute({
    column: task.createdAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it was opened. (创建时间)',
  })
  createdAt!: string;

  @Attribute({
    column: task.updatedAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it last changed. (更新时间)',
  })
  updatedAt!: string;
}

@ObjectType('TaskStep', {
  implements: Node,
  description: 'A time during which somebody held a task, or an escalation of it. (待办经手记录)',
})
export class TaskStep extends Node {
  @Attribute({
    column: taskStep.at,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it came to them. (时间)',
  })
  at!: string;

  @Attribute({
    column: taskStep.until,
    access: 'open',
    description:
      'When another came to hold it, or it was settled; null while they hold it, and for an escalation. (截止)',
  })
  until!: string | null;
}
