import { accept, type Checked, refuse } from './checked.ts';
import { type Premises, type PremisesPart, premisesParts } from './premises.ts';
import { plainText } from './text.ts';

/** A category of files (档案类别), and how their archive numbers are made (R79, R81). */
export interface ArchiveCategory {
  code: string;
  name: string;
  pattern: string;
  /** The code of the category that it is part of; null at the top. */
  parent?: string | null;
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
  /** What stands before the running number and after it, `{category}`, `{year}` and parts of premises among it. */
  head: string;
  tail: string;
  /** Figures of the running number at least. */
  width: number;
  /** Whether numbers begin at 1 again each year; else they run on. */
  isYearly: boolean;
  /** Whether numbers begin at 1 for each unit, as far as the head names it. */
  isByUnit: boolean;
  /** The parts of premises that a file needs. */
  parts: PremisesPart[];
}

const premisesNames = Object.keys(premisesParts) as PremisesPart[];
const partSource = String.raw`\{(?:${premisesNames.join('|')})(?::[1-8])?\}`;
const part = /^\{(\w+)(?::([1-8]))?\}$/;
const component = new RegExp(String.raw`^(?:\{category\}|\{year\}|\{seq:[1-8]\}|${partSource})$`);
/** Next to each other, a year of 2026 and number 1 would look like number 20261. */
const unparted = new RegExp(
  String.raw`\}\{seq|\}\d|\d\{seq|\{seq:\d\}(?:\{|\d)|\}${partSource}|\d${partSource}|${partSource}\{`,
);

/**
 * A pattern of archive numbers in capitals but for its components: `{category}` and `{seq:5}` once each, `{year}` and each
 * part of premises (`{building}`, `{floor:2}`) at most once, and signs between them; what comes of it is an archive number.
 * Problem: ARCHIVE_PATTERN_FORMAT.
 */
export function checkArchivePattern(text: string): Checked<string> {
  const written = plainText(text).replaceAll(' ', '');
  const pattern = written.replace(/\{[^}]*\}|[^{}]/gu, (piece) =>
    piece.startsWith('{') ? piece.toLowerCase() : piece.toUpperCase(),
  );
  const components = pattern.match(/\{[^}]*\}/g) ?? [];
  const names = components.map((one) => part.exec(one)?.[1]);
  const isOnce = (name: string) => names.filter((one) => one === name).length === 1;
  const sound =
    components.every((one) => component.test(one)) &&
    new Set(names).size === names.length &&
    ['category', 'seq'].every(isOnce) &&
    !unparted.test(pattern);
  if (sound && !checkArchiveNumber(longestOf(pattern)).problem) return accept(pattern);
  return refuse(
    'ARCHIVE_PATTERN_FORMAT',
    'Must hold {category} and {seq:1} to {seq:8} once, {year}, {building}, {unit}, {floor} and {room} at most once, and a sign between them and beside the running number',
    '须含{category}与{seq:1}至{seq:8}各一次，{year}、{building}、{unit}、{floor}、{room}最多各一次，各部分之间及流水号前后须有分隔符',
  );
}

const longestOf = (pattern: string): string =>
  pattern.replace(/\{[^}]*\}/g, (one) => {
    const [, name = '', width = '1'] = part.exec(one) ?? [];
    if (name === 'category') return 'A'.repeat(12);
    if (name === 'year') return '2026';
    const { most } = premisesParts[name as PremisesPart] ?? { most: 8 };
    return '9'.repeat(Math.max(most, Number(width)));
  });

/** A pattern that has been checked, taken apart. */
export function readArchivePattern(pattern: string): ArchivePattern {
  const [, head = '', width = '1', tail = ''] = /^(.*)\{seq:(\d)\}(.*)$/u.exec(pattern) ?? [];
  const partsIn = (text: string) =>
    premisesNames.filter((name) => new RegExp(String.raw`\{${name}(?::\d)?\}`).test(text));
  return {
    head,
    tail,
    width: Number(width),
    isYearly: pattern.includes('{year}'),
    isByUnit: partsIn(head).length > 0,
    parts: partsIn(pattern),
  };
}

/** The head or tail of a pattern for one file; a part of figures alone is filled up to its width. */
export const writtenPattern = (
  text: string,
  { category, year, premises }: { category: string; year: string; premises: Premises | null },
): string =>
  text.replace(/\{[^}]*\}/g, (one) => {
    const [, name = '', width = '1'] = part.exec(one) ?? [];
    if (name === 'category') return category;
    if (name === 'year') return year;
    const value = premises?.[name as PremisesPart] ?? '';
    return /^\d+$/.test(value) ? value.padStart(Number(width), '0') : value;
  });
