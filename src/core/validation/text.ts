import { accept, type Checked, refuse } from './checked.ts';

/** Inclusive length limits of a text, in characters (code points, so 𠮷 and 😀 count as one each). */
export type TextOptions = {
  /** Minimum after trimming; default 0. */
  min?: number;
  max: number;
  /** Line breaks are kept (addresses, notes); default false: they become spaces. */
  multiline?: boolean;
};

// Soft hyphens, zero-width spaces, marks and controls of direction, byte order marks and the like come from copy and paste,
// have no meaning, make equal texts differ and can make a name look like another.
const INVISIBLE =
  /\u034F|[\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFF9-\uFFFB]/g;
// Joiners are kept where Persian, Indic scripts and emoji need them, and nowhere else.
const STRAY_JOINER =
  /(?<=^|[\p{Script=Han}\p{Script=Latin}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{N}\p{P}\p{Z}\s])[\u200C\u200D]+/gu;
const LINE_BREAK = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
// Cc includes NUL, Cs is half a surrogate pair: see isStorable.
const REFUSED = /[^\P{Cc}\n]|\p{Cs}/u;

// What spreadsheets and programs leave where a value is missing, and what people type to get past a form.
const SPREADSHEET_ERROR = /#(?:N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)/i;
const PLACEHOLDER =
  /^(?:nan|nat|null|nil|undefined|none|n\/a|\\n|#+|[([<{](?:null|none|blank|undefined|空)[)\]>}]|\[object object\]|test(?:ing)?|asdf+|x{3,9}|\?+)$/i;
// What is left of a text that was read or stored in the wrong encoding.
const GARBLED = /\uFFFD|锟斤拷|烫烫|Ã[\u00A0-\u00BF]|â€/;
const LOST_LETTER = /\p{Script=Han}\?+(?=\p{L})|\p{L}\?+(?=\p{Script=Han})/u;
const QUOTED = /^=?(["'])((?!\1).)*\1$/;

/**
 * A text without the marks nobody sees, with one kind of line break, tabs as spaces, trimmed: what every standard reads.
 * Cells and headers of imported files are read so too.
 */
export const withoutMarks = (text: string): string =>
  text.replace(INVISIBLE, '').replace(STRAY_JOINER, '').replace(LINE_BREAK, '\n').replace(/\t/g, ' ').trim();

/** A code, number or name as it is compared: without marks, in NFKC (full-width forms converted), on one line. */
export const plainText = (text: string): string => withoutMarks(text.normalize('NFKC')).replace(/\s+/g, ' ');

/** A free text on one line, as it is stored: without marks, in NFC, with single spaces. */
export const oneLine = (text: string): string => withoutMarks(text).normalize('NFC').replace(/\s+/g, ' ');

/**
 * Free text (R66): trimmed, NFC, without marks nobody sees, no control characters, length within limits. On one line
 * with single spaces, unless it is multiline.
 *
 * NFC rather than NFKC: free text keeps what the writer meant (①, ㎡, full-width punctuation).
 *
 * Problems: TEXT_CONTROL_CHARACTER, TEXT_PLACEHOLDER (#N/A, null, test), TEXT_GARBLED (众?N集团), TEXT_QUOTED ("x"),
 * TEXT_REQUIRED (empty although `min` is above 0), TEXT_TOO_SHORT, TEXT_TOO_LONG.
 */
export function checkText(text: string, { min = 0, max, multiline = false }: TextOptions): Checked<string> {
  const value = multiline ? withoutMarks(text).normalize('NFC') : oneLine(text);
  if (REFUSED.test(value)) {
    return refuse('TEXT_CONTROL_CHARACTER', 'Contains a control character', '含有控制字符');
  }
  const leftover = checkLeftover(value, multiline);
  if (leftover) return leftover;
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

/** Refuses what is no text of anybody's. In the middle of a longer text, several lines may well quote it. */
function checkLeftover(value: string, multiline: boolean): Checked<never> | undefined {
  if (PLACEHOLDER.test(value) || (SPREADSHEET_ERROR.test(value) && (!multiline || value.length < 12))) {
    return refuse('TEXT_PLACEHOLDER', 'This stands for a missing value', '此为缺失值的占位内容');
  }
  if (GARBLED.test(value) || (!multiline && LOST_LETTER.test(value))) {
    return refuse('TEXT_GARBLED', 'Letters were lost in conversion', '含有乱码');
  }
  if (!multiline && QUOTED.test(value)) {
    return refuse('TEXT_QUOTED', 'Leave out the quotation marks around it', '请去掉首尾的引号');
  }
  return undefined;
}

/** Whether PostgreSQL can store a text: it has no NUL, and UTF-8 cannot encode half of a surrogate pair. */
export const isStorable = (text: string): boolean => !/[\0\p{Cs}]/u.test(text);

/** Length of a text in code points, without allocating an array. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
