import { type SQL, sql } from 'drizzle-orm';
import { noteUse } from '../../core/access/access-log-port.ts';
import type { AccessClass } from '../../core/access/policy.ts';
import { badInputAt } from '../../core/errors.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import { escapeLike } from '../../core/model/like-pattern.ts';
import type { Search } from '../../core/model/model.types.ts';
import { all, any, readableOn } from '../../core/model/read-context.ts';

const minLength = 2;
const maxLength = 100;
const maxTerms = 5;

/**
 * Shortest text for which typos are forgiven: with fewer letters, almost everything is similar to almost everything.
 */
const minFuzzyLength = 4;

/** The columns of `customer_search`, each named after the access class that it needs. */
const columns: readonly (AccessClass & ('card' | 'basic' | 'contact'))[] = ['card', 'basic', 'contact'];

/** The fields that its column `contact` is made of. */
const searchedNumbers = [
  'Customer.phones',
  'Customer.emails',
  'Customer.fax',
  'Contact.phone',
  'Contact.mobile',
  'Contact.email',
];

/**
 * Finds files by full and short name, contact name, file number, phone and e-mail. A file matches if every term occurs
 * in what the viewer may read of it, or if the whole text is similar to a name. Texts that the viewer may not read are
 * used neither to match nor to rank.
 *
 * Ranked: names equal to the text first, then those that begin with it, contain it, resemble it; within each, shorter
 * names first.
 *
 * @throws BAD_USER_INPUT unless the text has 2 to 100 characters and at most 5 terms.
 */
export const searchCustomers: Search = (reading, alias, text, file) => {
  const terms = termsOf(text);
  const searched = columns.flatMap((column) => {
    const right = readableOn(reading, { access: column }, file);
    return right === false ? [] : [{ column, right }];
  });
  if (searched.some(({ column }) => column === 'contact'))
    for (const field of searchedNumbers) noteUse(reading.shape?.uses, 'contact', field);
  const contained = (term: string): SQL =>
    any(
      searched.map(({ column, right }) => {
        const contains = containing(column, term);
        return right === true ? contains : sql`(${right} and ${contains})`;
      }),
    );
  const namesReadable = searched.some(({ column, right }) => column === 'card' && right === true);
  const whole = terms.join(' ');
  const matches = [all(terms.map(contained))];
  if (namesReadable && [...whole].length >= minFuzzyLength) {
    matches.push(sql`${whole}::text <% s.card`);
    // A wrong first letter changes three of a word's trigrams, so the text without it is searched for as a substring.
    if (terms.length === 1) matches.push(containing('card', [...whole].slice(1).join('')));
  }

  const line = sql`E'\n' || s.card || E'\n'`;
  const rank = namesReadable
    ? sql`case when ${line} like ${`%\n${escapeLike(whole)}\n%`}::text then 3.0
               when ${line} like ${`%\n${escapeLike(whole)}%`}::text then 2.0
               when s.card like ${`%${escapeLike(whole)}%`}::text then 1.0
               else 0.0 end + similarity(s.card, ${whole}::text)`
    : sql`0`;
  return {
    where: sql`${columnOf(alias, 'id')} in (select s.customer_id from customer_search s where ${any(matches)})`,
    rank: {
      name: 'rank',
      expression: sql`(select (${rank})::float8 from customer_search s where s.customer_id = ${columnOf(alias, 'id')})`,
      type: 'float8',
      nullable: false,
      direction: 'DESC',
    },
  };
};

/** A trigram index serves three letters or more; names are found by two through an index of letter pairs. */
const containing = (column: 'card' | 'basic' | 'contact', term: string): SQL => {
  const stored = columnOf('s' as Alias, column);
  const like = sql`${stored} like ${`%${escapeLike(term)}%`}::text`;
  const isPair = [...term].length === 2 && column === 'card';
  return isPair ? sql`bigrams(${stored}) @> array[${term}::text]` : like;
};

/** Folds a text as `search_text()` does in the database, and makes a phone number one term however it is grouped. */
function termsOf(text: string): string[] {
  const folded = text.normalize('NFKC').toLowerCase().trim();
  const isPhone = /^\+?[\d\s()-]{5,}$/.test(folded);
  const terms = isPhone ? [folded.replace(/\D/g, '').replace(/^00/, '')] : folded.split(/\s+/);
  const length = [...terms.join('')].length;
  if (length < minLength || [...folded].length > maxLength || terms.length > maxTerms) {
    throw badInputAt(
      ['search'],
      'OUT_OF_BOUNDS',
      `A search has ${minLength} to ${maxLength} characters and at most ${maxTerms} terms. (搜索内容须为 ${minLength} 至 ${maxLength} 个字符，最多 ${maxTerms} 个词。)`,
    );
  }
  return terms;
}
