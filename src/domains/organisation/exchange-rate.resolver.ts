import { Arg, Ctx, Int, Mutation, Query, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { badInputAt } from '../../core/errors.ts';
import { SetExchangeRatesInput, SetExchangeRatesPayload } from './exchange-rate.input.ts';
import { findRates, tierCurrency } from './exchange-rate.service.ts';
import { ExchangeRate } from './exchange-rate.type.ts';
import { setExchangeRates } from './exchange-rate.write.ts';

@Resolver()
export class ExchangeRateResolver {
  @Query(() => [ExchangeRate], {
    description:
      'The rates of a year into the currency of the tiers, by month and currency, and those that contracts need and nobody has entered; for finance, managers and administrators. BAD_USER_INPUT for a year outside 1900 to 9998. (月度汇率)',
  })
  exchangeRates(
    @Arg('year', () => Int, { description: 'The year. (年份)' }) year: number,
    @Ctx() ctx: Context,
  ): Promise<ExchangeRate[]> {
    if (year < 1900 || year > 9998)
      throw badInputAt(['year'], 'OUT_OF_BOUNDS', 'Must be 1900 to 9998. (须为1900至9998。)');
    return findRates(ctx.db, tierCurrency(ctx.settings), year);
  }

  @Mutation(() => SetExchangeRatesPayload, {
    description:
      'Enters rates of a month, by which amounts in other currencies count towards tiers; for finance and administrators. Tiers that rise by it rise at once. BAD_USER_INPUT naming every violation. (录入汇率)', // R73
  })
  async setExchangeRates(
    @Arg('input', () => SetExchangeRatesInput, { description: 'The rates. (汇率)' })
    input: SetExchangeRatesInput,
    @Ctx() ctx: Context,
  ): Promise<SetExchangeRatesPayload> {
    const year = await setExchangeRates(ctx.db, actorOf(ctx), input);
    return { rates: await findRates(ctx.db, tierCurrency(ctx.settings), year) };
  }
}
