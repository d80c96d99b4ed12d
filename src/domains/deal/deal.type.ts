import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { DealStage, deal } from './deal.table.ts';

publishEnum(DealStage, 'DealStage', 'Where a deal stands. (商机阶段)', {
  OPEN: 'Being worked on. (进行中)',
  WON: 'Signed; effectiveOn is set, and contractAmount or frameworkReason. (赢单)', // AC-16
  LOST: 'Not going to happen. (输单)',
});

@ObjectType('Deal', { implements: Node, description: 'A sales opportunity, and once won a contract. (商机)' })
export class Deal extends Node {
  @Attribute({
    column: deal.title,
    access: 'business',
    text: 'FREE',
    sortable: true,
    description: 'What it is about, 1 to 200 characters. (标题)',
  })
  title!: string | null;

  @Attribute({
    column: deal.product,
    access: 'business',
    text: 'FREE',
    sortable: true,
    description: 'Product, at most 200 characters. (产品)',
  })
  product!: string | null;

  @Attribute({
    column: deal.stage,
    access: 'business',
    enumeration: DealStage,
    sortable: true,
    description:
      'Its stage; OPEN unless given. WON needs effectiveOn and a contractAmount above 0, or frameworkReason in its place, and moves the customer to WON; leaving WON moves a customer without another won deal back to INTENT. (阶段)', // AC-16
  })
  stage!: DealStage | null;

  @Attribute({
    column: deal.amount,
    currency: deal.currency,
    access: 'business',
    sortable: true,
    description: 'Expected amount, in `currency`: at least 0, two decimals. (预计金额)',
  })
  amount!: string | null;

  @Attribute({
    column: deal.contractAmount,
    currency: deal.currency,
    access: 'business',
    sortable: true,
    description:
      'Amount of the contract, in `currency`: at least 0, two decimals; above 0 to win, but for a framework agreement. (合同金额)', // R41
  })
  contractAmount!: string | null;

  @Attribute({
    column: deal.currency,
    access: 'business',
    text: 'CONTROLLED',
    standard: 'CODE',
    description: 'Currency, ISO 4217; the organisation’s unless given. (币种)',
  })
  currency!: string | null;

  @Attribute({
    column: deal.startedOn,
    access: 'business',
    sortable: true,
    description: 'When work on it began. (开始日期)',
  })
  startedOn!: string | null;

  @Attribute({
    column: deal.effectiveOn,
    access: 'business',
    sortable: true,
    description: 'When the contract takes effect; needed to win. (生效日期)', // R41
  })
  effectiveOn!: string | null;

  @Attribute({
    column: deal.closedAt,
    access: 'business',
    sortable: true,
    description: 'When it was won or lost; now unless given, never on an open deal. (结束时间)',
  })
  closedAt!: string | null;

  @Attribute({
    column: deal.lostReason,
    access: 'business',
    text: 'FREE',
    description: 'Why it was lost, at most 1,000 characters; only with stage LOST. (输单原因)', // R129
  })
  lostReason!: string | null;

  @Attribute({
    column: deal.frameworkReason,
    access: 'business',
    text: 'FREE',
    description:
      'Why it can be won without an amount: a framework agreement, whose orders have theirs; at most 500 characters. (框架协议说明)', // R41
  })
  frameworkReason!: string | null;

  @Attribute({
    column: deal.version,
    access: 'basic',
    nullable: false,
    filterable: false,
    description: 'Grows by one with each change. (版本号)',
  })
  version!: number;

  @Attribute({
    column: deal.createdAt,
    access: 'business',
    sortable: true,
    description: 'When it was entered. (创建时间)',
  })
  createdAt!: string | null;

  @Attribute({
    column: deal.updatedAt,
    access: 'business',
    sortable: true,
    description: 'When it last changed. (更新时间)',
  })
  updatedAt!: string | null;
}
