import { accept, type Checked, refuse } from './checked.ts';
import { plainText } from './text.ts';

/** A category of files (档案类别), and how their archive numbers are made (R79, R81). */
export interface ArchiveCategory {
  code: string;
  name: string;
  pattern: string;
}

const most = 60;
const letters = String.raw`[\p{Script=Han}A-Z0-9][\p{Script=Han}A-Z0-9.·/#()\[\]〔〕_-]*`;
const format = new RegExp(`^${letters}$`, 'u');

/**
 * An archive number (档号) as it is stored: in capitals, half width, without spaces; a letter or figure first, then also
 * . · / - _ # and brackets, at most 60 in all, with a figure among them. Problem: ARCHIVE_NUMBER_FORMAT.
 */
export function checkArchiveNumber(text: string): Checked<string> {
  const number = plainText(text).replaceAll(' ', '').toUpperCase();
  if (format.test(number) && /\d/.test(number) && [...number].length <= most) return accept(number);
  return refuse(
    'ARCHIVE_NUMBER_FORMAT',
    `Must be an archive number of at most ${most} characters such as KH-2026-00012`,
    `须为档号，最多${most}个字符，例如KH-2026-00012`,
  );
}

/** The code of a category (类别代码): Chinese or Latin letters and figures, at most 12. Problem: CATEGORY_CODE_FORMAT. */
export function checkCategoryCode(text: string): Checked<string> {
  const code = plainText(text).replaceAll(' ', '').toUpperCase();
  if (/^[\p{Script=Han}A-Z0-9]{1,12}$/u.test(code)) return accept(code);
  return refuse(
    'CATEGORY_CODE_FORMAT',
    'Must be 1 to 12 letters and figures such as KH',
    '须为1至12个字母、汉字或数字，例如KH',
  );
}

/** What a pattern is made of. */
interface ArchivePattern {
  /** What stands before the running number and after it, `{category}` and `{year}` among it. */
  head: string;
  tail: string;
  /** Figures of the running number at least. */
  width: number;
  /** Whether numbers begin at 1 again each year; else they run on. */
  isYearly: boolean;
}

/**
 * A pattern of archive numbers in capitals but for its components: `{category}` and `{seq:5}` once each, `{year}` at most
 * once, and signs between them; what comes of it is an archive number. Problem: ARCHIVE_PATTERN_FORMAT.
 */
export function checkArchivePattern(text: string): Checked<string> {
  const written = plainText(text).replaceAll(' ', '');
  const pattern = written.replace(/\{[^}]*\}|[^{}]/gu, (part) =>
    part.startsWith('{') ? part.toLowerCase() : part.toUpperCase(),
  );
  const parts = pattern.match(/\{[^}]*\}/g) ?? [];
  const isOnce = (component: RegExp) => parts.filter((part) => component.test(part)).length === 1;
  const known = parts.every((part) => /^\{(?:category|year|seq:[1-8])\}$/.test(part));
  const years = parts.filter((part) => part === '{year}').length;
  const example = pattern
    .replace('{category}', 'A'.repeat(12))
    .replace('{year}', '2026')
    .replace(/\{seq:(\d)\}/, (_, width) => '9'.repeat(Math.max(8, Number(width))));
  // Next to each other, a year of 2026 and number 1 would look like number 20261.
  const apart = !/\}\{seq|\}\d|\d\{seq|\{seq:\d\}(?:\{|\d)/.test(pattern);
  if (
    known &&
    years <= 1 &&
    isOnce(/category/) &&
    isOnce(/seq/) &&
    apart &&
    !checkArchiveNumber(example).problem
  )
    return accept(pattern);
  return refuse(
    'ARCHIVE_PATTERN_FORMAT',
    'Must hold {category} and {seq:1} to {seq:8} once, {year} at most once, and a sign beside the running number',
    '须含{category}与{seq:1}至{seq:8}各一次，{year}最多一次，流水号前后须有分隔符',
  );
}

/** A pattern that has been checked, taken apart. */
export function readArchivePattern(pattern: string): ArchivePattern {
  const [, head = '', width = '1', tail = ''] = /^(.*)\{seq:(\d)\}(.*)$/u.exec(pattern) ?? [];
  return { head, tail, width: Number(width), isYearly: pattern.includes('{year}') };
}
