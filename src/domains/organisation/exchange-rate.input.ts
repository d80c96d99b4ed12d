import { Field, InputType, ObjectType } from 'type-graphql';
import { DateScalar, DecimalScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { ExchangeRate } from './exchange-rate.type.ts';

@InputType({ description: 'The rate of one currency. (汇率)' })
export class ExchangeRateInput {
  @Field(() => String, { description: 'The currency, ISO 4217; not that of the tiers. (币种)' })
  currency!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'How many units of the tiers’ currency one of it is: above 0, eight decimals; null clears it. (汇率)',
  })
  rate?: string | null;
}

@InputType({ description: 'Rates of a month. (月度汇率)' })
export class SetExchangeRatesInput {
  @Field(() => DateScalar, { description: 'The first of the month. (月份)' })
  month!: string;

  @Field(() => [ExchangeRateInput], { description: '1 to 200 currencies, each once. (汇率)' })
  rates!: ExchangeRateInput[];
}

@ObjectType({ description: 'The rates after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class SetExchangeRatesPayload {
  @Field(() => [ExchangeRate], { description: 'Those of the year. (全年汇率)' })
  rates!: ExchangeRate[];
}
