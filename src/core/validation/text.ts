import { accept, type Checked, refuse } from './checked.ts';

/** Inclusive length limits of a text, in characters (code points, so 𠮷 and 😀 count as one each). */
export type TextOptions = {
  /** Minimum after trimming; default 0. */
  min?: number;
  max: number;
  /** Line breaks and tabs are allowed (notes, addresses); default false. */
  multiline?: boolean;
};

// Zero-width space, word joiner and byte order mark come from copy and paste, have no meaning, and make equal names
// differ. Joiners (U+200C, U+200D) are kept: Persian, Indic scripts and emoji need them.
const INVISIBLE = /[\u200B\u2060\uFEFF]/g;
// Cc includes NUL, Cs is half a surrogate pair: see isStorable. Bidirectional controls can make a name display
// differently from what it is.
const REFUSED = /[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;
const REFUSED_IN_MULTILINE = /[^\P{Cc}\n\t]|[\p{Cs}\u202A-\u202E\u2066-\u2069]/u;

/**
 * Free text (R66): trimmed, NFC, no control characters, length within limits.
 *
 * NFC rather than NFKC: free text keeps what the writer meant (①, ㎡, full-width punctuation).
 *
 * Problems: TEXT_CONTROL_CHARACTER, TEXT_REQUIRED (empty although `min` is above 0), TEXT_TOO_SHORT, TEXT_TOO_LONG.
 */
export function checkText(text: string, { min = 0, max, multiline = false }: TextOptions): Checked<string> {
  const value = text.replace(/\r\n?/g, '\n').replace(INVISIBLE, '').trim().normalize('NFC');
  if ((multiline ? REFUSED_IN_MULTILINE : REFUSED).test(value)) {
    return refuse('TEXT_CONTROL_CHARACTER', 'Contains a control character', '含有控制字符');
  }
  const length = countCharacters(value);
  if (length === 0 && min > 0) return refuse('TEXT_REQUIRED', 'Must not be empty', '不能为空');
  if (length < min) {
    return refuse('TEXT_TOO_SHORT', `Must have at least ${min} characters`, `至少需要${min}个字符`);
  }
  if (length > max) {
    return refuse('TEXT_TOO_LONG', `Must have at most ${max} characters`, `不能超过${max}个字符`);
  }
  return accept(value);
}

/** Whether PostgreSQL can store a text: it has no NUL, and UTF-8 cannot encode half of a surrogate pair. */
export const isStorable = (text: string): boolean => !/[\0\p{Cs}]/u.test(text);

/** Length of a text in code points, without allocating an array. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
