import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ExpectedVersion, IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { DateScalar, DateTimeScalar, DecimalScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { DealStage } from './deal.table.ts';
import { Deal } from './deal.type.ts';

/** What can be said of a deal both at first and later. */
@InputType()
abstract class DealFieldsInput {
  @Field(() => String, { nullable: true, description: 'Product, at most 200 characters. (产品)' })
  product?: string | null;

  @Field(() => DealStage, {
    nullable: true,
    description:
      'Where it stands; OPEN unless told. WON needs contractAmount and effectiveOn (AC-16) and moves the customer to WON; leaving WON moves a customer without another won deal back to INTENT. (阶段)',
  })
  stage?: DealStage | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Expected amount, at least 0, two decimals. (预计金额)',
  })
  amount?: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Amount of the contract, at least 0, two decimals; needed to win, R41. (合同金额)',
  })
  contractAmount?: string | null;

  @Field(() => String, { nullable: true, description: 'Currency, ISO 4217; CNY unless told. (币种)' })
  currency?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'When work on it began. (开始日期)' })
  startedOn?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'When the contract takes effect; needed to win, R41. (生效日期)',
  })
  effectiveOn?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was won or lost; now unless told, never on an open deal. (结束时间)',
  })
  closedAt?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was lost, at most 1,000 characters, R129; only with stage LOST. (流失原因)',
  })
  lostReason?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The active employee who works on it; the viewer unless told. FORBIDDEN to name another for sales. (负责人)',
  })
  ownerId?: string | null;
}

@InputType({ description: 'A deal to be added to a customer file. (新建商机)' })
export class CreateDealInput extends DealFieldsInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户编号)' })
  customerId!: string;

  @Field(() => String, { description: 'What it is about, 1 to 200 characters. (标题)' })
  title!: string;

  @IdempotencyKey('deal')
  idempotencyKey?: string | null;
}

@InputType({ description: 'A change of a deal: an absent field is left alone, null clears one. (修改商机)' })
export class UpdateDealInput extends DealFieldsInput {
  @Field(() => ID, { description: 'The deal. NOT_FOUND also when its file is not the viewer’s. (商机编号)' })
  id!: string;

  @ExpectedVersion('The deal’s')
  expectedVersion!: number;

  @Field(() => String, { nullable: true, description: 'What it is about, 1 to 200 characters. (标题)' })
  title?: string | null;
}

@ObjectType({ description: 'The deal that was added. (新建结果)' })
@Extensions({ access: 'open' })
export class CreateDealPayload {
  @Field(() => Deal, { description: 'The new deal. (商机)' })
  deal!: Deal;
}

@ObjectType({ description: 'The deal after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class UpdateDealPayload {
  @Field(() => Deal, { description: 'The deal as it is now. (商机)' })
  deal!: Deal;
}
