import { badInputAt } from '../errors.ts';
import { defaultPageSize, maxPageSize, type PageRequest } from './connection.ts';
import type { Filter } from './filter.ts';
import type { OrderTerm } from './model.types.ts';

/** Arguments of a list, as provided by GraphQL. */
export interface ListArguments {
  filter?: Filter | null;
  orderBy?: OrderTerm[] | null;
  search?: string | null;
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** The terms that place the rows of a list; null where a search does, by how well they match. */
export const orderOf = ({ orderBy, search }: ListArguments, defaultOrder: OrderTerm[]): OrderTerm[] | null =>
  orderBy ?? (search == null ? defaultOrder : null);

/** The page size and direction; throws if out of bounds. */
export function pageRequest({ first, after, last, before, search }: ListArguments): PageRequest {
  if (first != null && last != null) {
    throw badInputAt(
      ['last'],
      'FIRST_AND_LAST',
      'Give first or last, not both. (first 与 last 不能同时使用。)',
    );
  }
  const argument = last != null ? 'last' : 'first';
  const size = last ?? first ?? defaultPageSize;
  if (size < 1 || size > maxPageSize) {
    throw badInputAt(
      [argument],
      'OUT_OF_BOUNDS',
      `Must be 1 to ${maxPageSize}. (须在 1 至 ${maxPageSize} 之间。)`,
    );
  }
  return {
    size,
    backwards: last != null,
    fromCursor: (last != null ? before : after) != null,
    isSearch: search != null,
  };
}
