import { Field, InputType, ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { AccessClassName } from '../employee/permission.enums.ts';
import { AccessDecision, accessRequest } from './access-request.table.ts';
import { AccessRequestStatus } from './grant-status.enums.ts';

publishEnum(AccessDecision, 'AccessDecision', 'How a request was settled. (审批结果)', {
  APPROVED: 'Approved. (批准)',
  DECLINED: 'Declined. (拒绝)',
  WITHDRAWN: 'Withdrawn by who made it. (撤回)',
  LAPSED: 'Nobody decided before the requested period was over. (失效)',
});

@InputType({ description: 'Conditions on the status of a request. (申请状态条件)' })
export class AccessRequestStatusCondition {
  @Field(() => AccessRequestStatus, { nullable: true, description: 'Equal to this value. (等于)' })
  eq?: AccessRequestStatus | null;

  @Field(() => [AccessRequestStatus], { nullable: true, description: 'One of these values. (属于)' })
  in?: AccessRequestStatus[] | null;
}

@ObjectType('AccessRequest', {
  implements: Node,
  description:
    'A request to read a colleague’s file for a time and a purpose. Seen by who made it, the file’s owner and their team leader, managers, data stewards and administrators. (访问申请)', // R107
})
export class AccessRequest extends Node {
  @Attribute({
    column: accessRequest.customerId,
    access: 'open',
    nullable: false,
    prefix: 'cus',
    description: 'The file. (客户)',
  })
  customerId!: string;

  @Attribute({
    column: accessRequest.classes,
    access: 'open',
    nullable: false,
    enumeration: AccessClassName,
    list: true,
    description: 'Classes requested beyond card and basic, which every grant includes. (信息类别)',
  })
  classes!: AccessClassName[];

  @Attribute({
    column: accessRequest.purpose,
    access: 'open',
    text: 'FREE',
    filterable: false,
    description: 'What the file is needed for. (用途)',
  })
  purpose!: string | null;

  @Attribute({
    column: accessRequest.until,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When the requested access ends. (申请截止时间)',
  })
  until!: string;

  @Attribute({
    column: accessRequest.createdAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it was made. (申请时间)',
  })
  createdAt!: string;

  @Attribute({
    column: accessRequest.decision,
    access: 'open',
    enumeration: AccessDecision,
    description: 'How it was settled; null until then. (审批结果)',
  })
  decision!: AccessDecision | null;

  @Attribute({
    column: accessRequest.decidedAt,
    access: 'open',
    sortable: true,
    description: 'When it was settled. (审批时间)',
  })
  decidedAt!: string | null;

  @Attribute({
    column: accessRequest.decisionReason,
    access: 'open',
    text: 'FREE',
    byOthers: true,
    filterable: false,
    description: 'Why it was declined. (审批意见)',
  })
  decisionReason!: string | null;
}
