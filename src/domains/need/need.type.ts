import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { NeedPriority, NeedStatus, need } from './need.table.ts';

publishEnum(NeedPriority, 'NeedPriority', 'How pressing a need is. (优先级)', {
  HIGH: 'High. (高)',
  MEDIUM: 'Medium. (中)',
  LOW: 'Low. (低)',
});

publishEnum(NeedStatus, 'NeedStatus', 'What became of a need. (需求状态)', {
  OPEN: 'Not yet met. (待满足)',
  FULFILLED: 'Met. (已满足)',
  DROPPED: 'No longer wanted. (已取消)',
});

@ObjectType('Need', {
  implements: Node,
  description: 'Something a customer wants to buy or have solved. (需求)', // R21, R64
})
export class Need extends Node {
  @Attribute({
    column: need.item,
    access: 'business',
    text: 'FREE',
    sortable: true,
    description:
      'What is wanted, precisely: 采购台式电脑20台, not 需要办公设备采购; 1 to 200 characters. (需求内容)', // R64
  })
  item!: string | null;

  @Attribute({
    column: need.specification,
    access: 'business',
    text: 'FREE',
    description: 'Specification, at most 2,000 characters. (规格要求)',
  })
  specification!: string | null;

  @Attribute({
    column: need.painPoint,
    access: 'business',
    text: 'FREE',
    description: 'What hurts today, at most 2,000 characters. (痛点)', // R21
  })
  painPoint!: string | null;

  @Attribute({
    column: need.quantity,
    access: 'business',
    sortable: true,
    description: 'How many or how much, above 0, three decimals. (数量)',
  })
  quantity!: string | null;

  @Attribute({
    column: need.unit,
    access: 'business',
    text: 'CONTROLLED',
    description: 'Unit of the quantity, at most 20 characters. (单位)',
  })
  unit!: string | null;

  @Attribute({
    column: need.budgetMin,
    currency: need.currency,
    access: 'business',
    sortable: true,
    description:
      'Least budget for the whole need, in `currency`: at least 0, two decimals, at most budgetMax; "预算≥50万" compares this. (预算下限)', // AC-1, AC-2
    label: { ZH: '预算', EN: 'budget' },
  })
  budgetMin!: string | null;

  @Attribute({
    column: need.budgetMax,
    currency: need.currency,
    access: 'business',
    sortable: true,
    description:
      'Largest budget for the whole need, in `currency`: at least budgetMin, two decimals. (预算上限)',
  })
  budgetMax!: string | null;

  @Attribute({
    column: need.currency,
    access: 'business',
    text: 'CONTROLLED',
    standard: 'CODE',
    description: 'Currency, ISO 4217; the organisation’s unless given. (币种)',
  })
  currency!: string | null;

  @Attribute({
    column: need.raisedAt,
    access: 'business',
    sortable: true,
    description:
      'When the customer raised it, not in the future; when it was recorded unless given. "近6个月有采购需求" uses this. (提出时间)', // AC-1
  })
  raisedAt!: string | null;

  @Attribute({
    column: need.expectedAt,
    access: 'business',
    sortable: true,
    description: 'When it is wanted. (预计时间)',
  })
  expectedAt!: string | null;

  @Attribute({
    column: need.priority,
    access: 'business',
    enumeration: NeedPriority,
    description: 'How pressing it is; MEDIUM unless given. (优先级)',
  })
  priority!: NeedPriority | null;

  @Attribute({
    column: need.status,
    access: 'business',
    enumeration: NeedStatus,
    description: 'What became of it; OPEN unless given. (状态)',
  })
  status!: NeedStatus | null;

  @Attribute({
    column: need.version,
    access: 'basic',
    nullable: false,
    filterable: false,
    description: 'Grows by one with each change. (版本号)',
  })
  version!: number;

  @Attribute({
    column: need.createdAt,
    access: 'business',
    sortable: true,
    description: 'When the need was recorded. (录入时间)',
  })
  createdAt!: string | null;

  @Attribute({
    column: need.updatedAt,
    access: 'business',
    sortable: true,
    description: 'When it last changed. (更新时间)',
  })
  updatedAt!: string | null;
}
