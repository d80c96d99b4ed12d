import { sql } from 'drizzle-orm';
import type { Search } from '../model/model.ts';

/** Finds customers by a text. TODO: replaced by the ranked search over `customer_search` once its indexes stand. */
export const searchCustomers: Search = (_reading, alias, text) => ({
  where: sql`${sql.raw(alias)}.name ilike ${`%${text}%`}::text`,
  rank: { name: 'rank', expression: sql`1::float8`, type: 'float8', nullable: false, direction: 'DESC' },
});
