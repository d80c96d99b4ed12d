import { tidyName } from './name.ts';
import { simplified } from './simplified.ts';
import { plainText, withoutMarks } from './text.ts';

/**
 * How the texts of a field are read before they are compared: each text as its entry standard would read it, and since a
 * text may be stored in another form than the query's (free texts keep full-width letters), all the forms in which the
 * same text may be stored. Whoever compares (filter, rule, history, suggestions) uses these and nothing else.
 */
export interface TextStandard {
  /**
   * The forms in which a whole value may be stored. A text that the standard cannot read stays among them: no field
   * holds it, so it finds nothing.
   */
  whole: (written: string) => string[];
  /** What a stored text begins with that begins with this. */
  beginning: (written: string) => TextPatterns;
  /** What a stored text contains that contains this. */
  part: (written: string) => TextPatterns;
  /** In which form its texts are stored. */
  stored: StoredForm;
}

/**
 * What the stored texts of a field have in common: as written (`FREE`), in half width (`HALF_WIDTH`), or in half width and
 * one case (`ONE_CASE`), so that they are compared as they are, by plain indexes.
 */
export type StoredForm = 'FREE' | 'HALF_WIDTH' | 'ONE_CASE';

/** What a stored text looks like; one of these has to fit. */
export interface TextPatterns {
  begins?: readonly string[];
  contains?: readonly string[];
  /** A regular expression of PostgreSQL, without letters. */
  matches?: string;
}

/** A standard whose parts are read like the whole. */
export const standardOf = (stored: StoredForm, forms: (written: string) => string[]): TextStandard => ({
  stored,
  whole: forms,
  beginning: (written) => ({ begins: forms(written) }),
  part: (written) => ({ contains: forms(written) }),
});

/** Each form once, in this order, none empty unless there is no other. */
export function formsOf(...forms: readonly string[]): string[] {
  const given = [...new Set(forms)];
  const filled = given.filter((form) => form !== '');
  return filled.length > 0 ? filled : given;
}

const WIDE = /[\uFF01-\uFF5E\u3000]/g;

/** A text with its full-width letters, digits and punctuation in half width, and nothing else changed. */
const narrow = (text: string): string =>
  text.replace(WIDE, (character) =>
    character === '\u3000' ? ' ' : String.fromCharCode(character.charCodeAt(0) - 0xfee0),
  );

/** The full-width form of a half-width character; null for one that has none. */
export function wideForm(character: string): string | null {
  if (character === ' ') return '\u3000';
  return /^[!-~]$/.test(character) ? String.fromCharCode(character.charCodeAt(0) + 0xfee0) : null;
}

/** Any text: width and case do not count, nor do spaces around it. */
export const plainStandard = standardOf('FREE', (written) => {
  const text = narrow(withoutMarks(written).normalize('NFC'));
  return formsOf(text, text.replace(/\s+/g, ' '), narrow(written));
});

const SPACE_AROUND_HAN = /(?<=[\p{Script=Han}()]) | (?=[\p{Script=Han}()])/gu;

/** A name: spaces next to Chinese characters and brackets, which a legal name is stored without, do not count. */
export const nameStandard = standardOf('HALF_WIDTH', (written) => {
  const name = plainText(written);
  return formsOf(name, tidyName(name), name.replace(SPACE_AROUND_HAN, ''), written);
});

/** A code in capitals without spaces: a credit code, a file number, a country, a currency. */
export const codeStandard = standardOf('ONE_CASE', (written) => {
  const code = plainText(written).replaceAll(' ', '').toUpperCase();
  return [code === '' ? written : code];
});

const DASH = /[-﹣‐-―−]/g;

/** A tag's label, facet or value: simplified letters, any dash is a hyphen, and spaces around it do not count. */
export const tagStandard = standardOf('HALF_WIDTH', (written) => {
  const label = plainText(written)
    .replace(DASH, '-')
    .replace(/\s*-\s*/, '-');
  return formsOf(simplified(label), label, written);
});
