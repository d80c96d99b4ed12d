import { ObjectType } from 'type-graphql';
import { FieldGroup } from '../../core/access/field-group.ts';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { department } from './department.table.ts';

publishEnum(
  FieldGroup,
  'FieldGroup',
  'A group of a file’s fields that one department can be responsible for. (字段组)', // R10
  {
    REGISTRATION: 'Names, registration, legal representative, scope of business. (工商信息)',
    CONTACTS:
      'Addresses, telephone numbers and e-mail of the file; contacts with all their fields. (联系方式)',
    MARKET: 'Industry, region, size, source. (行业与市场)',
    RELATIONSHIP: 'Type, stage, tier, opening date, tags. (客户关系)',
    NEEDS: 'Needs with all their fields. (需求)',
    DEALS: 'Deals with all their fields. (商机与交易)',
    FINANCE: 'Revenue, credit grade and limit. (财务信用)',
    INTERACTIONS: 'Interactions with all their fields. (往来记录)',
    KEEPING: 'Owner, custodian, notes, external keys, archiving. (档案管理)',
  },
);

@ObjectType('Department', {
  implements: Node,
  description: 'A department of the organisation, as it has named it itself: 采购, 营运, 工程, 前厅. (部门)', // R1, R173
})
export class Department extends Node {
  @Attribute({
    column: department.name,
    access: 'open',
    text: 'CONTROLLED',
    nullable: false,
    description: 'Name of the department. (部门名称)',
    sortable: true,
    orderedBy: department.nameKey,
  })
  name!: string;

  @Attribute({
    column: department.responsibleFor,
    access: 'open',
    nullable: false,
    enumeration: FieldGroup,
    list: true,
    description:
      'The groups of fields that it answers for, in the order of `FieldGroup`: its members write them as far as their role reads them. (负责的字段组)', // R10
  })
  responsibleFor!: FieldGroup[];

  @Attribute({
    column: department.version,
    access: 'open',
    nullable: false,
    filterable: false,
    description: 'Grows by one with each change. (版本号)',
  })
  version!: number;

  @Attribute({
    column: department.createdAt,
    access: 'open',
    nullable: false,
    description: 'When it was entered. (创建时间)',
  })
  createdAt!: string;
}
