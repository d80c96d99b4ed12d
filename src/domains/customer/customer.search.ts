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
 * Shortest text that a typo is forgiven in: with fewer letters almost
 * everything is similar to almost everything.
 */
const minFuzzyLength = 4;

/** The texts of `customer_search`, by the class that opens them. */
const columns: readonly (AccessClass & ('card' | 'basic' | 'contact'))[] = ['card', 'basic', 'contact'];

/** What is in its column `contact`. */
const searchedNumbers = ['Contact.phone', 'Contact.mobile', 'Contact.email'];

/**
 * Finds files by full and short name, contact name, file number, phone and
 * e-mail: every term contained in what the viewer may read of the file, or the
 * whole text nearly equal to a name. A text the viewer may not read takes no
 * part, neither in finding nor in ranking.
 *
 * Ranked: a name that is the text, that begins with it, that contains it, one
 * that resembles it; among equals the shorter name first.
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
    // A wrong first letter spoils three of a word's trigrams: what follows it is looked for as it stands.
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

/** A trigram index finds three letters and more; names are found by two through their pairs of letters. */
const containing = (column: 'card' | 'basic' | 'contact', term: string): SQL => {
  const stored = columnOf('s' as Alias, column);
  const like = sql`${stored} like ${`%${escapeLike(term)}%`}::text`;
  const isPair = [...term].length === 2 && column === 'card';
  return isPair ? sql`bigrams(${stored}) @> array[${term}::text]` : like;
};

/** As `search_text` in the database folds what it keeps; a phone number is one term however it is grouped. */
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
