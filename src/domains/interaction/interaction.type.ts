import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { InteractionDirection, InteractionKind, interaction } from './interaction.table.ts';

publishEnum(InteractionKind, 'InteractionKind', 'What kind of exchange it was. (互动类型)', {
  VISIT: 'Visit. (拜访)',
  PHONE_CALL: 'Phone call. (电话)',
  MEETING: 'Meeting. (会议)',
  EMAIL: 'E-mail. (邮件)',
  WECHAT: 'WeChat. (微信)',
  SMS: 'Text message. (短信)',
  ONLINE_CHAT: 'Chat on a web page. (在线咨询)',
  SOCIAL_MENTION: 'Mention in social media. (社交媒体)', // R164
  INQUIRY: 'Question of the customer. (咨询)',
  COMPLAINT: 'Complaint. (投诉)', // R125
  SUGGESTION: 'Suggestion. (建议)',
  REPAIR: 'Repair. (维修)',
  RETURN_VISIT: 'Return visit after a service or a loss. (回访)', // R126, R129
  SURVEY: 'Survey. (调查)',
  INTERVIEW: 'Interview. (访谈)',
  OBSERVATION: 'Seen, without asking. (观察)',
  ACTIVITY: 'Event or activity. (活动)',
  NOTE: 'Internal note. (备注)',
  REPORT: 'Departmental report. (报告)', // R11
});

publishEnum(InteractionDirection, 'InteractionDirection', 'Who approached whom. (方向)', {
  INBOUND: 'The customer approached us. (客户主动)',
  OUTBOUND: 'We approached the customer. (我方主动)',
  INTERNAL: 'Among ourselves. (内部)',
});

@ObjectType('Interaction', { implements: Node, description: 'One exchange with a customer. (互动记录)' })
export class Interaction extends Node {
  @Attribute({
    column: interaction.kind,
    access: 'business',
    enumeration: InteractionKind,
    description: 'What kind of exchange it was. (互动类型)',
  })
  kind!: InteractionKind | null;

  @Attribute({
    column: interaction.direction,
    access: 'business',
    enumeration: InteractionDirection,
    description: 'Who approached whom. (方向)',
  })
  direction!: InteractionDirection | null;

  @Attribute({
    column: interaction.occurredAt,
    access: 'business',
    sortable: true,
    description: 'When it took place; at most 5 minutes ahead of the server’s clock. (发生时间)',
  })
  occurredAt!: string | null;

  @Attribute({
    column: interaction.summary,
    access: 'business',
    text: 'FREE',
    description: 'What was said and done, 1 to 4,000 characters. (内容)',
  })
  summary!: string | null;

  @Attribute({
    column: interaction.outcome,
    access: 'business',
    text: 'FREE',
    description: 'What came of it, at most 2,000 characters. (结果)', // R57
  })
  outcome!: string | null;

  @Attribute({
    column: interaction.nextStep,
    access: 'business',
    text: 'FREE',
    description: 'What is to be done next, at most 1,000 characters. (下一步)', // R57
  })
  nextStep!: string | null;

  @Attribute({
    column: interaction.nextStepAt,
    access: 'business',
    sortable: true,
    description: 'When the next step is due. (下一步时间)',
  })
  nextStepAt!: string | null;

  @Attribute({
    column: interaction.needsChanged,
    access: 'business',
    description:
      'The customer said that what they need has changed; false unless given. Opens a task to record it, due within an hour, which closes when a need is written. (需求有变)', // R94
  })
  needsChanged!: boolean | null;

  @Attribute({
    column: interaction.version,
    access: 'basic',
    nullable: false,
    filterable: false,
    description: 'Grows by one with each change. (版本号)',
  })
  version!: number;

  @Attribute({
    column: interaction.createdAt,
    access: 'basic',
    nullable: false,
    sortable: true,
    description: 'When it was entered. (创建时间)',
  })
  createdAt!: string;

  @Attribute({
    column: interaction.updatedAt,
    access: 'basic',
    nullable: false,
    sortable: true,
    description: 'When it last changed. (更新时间)',
  })
  updatedAt!: string;
}
