import { Field, ObjectType } from 'type-graphql';
import { DateScalar, DecimalScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';

@ObjectType({
  description: 'What a unit of a currency was worth in a month. (月度汇率)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class ExchangeRate {
  @Field(() => DateScalar, { description: 'The first of the month. (月份)' })
  month!: string;

  @Field(() => String, { description: 'The currency, ISO 4217. (币种)' })
  @Extensions({ text: 'CONTROLLED' })
  currency!: string;

  @Field(() => String, { description: 'The currency that the rate leads to, ISO 4217. (目标币种)' })
  @Extensions({ text: 'CONTROLLED' })
  base!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'How many units of `base` one of `currency` is; null where none was entered though contracts need it: their amounts are left out of the spend of their customers. (汇率)',
  })
  @Extensions({ text: 'CONTROLLED' })
  rate!: string | null;
}
