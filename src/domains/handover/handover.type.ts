import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { HandoverState } from './handover.enums.ts';
import { HandoverReason, handover } from './handover.table.ts';

publishEnum(HandoverReason, 'HandoverReason', 'Why files are handed over. (移交原因)', {
  LEAVING: 'The employee leaves. (离职)',
  CHANGE_OF_POST: 'The employee changes post. (调岗)',
});

@ObjectType('Handover', {
  implements: Node,
  description:
    'The record of a handover: who gave what to whom, who performed it, and that its receivers confirmed it. Visible to all of these, managers, data stewards and administrators. (移交记录)', // R116
})
export class Handover extends Node {
  @Attribute({
    column: handover.createdAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it took place. (移交时间)',
  })
  createdAt!: string;

  @Attribute({
    column: handover.reason,
    access: 'open',
    nullable: false,
    enumeration: HandoverReason,
    description: 'Why it took place. (移交原因)',
  })
  reason!: HandoverReason;

  @Attribute({
    column: handover.confirmedAt,
    access: 'open',
    description:
      'When the last of its receivers confirmed it, or when it took place if nobody received files; null until then. (确认时间)',
  })
  confirmedAt!: string | null;

  @Attribute({
    column: handover.disabled,
    access: 'open',
    nullable: false,
    description: 'Whether the employee was disabled with it. (是否停用)',
  })
  disabled!: boolean;

  @Attribute({
    column: handover.customers,
    access: 'open',
    nullable: false,
    description: 'Files that got another owner, archived ones included. (移交档案数)',
  })
  customers!: number;

  @Attribute({
    column: handover.archivedCustomers,
    access: 'open',
    nullable: false,
    description: 'Of these, archived files. (其中已封存档案数)',
  })
  archivedCustomers!: number;

  @Attribute({
    column: handover.custodianships,
    access: 'open',
    nullable: false,
    description: 'Files that got another custodian, archived ones included. (更换责任人档案数)',
  })
  custodianships!: number;

  @Attribute({
    column: handover.deals,
    access: 'open',
    nullable: false,
    description: 'Open deals handed over with them. (移交商机数)',
  })
  deals!: number;

  @Attribute({
    column: handover.grants,
    access: 'open',
    nullable: false,
    description: 'Grants of the employee that ended. (终止授权数)',
  })
  grants!: number;

  @Attribute({
    column: handover.coOwnerships,
    access: 'open',
    nullable: false,
    description: 'Files of which the employee ceased to be a co-owner. (终止协办数)',
  })
  coOwnerships!: number;

  @Attribute({
    column: handover.delegations,
    access: 'open',
    nullable: false,
    description: 'Delegations from and to the employee that ended. (终止代理数)',
  })
  delegations!: number;

  @Attribute({
    column: handover.segments,
    access: 'open',
    nullable: false,
    description: 'Segments handed over. (移交客户分群数)',
  })
  segments!: number;
}

@ObjectType({ description: 'What one employee receives in a handover. (接收明细)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class HandoverShare {
  @Field(() => ID, { description: 'The employee. (接收人编号)' })
  @Extensions({ idPrefix: 'emp' })
  employeeId!: string;

  @Field(() => String, { nullable: true, description: 'Their name. (接收人姓名)' })
  @Extensions({ text: 'IDENTIFYING' })
  employeeName!: string | null;

  @Field(() => Int, { description: 'Files they own by it. (接收档案数)' })
  customers!: number;

  @Field(() => Int, { description: 'Files they are custodian of by it. (接任责任人档案数)' })
  custodianships!: number;
}

@ObjectType({
  description:
    'What a handover would do, counted now: exactly what handOverFiles does with the same input. (移交预览)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class HandoverPreview {
  @Field(() => Int, { description: 'Files that get another owner, archived ones included. (移交档案数)' })
  customers!: number;

  @Field(() => Int, { description: 'Of these, archived files. (其中已封存档案数)' })
  archivedCustomers!: number;

  @Field(() => Int, {
    description: 'Files that get another custodian, archived ones included. (更换责任人档案数)',
  })
  custodianships!: number;

  @Field(() => Int, { description: 'Contacts in files that get another owner. (联系人数)' })
  contacts!: number;

  @Field(() => Int, { description: 'Open needs in files that get another owner. (未满足需求数)' })
  openNeeds!: number;

  @Field(() => Int, { description: 'Open deals that get another owner. (移交商机数)' })
  deals!: number;

  @Field(() => Int, {
    description: 'Next steps in files that get another owner and that still lie ahead. (待跟进数)',
  })
  followUps!: number;

  @Field(() => Int, { description: 'Grants of the employee that end. (终止授权数)' })
  grants!: number;

  @Field(() => Int, { description: 'Files of which the employee ceases to be a co-owner. (终止协办数)' })
  coOwnerships!: number;

  @Field(() => Int, {
    description:
      'Delegations that end: those in which the employee stands in for others and, if they are disabled, others for them. (终止代理数)',
  })
  delegations!: number;

  @Field(() => Int, { description: 'Segments that get another owner. (移交客户分群数)' })
  segments!: number;

  @Field(() => Int, {
    description:
      'Files that the employee would still own, archived ones included; must be 0 for a change to a role that can own none. (留存档案数)',
  })
  customersLeft!: number;

  @Field(() => Int, {
    description:
      'Files of which the employee would still be custodian, archived ones included; must be 0 for a change to a role that cannot be custodian. (留任责任人档案数)',
  })
  custodianshipsLeft!: number;

  @Field(() => Int, {
    description:
      'Open deals that the employee would still own; must be 0 for a change to a role that can own none. (留存商机数)',
  })
  dealsLeft!: number;

  @Field(() => Int, {
    description:
      'Of customersLeft, active files; must be 0 for the employee to be disabled. (留存在管档案数)',
  })
  activeCustomersLeft!: number;

  @Field(() => Int, {
    description:
      'Of custodianshipsLeft, active files; must be 0 for the employee to be disabled. (留任责任人在管档案数)',
  })
  activeCustodianshipsLeft!: number;

  @Field(() => String, {
    description:
      'Changes whenever anything that would be handed over, or left, does; opaque. As expectedState it makes handOverFiles do what was shown, or nothing. (预览状态)',
  })
  @Extensions({ text: 'CONTROLLED' })
  state!: string;

  @Field(() => [HandoverShare], { description: 'Who receives how much, most first. (接收明细)' })
  recipients!: HandoverShare[];
}

@ObjectType({ description: 'What one employee received in a handover. (接收明细)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class HandoverRecipient extends HandoverShare {
  @Field(() => HandoverState, { description: 'Whether they confirmed it. (接收状态)' })
  state!: HandoverState;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When they confirmed it; null until then. (接收确认时间)',
  })
  confirmedAt!: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Who confirmed it: they, or who did so in place of one who has been disabled; null until then. (接收确认人编号)',
  })
  @Extensions({ idPrefix: 'emp' })
  confirmedById!: string | null;

  @Field(() => String, { nullable: true, description: 'Their name. (接收确认人姓名)' })
  @Extensions({ text: 'IDENTIFYING' })
  confirmedByName!: string | null;
}

@InputType({ description: 'A condition on who received something of a handover. (接收人条件)' })
export class HandoverRecipientCondition {
  @Field(() => ID, { description: 'The employee. (接收人编号)' })
  eq!: string;

  @Field(() => HandoverState, { nullable: true, description: 'How far they are with it. (接收状态)' })
  state?: HandoverState | null;
}
