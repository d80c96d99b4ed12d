import { sql } from 'drizzle-orm';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { badInput, type Issue } from '../../core/errors.ts';
import { checkCurrency } from '../../core/validation/code.ts';
import { checkDate } from '../../core/validation/date.ts';
import { checkDecimal } from '../../core/validation/decimal.ts';
import { tierCurrency } from './exchange-rate.service.ts';

export interface SetExchangeRates {
  month: string;
  rates: { currency: string; rate?: string | null }[];
}

/**
 * Sets rates of a month into the currency of the tiers, or clears them, and returns the year. Tiers that a rate raises go up
 * in the same transaction.
 *
 * Errors: BAD_USER_INPUT naming every violation.
 */
export function setExchangeRates(db: Database, actor: Actor, input: SetExchangeRates): Promise<number> {
  const base = tierCurrency(actor.settings);
  const { rows, month } = readRates(input, base);
  return writeAs(db, originOf(actor), async (tx) => {
    const given = sql`jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) given (currency text, rate numeric)`;
    await tx.execute(sql`
      delete from exchange_rate r using ${given}
      where r.base = ${base} and r.month = ${month}::date and r.currency = given.currency and given.rate is null`);
    await tx.execute(sql`
      insert into exchange_rate (month, currency, base, rate)
      select ${month}::date, given.currency, ${base}, given.rate from ${given} where given.rate is not null order by 2
      on conflict (base, currency, month) do update set rate = excluded.rate where exchange_rate.rate <> excluded.rate`);
    await tx.execute(sql`
      select settle_tiers(array(
        select distinct d.customer_id from deal d join ${given} on given.currency = d.currency and given.rate is not null
        where d.stage = 'WON' and d.effective_on >= ${month}::date and d.effective_on < ${month}::date + interval '1 month'), false)`);
    return Number(month.slice(0, 4));
  });
}

function readRates({ month, rates }: SetExchangeRates, base: string) {
  const issues: Issue[] = [];
  const at = (...rest: (string | number)[]) => ['input', ...rest];
  const day = checkDate(month);
  if (day.problem) issues.push({ path: at('month'), ...day.problem });
  else if (!day.value.endsWith('-01')) issues.push({ path: at('month'), ...notFirst });
  if (rates.length === 0 || rates.length > 200) issues.push({ path: at('rates'), ...tooMany });
  const seen = new Set([base]);
  const rows = rates.map(({ currency: text, rate }, i) => {
    const currency = checkCurrency(text);
    if (currency.problem) issues.push({ path: at('rates', i, 'currency'), ...currency.problem });
    else if (seen.has(currency.value)) issues.push({ path: at('rates', i, 'currency'), ...repeated });
    else seen.add(currency.value);
    const value =
      rate == null ? null : checkDecimal(rate, { scale: 8, min: '0.00000001', max: '9999999999' });
    if (value?.problem) issues.push({ path: at('rates', i, 'rate'), ...value.problem });
    return { currency: currency.value, rate: value?.value ?? null };
  });
  if (issues.length > 0) throw badInput(issues);
  return { rows, month: day.value as string };
}

const notFirst = { code: 'NOT_A_MONTH', message: 'Must be the first of a month. (须为当月1日。)' };
const tooMany = { code: 'LIST_LENGTH', message: '1 to 200 entries. (须为1至200项。)' };
const repeated = {
  code: 'CURRENCY_REPEATED',
  message: 'Each currency once, and not that of the tiers itself. (币种不可重复，且不能为等级规则的币种。)',
};
