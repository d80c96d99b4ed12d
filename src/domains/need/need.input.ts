import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ExpectedVersion, IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { DateTimeScalar, DecimalScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { NeedPriority, NeedStatus } from './need.table.ts';
import { Need } from './need.type.ts';

/** What can be said of a need both at first and later. */
@InputType()
abstract class NeedFieldsInput {
  @Field(() => String, { nullable: true, description: 'Specification, at most 2,000 characters. (规格要求)' })
  specification?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What hurts today, at most 2,000 characters, R21. (痛点)',
  })
  painPoint?: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'How many or how much, above 0, three decimals. (数量)',
  })
  quantity?: string | null;

  @Field(() => String, { nullable: true, description: 'Unit of the quantity, at most 20 characters. (单位)' })
  unit?: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Least budget for the whole need, at least 0, two decimals; at most budgetMax. (预算下限)',
  })
  budgetMin?: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Largest budget for the whole need, at least 0, two decimals. (预算上限)',
  })
  budgetMax?: string | null;

  @Field(() => String, { nullable: true, description: 'Currency, ISO 4217; CNY unless told. (币种)' })
  currency?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it is wanted. (预计时间)' })
  expectedAt?: string | null;

  @Field(() => NeedPriority, {
    nullable: true,
    description: 'How pressing it is; MEDIUM unless told. (优先级)',
  })
  priority?: NeedPriority | null;

  @Field(() => NeedStatus, { nullable: true, description: 'What became of it; OPEN unless told. (状态)' })
  status?: NeedStatus | null;
}

@InputType({ description: 'A need to be added to a customer file. (新建需求)' })
export class CreateNeedInput extends NeedFieldsInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户编号)' })
  customerId!: string;

  @Field(() => String, {
    description:
      'What is wanted, precisely (R64): 采购台式电脑20台, not 需要办公设备采购; 1 to 200 characters. (需求内容)',
  })
  item!: string;

  @IdempotencyKey('need')
  idempotencyKey?: string | null;
}

@InputType({ description: 'A change of a need: an absent field is left alone, null clears one. (修改需求)' })
export class UpdateNeedInput extends NeedFieldsInput {
  @Field(() => ID, { description: 'The need. NOT_FOUND also when its file is not the viewer’s. (需求编号)' })
  id!: string;

  @ExpectedVersion('The need’s')
  expectedVersion!: number;

  @Field(() => String, {
    nullable: true,
    description:
      'What is wanted, precisely (R64): 采购台式电脑20台, not 需要办公设备采购; 1 to 200 characters. (需求内容)',
  })
  item?: string | null;
}

@ObjectType({ description: 'The need that was added. (新建结果)' })
@Extensions({ access: 'open' })
export class CreateNeedPayload {
  @Field(() => Need, { description: 'The new need. (需求)' })
  need!: Need;
}

@ObjectType({ description: 'The need after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class UpdateNeedPayload {
  @Field(() => Need, { description: 'The need as it is now. (需求)' })
  need!: Need;
}
