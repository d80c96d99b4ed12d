import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../../core/database/database.ts';
import type { Settings } from '../../core/settings/settings.ts';

/** The currency of the tiers. */
export const tierCurrency = ({ tiers, currency }: Pick<Settings, 'tiers' | 'currency'>): string =>
  tiers?.currency ?? currency;

export interface MonthlyRate {
  month: string;
  currency: string;
  base: string;
  rate: string | null;
}

/** The rates of a year, and those that contracts of the year need and nobody has entered; by month and currency. */
export const findRates = (db: Database, base: string, year: number): Promise<MonthlyRate[]> => {
  const first = `${year}-01-01`;
  return queryJson(
    db,
    sql`
      select coalesce(json_agg(json_build_object('month', month, 'currency', currency, 'base', ${base}::text, 'rate', rate::text)
                               order by month, currency), '[]')
      from (select month, currency, trim_scale(rate) as rate from exchange_rate
            where base = ${base} and month >= ${first}::date and month < ${first}::date + interval '1 year'
            union all
            select distinct date_trunc('month', d.effective_on)::date, d.currency, null::numeric from deal d
            where d.stage = 'WON' and d.contract_amount > 0 and d.currency <> ${base}
              and d.effective_on >= ${first}::date and d.effective_on < ${first}::date + interval '1 year'
              and not exists (select from exchange_rate r where r.base = ${base} and r.currency = d.currency
                              and r.month = date_trunc('month', d.effective_on)::date)) rates`,
  );
};
