import { sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import { badInputAt } from '../../core/errors.ts';
import { Page, type RawPage } from '../../core/model/connection.ts';
import { escapeLike } from '../../core/model/like-pattern.ts';
import type { Found } from '../../core/model/model.types.ts';
import { besideCursor, cursorKey, orderBy } from '../../core/model/order.ts';
import { rankedRows, rankKeys } from '../../core/model/ranked-rows.ts';
import { fold, searchForm } from '../../core/validation/search-form.ts';
import { countCharacters } from '../../core/validation/text.ts';

/** A row of the directory: what R110 lets every employee read, and nothing else. */
export interface Card {
  customerId: string;
  companyName: string;
  contacts: { name: string; title: string | null }[];
  ownerName: string;
}

export interface CardSearch {
  search: string;
  /** Page size; `maxCards` at most and by default. */
  first?: number | null | undefined;
  after?: string | null | undefined;
}

const minSearchLength = 2;
const maxSearchLength = 100;
/** What its cursors are of. */
const list = 'Query.customerDirectory';
/** Most contacts on one card. */
const maxContacts = 5;

/**
 * The cards of active files whose company or contact name contains a text: names that begin with it first, and shorter
 * ones. One statement, the same for every viewer: the card is the one part of a file whose visibility does not depend
 * on the owner.
 *
 * Errors: BAD_USER_INPUT for a search outside 2 to 100 characters, a page outside 1 to `maxCards`, a foreign cursor.
 */
export async function findCards(ctx: Context, search: CardSearch, maxCards: number): Promise<Page<Card>> {
  const text = searchText(search.search);
  const size = search.first ?? maxCards;
  if (size < 1 || size > maxCards) {
    throw badInputAt(['first'], 'OUT_OF_BOUNDS', `Must be 1 to ${maxCards}. (须在 1 至 ${maxCards} 之间。)`);
  }
  const found = findNames(text);
  const keys = rankKeys(found, 't1');
  const cards = rankedRows({
    rows: sql`customer_search s join customer t1 on t1.id = s.customer_id and search_effort(t1.id)`,
    found,
    alias: 't1',
    wanted: [sql`t1.archived_at is null`],
    beside: (of) => (search.after != null ? [besideCursor(list, of, search.after, 'after')] : []),
    limit: size + 1,
    backwards: false,
  });
  const raw = await ctx.statements.load(sql`
    select json_build_object('rows', (select coalesce(json_agg(x), '[]') from (
      select ${cardColumns}, ${cursorKey(list, keys)} as "$key"
      from ${cards} join employee owner on owner.id = t1.owner_id
      ${orderBy(keys, false)} limit ${size + 1}) x), 'total', null)`);
  return new Page(raw as RawPage<Card>, { size, backwards: false, fromCursor: search.after != null });
}

/** The card of one file, archived or not; null when there is none. For callers that have been given the file's id. */
export const findCard = async (ctx: Context, customerId: string): Promise<Card | null> =>
  (await ctx.statements.load(sql`
    select (select to_json(x) from (
      select ${cardColumns} from customer t1 join employee owner on owner.id = t1.owner_id
      where t1.id = ${customerId}::uuid) x)`)) as Card | null;

/** Columns of the {@link Card} of the file `t1`, whose owner is the employee `owner`. */
const cardColumns = sql`t1.id as "customerId", coalesce(t1.name, t1.short_name) as "companyName", owner.name as "ownerName",
  (select coalesce(json_agg(p), '[]') from (
     select c.name, c.title from contact c where c.customer_id = t1.id
     order by c.is_primary desc, c.created_at, c.id limit ${maxContacts}::int) p) as contacts`;

/** Folds a text as names are folded in `customer_search`. */
function searchText(given: string): string {
  const text = searchForm(fold(given));
  const length = countCharacters(text);
  if (length < minSearchLength || length > maxSearchLength) {
    throw badInputAt(
      ['search'],
      'SEARCH_LENGTH',
      `Search for ${minSearchLength} to ${maxSearchLength} characters. (搜索词须为 ${minSearchLength} 至 ${maxSearchLength} 个字符。)`,
    );
  }
  return text;
}

/** Names that begin with a text, then those that contain it; shorter ones first. */
function findNames(text: string): Found {
  const first = [...text.replaceAll(' ', '')].slice(0, 2).join('');
  const beginning = sql`s.card like ${`%\n${escapeLike(text)}%`}::text`;
  const begins = sql`(search_grams(s.card) @> array[${`\n${first}`}::text] and ${beginning})`;
  // Two letters are looked up in an index of such pairs, three or more in one of trigrams.
  const like = sql`s.card like ${`%${escapeLike(text)}%`}::text`;
  const isPair = countCharacters(text) === 2;
  const contains = isPair ? sql`(search_grams(s.card) @> array[${text}::text] and ${like})` : like;
  return {
    join: sql``,
    where: contains,
    steps: [{ where: begins }, { where: sql`(${contains} and not ${beginning})` }],
    within: [{ name: 'weight', expression: sql`s.weight`, type: 'int', nullable: false, direction: 'ASC' }],
  };
}
