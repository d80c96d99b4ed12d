import { type SQL, sql } from 'drizzle-orm';
import { noteUse } from '../../core/access/access-log-port.ts';
import type { AccessClass } from '../../core/access/policy.ts';
import { asSql, type FileColumns, visibleFiles } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import { escapeLike } from '../../core/model/like-pattern.ts';
import type { Found, OrderKey, RankStep, ReadContext, Search } from '../../core/model/model.types.ts';
import { all, any, fileColumnsOf, readableOn } from '../../core/model/read-context.ts';
import { readPremises } from '../../core/validation/premises.ts';
import { readSearchText, type SearchText } from './search-text.read.ts';

/** Shortest term that is looked for in numbers and addresses: with fewer letters it is in almost all of them. */
const minTermInNumbers = 3;

/** Most similar names that are shown where nothing holds the text. */
const maxSimilar = 20;

/** The columns of `customer_search` beside names, each named after the access class that it needs. */
const numberColumns: readonly (AccessClass & ('basic' | 'contact'))[] = ['basic', 'contact'];

/** The fields that its column `contact` is made of. */
export const searchedNumbers = [
  'Customer.phones',
  'Customer.emails',
  'Customer.fax',
  'Contact.phone',
  'Contact.mobile',
  'Contact.email',
  'Customer.website',
  'Customer.address',
  'Customer.registeredAddress',
  'Customer.officeAddress',
];
/** What is found as a whole beside them, under the right to contact as well. */
export const searchedUnits = ['Customer.premises', 'Customer.archiveNumber', 'Customer.formerNumbers'];

/** The alias of `customer_search`, joined to the files. */
const texts: Alias = 's';
const card = columnOf(texts, 'card');
const fileId = columnOf(texts, 'customer_id');
/** The alias of the files in a condition of its own. */
const other: Alias = 'f';

/**
 * Finds files by full and short name, contact name, file number, credit code, archive numbers, unit, phone and e-mail. A file
 * matches if every term occurs in what the viewer may read of it, or if nothing does and its name is similar to the text.
 * Texts that the viewer may not read are used neither to match nor to rank.
 *
 * Ranked: names equal to the text first, then those that begin with it, contain it, files found by a number, similar
 * names; within each, shorter names first.
 *
 * @throws BAD_USER_INPUT unless the text has 1 to 100 characters.
 */
export const searchCustomers: Search = (reading, alias, text, file) => {
  const searched = readSearchText(text);
  const mayRead = (access: AccessClass) => readableOn(reading, { access }, file) !== false;
  if (mayRead('contact'))
    for (const field of [...searchedNumbers, ...searchedUnits])
      noteUse(reading.shape?.uses, 'contact', field);
  const readsNames = mayRead('card');
  const inUnit = hasUnit(reading, text);
  const found = readsNames
    ? namesAndNumbers(reading, searched, file, inUnit)
    : numbersOnly(
        any([
          ...numbersHolding(reading, searched.whole, file),
          ...inUnit(file),
          all(searched.terms.map((term) => any(numbersHolding(reading, term, file)))),
        ]),
      );
  return {
    join: sql`join customer_search ${sql.raw(texts)} on ${fileId} = ${columnOf(alias, 'id')} and search_effort(${fileId})`,
    // Without names, nothing of theirs may decide the order: a cursor would disclose their length.
    within: readsNames ? [closerFirst, shorterFirst] : [closerFirst],
    ...found,
  };
};

/** Conditions that a term is in a number or address which the viewer may read. */
function numbersHolding(reading: ReadContext, term: string, file: FileColumns | null): SQL[] {
  if (lengthOf(term) < minTermInNumbers) return [];
  return numberColumns.flatMap((column) => {
    const right = readableOn(reading, { access: column }, file);
    const contains = sql`${columnOf(texts, column)} like ${`%${escapeLike(term)}%`}::text`;
    if (right === false) return [];
    return [right === true ? contains : sql`(${right} and ${contains})`];
  });
}

const numbersOnly = (where: SQL): Pick<Found, 'where' | 'steps'> => ({ where, steps: [{ where }] });

/** How far a similar name is from the text; 0 where the text was found. */
const closerFirst: OrderKey = {
  name: 'distance',
  expression: sql`0::float8`,
  type: 'float8',
  nullable: false,
  direction: 'ASC',
};
const shorterFirst: OrderKey = {
  name: 'weight',
  expression: columnOf(texts, 'weight'),
  type: 'int',
  nullable: false,
  direction: 'ASC',
};

/** What is found for a viewer who may read names, best first. */
function namesAndNumbers(
  reading: ReadContext,
  searched: SearchText,
  file: FileColumns | null,
  inUnit: (of: FileColumns | null) => SQL[],
): Pick<Found, 'where' | 'steps'> {
  const { whole, code, terms } = searched;
  // As ids found beforehand: whatever PostgreSQL takes for their number, it looks them up in the index of lines.
  const equals = sql`${fileId} = any(array(select equal.customer_id from customer_search equal
    where string_to_array(equal.card, E'\\n') @> array[${whole}::text]))`;
  const begins = startsName(whole);
  const contains = inNames(whole);
  const elsewhere = (of: FileColumns | null): SQL =>
    terms.length === 1
      ? any([...hasCode(reading, code, of), ...inUnit(of), ...numbersHolding(reading, whole, of)])
      : any([
          // An address as it is written holds words that are too short to be looked for.
          ...numbersHolding(reading, whole, of),
          ...inUnit(of),
          all(terms.map((term) => any([held(inNames(term)), ...numbersHolding(reading, term, of)]))),
        ]);
  // Exclusions are plain patterns: nothing is looked up by them, and an array of grams takes a hundred times as long.
  const notEqual = sql`not ${like(`%\n${escapeLike(whole)}\n%`)}`;
  const notBegun = sql`not ${like(`%\n${escapeLike(whole)}%`)}`;
  const notNamed = sql`not ${like(`%${escapeLike(whole)}%`)}`;
  const steps: RankStep[] = [
    { where: equals },
    ...ways(begins, notEqual),
    ...ways(contains, notBegun),
    { where: sql`(${elsewhere(file)} and ${notNamed})` },
  ];
  const wheres = [held(contains), elsewhere(file)];
  const sound = any(soundsLike(searched));
  if (searched.sounds.length > 0 || searched.initials !== null) {
    const asWhole = any(soundsLike(searched, '\n'));
    const unnamed = sql`${notNamed} and (${elsewhere(file)}) is not true`;
    steps.push({ where: sql`(${asWhole} and ${unnamed})` });
    steps.push({ where: sql`(${sound} and not ${asWhole} and ${unnamed})` });
    wheres.push(sound);
  }
  if (lengthOf(whole) > 1 && /\p{L}/u.test(whole)) {
    const found = any([held(contains), elsewhere(fileColumnsOf(other)), sound]);
    const similar = similarNames(reading.viewer, whole, found);
    steps.push(similar.step);
    wheres.push(similar.where);
  }
  return { where: any(wheres), steps };
}

/** Initials that are looked for inside of names too: fewer are in too many. */
const minInnerInitials = 4;

/**
 * Names that sound like the text, if it is pinyin: by all syllables anywhere, by one syllable or few initials at the
 * beginning. With `end`, names that sound like nothing but the text.
 */
function soundsLike({ sounds, initials }: SearchText, end = ''): SQL[] {
  const pattern = (text: string, isInner: boolean): SQL =>
    sql`${columnOf(texts, 'sound')} like ${`%${isInner && !end ? '' : '\n'}${text}${end}%`}::text`;
  return [
    ...sounds.map((sound) => pattern(sound, sound.length > 1)),
    ...(initials === null ? [] : [pattern(initials, initials.length >= minInnerInitials)]),
  ];
}

/** Codes are found as a whole: a credit code, which needs the right to names as they do, and an archive number. */
function hasCode(reading: ReadContext, code: string, file: FileColumns | null): SQL[] {
  const isOf = (column: string) =>
    sql`${fileId} = (select id from customer where ${sql.identifier(column)} = ${code}::text)`;
  const hadNumber = sql`${fileId} = (select customer_id from cancelled_number where number = ${code}::text)`;
  const hasNumber = any([isOf('archive_number'), hadNumber]);
  const right = readableOn(reading, { access: 'contact', text: 'IDENTIFYING' }, file);
  const numbered = right === true ? hasNumber : sql`(${right} and ${hasNumber})`;
  return [
    ...(socialCreditCode.test(code) ? [isOf('unified_social_credit_code')] : []),
    ...(right === false || !archiveNumber.test(code) ? [] : [numbered]),
  ];
}

/** A unit is found as a whole, however it is written; a part that is not said can be any. */
function hasUnit(reading: ReadContext, text: string): (of: FileColumns | null) => SQL[] {
  const { category, isUnitOrFloor, ...parts } = readPremises(text) ?? {};
  // Without a figure, names would be looked for among the rooms as well.
  if (!parts.room || !/\d/.test(parts.room)) return () => [];
  const { unit: middle } = parts;
  if (isUnitOrFloor) delete parts.unit;
  const is = (part: string, value: string) => sql`premises ->> ${sql.raw(`'${part}'`)} = ${value}::text`;
  const where = Object.entries({ ...parts, ...(category && { category }) }).map(([part, value]) =>
    is(part, value),
  );
  if (isUnitOrFloor && middle) where.push(any([is('unit', middle), is('floor', middle)]));
  const found = sql`${fileId} = any(array(select id from customer where ${sql.join(where, sql` and `)}))`;
  return (of) => {
    const right = readableOn(reading, { access: 'contact', text: 'IDENTIFYING' }, of);
    if (right === false) return [];
    return [right === true ? found : sql`(${right} and ${found})`];
  };
}

/**
 * The names that a mistyped text may mean, the most similar first, where nothing is found by the text as it is: beside
 * what was meant, whatever shares half of its letters would be noise.
 */
function similarNames(viewer: Viewer, whole: string, found: SQL): { where: SQL; step: RankStep } {
  const visible = visibleFiles(viewer, fileColumnsOf(other));
  const among =
    visible === true
      ? sql`null::uuid[]`
      : sql`array(select ${columnOf(other, 'id')} from customer ${sql.raw(other)} where ${asSql(visible)})`;
  const others = sql`from customer_search ${sql.raw(texts)}
    join customer ${sql.raw(other)} on ${columnOf(other, 'id')} = ${fileId} where ${all([found, asSql(visible)])}`;
  const names = sql`similar_names(${whole}::text, ${among}, ${maxSimilar}::int)`;
  return {
    where: sql`${fileId} = any(array(select closest.customer_id from ${names} closest where not exists (select ${others})))`,
    step: {
      join: sql`join ${names} closest on closest.customer_id = ${fileId}`,
      // Counted, and only where earlier steps found little: planned to find a first one, it would read all files.
      where: sql`(select count(*) ${others}) = 0`,
      within: [sql`closest.distance`],
    },
  };
}

const like = (pattern: string): SQL => sql`${card} like ${pattern}::text`;

/** Names that hold a text somewhere: a pattern, and the gram that says the same of a short text. */
interface InNames {
  pattern: SQL;
  gram: string | null;
}

/**
 * Three letters or more are found through an index of trigrams; two, and a single Chinese letter, through one of such
 * pairs and letters. A single Latin letter or digit is looked for at the beginning of names only.
 */
const inNames = (term: string): InNames => {
  const length = lengthOf(term);
  if (length === 1 && latin.test(term)) return startsName(term);
  return { pattern: like(`%${escapeLike(term)}%`), gram: length > 2 ? null : term };
};

const startsName = (term: string): InNames => ({
  pattern: like(`%\n${escapeLike(term)}%`),
  gram: lengthOf(term) > 2 ? null : `\n${term}`,
});

const holdsGram = (gram: string): SQL => sql`search_grams(${card}) @> array[${gram}::text]`;

/** The condition by itself. Where no index is used, the pattern is searched first: it takes a hundredth of the time. */
const held = ({ pattern, gram }: InNames): SQL =>
  gram === null ? pattern : sql`(${holdsGram(gram)} and ${pattern})`;

/**
 * Steps for names that hold a text, `unless` an earlier step found them. A short text is either rare, and looked up, or
 * so frequent that walking along the files finds enough of them: which of both is known when the search runs.
 */
function ways({ pattern, gram }: InNames, unless: SQL): RankStep[] {
  if (gram === null) return [{ where: sql`(${pattern} and ${unless})` }];
  const isFrequent = sql`(select is_frequent(${gram}::text))`;
  return [
    { where: sql`(not ${isFrequent} and ${holdsGram(gram)} and ${unless})` },
    { where: sql`(${isFrequent} and ${pattern} and ${unless})` },
  ];
}

/** What `search_grams()` has no single letters of. */
const latin = /^[\0-\u02ff]/;

const lengthOf = (text: string): number => [...text].length;
const socialCreditCode = /^[0-9A-Z]{15,18}$/;
/** What can be one: with a figure, or names would be looked for among the numbers as well. */
const archiveNumber = /\d/;
