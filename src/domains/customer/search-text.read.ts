import { badInputAt } from '../../core/errors.ts';
import { pinyinSyllables } from '../../core/validation/chinese-letters.ts';
import { fold, searchForm } from '../../core/validation/search-form.ts';

const maxLength = 100;
/** Most words that are looked for one by one; of more, the longest. */
const maxTerms = 8;
/** Most ways of cutting Latin letters into syllables: xian is xian or xi an. */
const maxReadings = 8;

/** A search text as it is looked for. */
export interface SearchText {
  whole: string;
  /** The whole as a code is stored: in capitals, without spaces. */
  code: string;
  /** Its words, each of which a file may hold anywhere. */
  terms: string[];
  /** What it can mean as pinyin: a line of sounds, as `search_names()` makes them, for each way of cutting it. */
  sounds: string[];
  /** What it can mean as the first letters of syllables; null if it holds anything else. */
  initials: string | null;
}

/**
 * Folds a text as `search_names()` does in the database, and makes a phone number one term however it is grouped.
 *
 * @throws BAD_USER_INPUT unless it has 1 to 100 characters.
 */
export function readSearchText(text: string): SearchText {
  const folded = fold(text);
  const length = [...folded].length;
  if (length < 1 || length > maxLength) {
    throw badInputAt(
      ['search'],
      'OUT_OF_BOUNDS',
      `A search has 1 to ${maxLength} characters. (搜索内容须为 1 至 ${maxLength} 个字符。)`,
    );
  }
  const code = folded.replaceAll(' ', '').toUpperCase();
  const phone = /^\+?[\d\s()-]{5,}$/.test(folded) ? folded.replace(/\D/g, '').replace(/^00/, '') : '';
  if (phone.length >= 3) return { whole: phone, code, terms: [phone], sounds: [], initials: null };
  const whole = searchForm(folded);
  const words = folded.split(' ').map(withoutScheme);
  const areLetters = words.every((word) => [...word].length === 1 && isHan.test(word));
  const terms = areLetters || words.length === 1 ? [withoutScheme(whole)] : longest(words);
  const latin = folded.replace(/[ ']/g, '');
  const isLatin = /^[a-z]+$/.test(latin);
  return {
    whole: withoutScheme(whole),
    code,
    terms,
    sounds: isLatin ? soundsOf(latin) : [],
    initials: isLatin && latin.length > 1 ? latin : null,
  };
}

const isHan = /\p{Script=Han}/u;

/** A website without what people leave out. */
const withoutScheme = (word: string): string => word.replace(/^https?:\/\/|\/+$/g, '') || word;

const longest = (words: readonly string[]): string[] =>
  [...words].sort((one, other) => other.length - one.length).slice(0, maxTerms);

/** The letter that stands for the first syllable; see drizzle/0008_chinese-letters.sql. */
const firstSound = 0x4e00;
const soundOf = new Map(
  pinyinSyllables.map((syllable, index) => [syllable, String.fromCharCode(firstSound + index)]),
);
const maxSyllableLength = 6;

/** Every way of cutting a text into whole syllables, few syllables first. */
function soundsOf(latin: string): string[] {
  /** By the number of letters that are left. */
  const ways = new Map<number, string[]>([[0, ['']]]);
  for (let at = latin.length - 1; at >= 0; at -= 1) {
    const here: string[] = [];
    for (let end = Math.min(latin.length, at + maxSyllableLength); end > at; end -= 1) {
      const sound = soundOf.get(latin.slice(at, end));
      if (sound) for (const rest of ways.get(latin.length - end) ?? []) here.push(sound + rest);
    }
    here.sort((one, other) => one.length - other.length);
    ways.set(latin.length - at, here.slice(0, maxReadings));
  }
  return ways.get(latin.length) ?? [];
}
