import { simplified } from './simplified.ts';

const plainLetters: Record<string, string> = { ø: 'o', ł: 'l', đ: 'd', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe' };

/** Width, case, accents, traditional letters and runs of space do not count. */
export const fold = (text: string): string =>
  simplified(
    text
      .normalize('NFKD')
      .replace(/[\u0300-\u036f]/g, '')
      .normalize('NFKC')
      .toLowerCase()
      .replace(/\s+/g, ' ')
      .trim(),
  ).replace(/[øłđıßæœ]/g, (letter) => plainLetters[letter] as string);

/** A folded text as texts are kept in `customer_search`: `search_line()` in the database says the same. */
export const searchForm = (folded: string): string =>
  folded.replace(/ (?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]) /g, '');
