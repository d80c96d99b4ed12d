import { Extensions, Field, ID, Int, ObjectType } from 'type-graphql';
import { Node } from '../graphql/node.type.ts';
import { Attribute } from '../model/attribute.ts';
import { handover } from './handover.table.ts';

@ObjectType('Handover', {
  implements: Node,
  description: 'The record of a handover: who gave what to whom, and who saw to it (R116). (移交记录)',
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
    description: 'Files handed over, archived ones included. (移交档案数)',
  })
  customers!: number;

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
    column: handover.segments,
    access: 'open',
    nullable: false,
    description: 'Segments handed over. (移交细分数)',
  })
  segments!: number;
}

@ObjectType({ description: 'What a handover would move, counted now. (移交预览)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class HandoverPreview {
  @Field(() => Int, { description: 'Active files the employee owns. (在管档案数)' })
  customers!: number;

  @Field(() => Int, {
    description: 'Archived files the employee owns; they are handed over too. (已归档档案数)',
  })
  archivedCustomers!: number;

  @Field(() => Int, { description: 'Contacts in these files, archived ones included. (联系人数)' })
  contacts!: number;

  @Field(() => Int, { description: 'Open needs in these files. (未满足需求数)' })
  openNeeds!: number;

  @Field(() => Int, { description: 'Open deals the employee owns. (进行中商机数)' })
  openDeals!: number;

  @Field(() => Int, { description: 'Next steps in these files that still lie ahead. (待跟进数)' })
  followUps!: number;

  @Field(() => Int, {
    description: 'Grants the employee holds and has not returned; a handover ends them. (借阅中数)',
  })
  grants!: number;

  @Field(() => Int, { description: 'Segments the employee owns. (客户细分数)' })
  segments!: number;
}

@ObjectType({ description: 'What one employee received in a handover. (接收明细)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class HandoverRecipient {
  @Field(() => ID, { description: 'The employee. (接收人编号)' })
  @Extensions({ idPrefix: 'emp' })
  employeeId!: string;

  @Field(() => String, { description: 'Their name. (接收人姓名)' })
  employeeName!: string;

  @Field(() => Int, { description: 'Files they received. (接收档案数)' })
  customers!: number;
}
