import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { OutgoingState, outgoing } from '../../core/outgoing/outgoing.table.ts';

publishEnum(OutgoingState, 'OutgoingState', 'What became of a mail. (发送状态)', {
  PLANNED: 'It is to be sent, or to be tried again, when it is due. (待发送)',
  CLAIMED: 'It is being sent. (发送中)',
  DONE: 'The mail server, or the robot’s app, has accepted it. (已发送)',
  FAILED: 'It was refused, or accepted in none of 10 attempts. (失败)',
  UNKNOWN:
    'It may have been sent: the connection, or this server, broke off. It is not sent again. (结果未知)',
  DROPPED:
    'It was not sent: nothing was to be said to the recipient any more, it came too late, or no mail server is set up. (已取消)',
});

@ObjectType('OutgoingMail', {
  implements: Node,
  description:
    'A mail to an employee or a customer, or a post of a team’s robot: when it is sent and what became of it, not what it says. Several of one kind that are due together go out as one. Kept for 90 days. For managers and administrators. (外发邮件)',
})
export class OutgoingMail extends Node {
  @Attribute({
    column: outgoing.kind,
    access: 'open',
    text: 'CONTROLLED',
    nullable: false,
    description:
      'What it is for, a fixed name in kebab-case: morning-digest, task-notice; confirmation-request to a customer; team-digest, team-robot-trial of a robot. (邮件类型)',
  })
  kind!: string;

  @Attribute({
    column: outgoing.state,
    access: 'open',
    enumeration: OutgoingState,
    nullable: false,
    description: 'What became of it. (状态)',
  })
  state!: OutgoingState;

  @Attribute({
    column: outgoing.createdAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it was planned. (创建时间)',
  })
  createdAt!: string;

  @Attribute({
    column: outgoing.dueAt,
    access: 'open',
    nullable: false,
    description: 'Not sent before: later after a failure, and in the recipient’s quiet hours. (计划发送时间)',
  })
  dueAt!: string;

  @Attribute({
    column: outgoing.finishedAt,
    access: 'open',
    description: 'When it ended in one way or another; null until then. (结束时间)',
  })
  finishedAt!: string | null;

  @Attribute({
    column: outgoing.attemptCount,
    access: 'open',
    nullable: false,
    description: 'How often it was tried. (尝试次数)',
  })
  attemptCount!: number;

  @Attribute({
    column: outgoing.lastFailure,
    access: 'open',
    text: 'FREE',
    description:
      'Why the last attempt failed or it was not sent, in the words of the mail server where it has any, at most 300 characters. (最近失败原因)',
  })
  lastFailure!: string | null;
}
