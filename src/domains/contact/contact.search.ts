import { sql } from 'drizzle-orm';
import { columnOf } from '../../core/model/alias.ts';
import type { Search } from '../../core/model/model.types.ts';
import { searchCustomers } from '../customer/customer.search.ts';

/**
 * Contacts of the files that the same text finds: files are found by their contacts' names, numbers and addresses too, and
 * have the index for it.
 */
export const amongFoundFiles: Search = (reading, alias, text, file) => {
  const found = searchCustomers(reading, 'searched', text, file);
  const isOfFound = sql`searched.id = ${columnOf(alias, 'customer_id')}`;
  return {
    ...found,
    join: sql``,
    where: sql`exists (select 1 from customer searched ${found.join} where ${isOfFound} and ${found.where})`,
  };
};
