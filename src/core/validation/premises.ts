import { accept, type Checked, type Problem, refuse } from './checked.ts';
import { chineseNumerals, readChineseNumber } from './chinese-number.ts';
import { plainText } from './text.ts';
import { standardOf } from './text-standard.ts';

export type PremisesCategory = 'RESIDENTIAL' | 'COMMERCIAL';

/** Which unit of a property a customer has (户址), as it is stored: without the parts it has not, as the history keeps it. */
export type Premises = {
  category: PremisesCategory;
  building: string;
  unit?: string;
  floor?: string;
  room?: string;
};
export type PremisesPart = Exclude<keyof Premises, 'category'>;

/** As a client sends it. */
export type PremisesItem = {
  category: PremisesCategory;
  building: string;
  unit?: string | null;
  floor?: string | null;
  room?: string | null;
};

interface PartWords {
  most: number;
  /** What people write behind it. */
  suffix: RegExp;
  /** What the text of the whole has behind it. */
  ending: string;
}

/** From the whole to its parts, which is also their order (AC-14). */
export const premisesParts: Readonly<Record<PremisesPart, PartWords>> = {
  building: { most: 10, suffix: /(?:号楼|[栋幢座楼号])+$/u, ending: '幢' },
  unit: { most: 6, suffix: /(?:单元|门)+$/u, ending: '单元' },
  floor: { most: 4, suffix: /[层楼F]+$/u, ending: '层' },
  room: { most: 8, suffix: /[室号户铺房]+$/u, ending: '室' },
};
const partNames = Object.keys(premisesParts) as PremisesPart[];

const categoryWords: Readonly<Record<PremisesCategory, string>> = { RESIDENTIAL: '住宅', COMMERCIAL: '商业' };

const format = /^[\p{Script=Han}A-Z0-9][\p{Script=Han}A-Z0-9.#-]*$/u;
/** What divides the text of the whole, and therefore is in no part. */
const divider = /[栋幢层室]|单元/u;
const onlyNumerals = new RegExp(`^[${chineseNumerals}]+$`);

/**
 * A part as it is stored: in capitals and half width, without spaces, its suffix and leading zeros. 三单元 is 3, 0501室 is 501,
 * 负一层 is B1.
 */
function readPart(name: PremisesPart, written: string): string {
  const { suffix } = premisesParts[name];
  const folded = plainText(written).replaceAll(' ', '').toUpperCase();
  const bare = folded.replace(suffix, '') || folded;
  const basement = name === 'floor' ? /^(?:-|负|地下|B)(.+)$/u.exec(bare)?.[1] : undefined;
  const figures = numeralsRead(basement ?? bare).replace(/(?<!\d)0+(?=\d)/g, '');
  return basement === undefined ? figures : `B${figures}`;
}

const numeralsRead = (text: string): string =>
  onlyNumerals.test(text) ? String(readChineseNumber(text) ?? text) : text;

function checkPart(name: PremisesPart, written: string): Checked<string> {
  const { most } = premisesParts[name];
  const value = readPart(name, written);
  if (format.test(value) && !divider.test(value) && [...value].length <= most) return accept(value);
  return refuse(
    'PREMISES_FORMAT',
    `Must be at most ${most} letters and figures such as 3 or A2`,
    `须为最多${most}个字母、汉字或数字，例如3或A2`,
  );
}

/**
 * A unit, or its text such as 住宅 3幢2单元501室. The floor follows from a room of three or four figures unless given.
 *
 * Problems, each at its part: VALUE_REQUIRED of category and building, PREMISES_FORMAT; of a text PREMISES_TEXT.
 */
export function checkPremises(given: PremisesItem | string): Checked<Premises | null> {
  const item = typeof given === 'string' ? readPremises(given) : given;
  if (!item) {
    return refuse(
      'PREMISES_TEXT',
      'Must be premises such as 住宅 3幢2单元501室',
      '须为户址，例如“住宅 3幢2单元501室”',
    );
  }
  const problems: Problem[] = [];
  if (item.category == null) problems.push(missingAt('category'));
  const parts: Partial<Record<PremisesPart, string>> = {};
  for (const name of partNames) {
    const written = item[name];
    if (written == null || plainText(written) === '') {
      if (name === 'building') problems.push(missingAt(name));
      continue;
    }
    const { value, problem } = checkPart(name, written);
    if (problem) problems.push({ ...problem, at: [name] });
    else parts[name] = value;
  }
  const [problem, ...others] = problems;
  if (problem) return { problem, others };
  const floor = parts.floor ?? floorOf(parts.room);
  return accept({
    category: item.category as PremisesCategory,
    building: parts.building as string,
    ...parts,
    ...(floor !== undefined && { floor }),
  });
}

const missingAt = (part: string): Problem => ({
  code: 'VALUE_REQUIRED',
  message: 'A value is required. (此项必填。)',
  at: [part],
});

const floorOf = (room = ''): string | undefined => /^(\d{1,2})\d\d$/.exec(room)?.[1];

/** Premises as people write them in one text: what is not said is undefined. */
export interface WrittenPremises extends Partial<Record<PremisesPart, string>> {
  category?: PremisesCategory;
  /** Of 3-2-501, what may be the unit or the floor. */
  isUnitOrFloor?: boolean;
}

const [building, ...inner] = partNames.map(
  (name) => `(?<${name}>(?:(?!${premisesParts[name].ending}).)+)${premisesParts[name].ending}`,
);
/** The text of an export. */
const whole = new RegExp(`^${building}${inner.map((part) => `(?:${part})?`).join('')}$`, 'u');
/** What people write. */
const loose =
  /^(?:(?<building>.+?)(?:号楼|[栋幢座]))?-?(?:(?<unit>.+?)(?:单元|门))?-?(?:(?<floor>.+?)[层楼])?-?(?<room>[^-]+?)?(?:号[房铺]|[室号户铺房])?$/u;

/** Reads 3-2-501, 3栋2单元501室 or 住宅 3幢2单元5层501室; undefined for what is no text of premises with a building. */
export function readPremises(text: string): WrittenPremises | undefined {
  const [, word, rest = ''] =
    /^(?:(住宅|商业|RESIDENTIAL|COMMERCIAL)[,，·-]?)?(.*)$/u.exec(
      plainText(text).replaceAll(' ', '').toUpperCase(),
    ) ?? [];
  const category = (Object.keys(categoryWords) as PremisesCategory[]).find(
    (one) => word === one || word === categoryWords[one],
  );
  const read = readParts(rest);
  if (!read?.building) return undefined;
  return category ? { category, ...read } : read;
}

function readParts(text: string): WrittenPremises | undefined {
  // A template leaves the ending of a part that a row has not.
  const joined = text.replace(/(?<=[幢栋层]|单元)(?:-|单元|层)+/gu, '');
  const groups = whole.exec(joined)?.groups ?? loose.exec(text)?.groups;
  if (!groups?.building) return readDashes(text.split('-'));
  return Object.fromEntries(
    partNames.flatMap((name) => {
      const written = groups[name];
      return written ? [[name, readPart(name, written)]] : [];
    }),
  );
}

/** Reads 3-501, 3-2-501 and 3-2-5-501. */
function readDashes(parts: readonly string[]): WrittenPremises | undefined {
  const [building = '', unit, floor, room = parts.at(-1)] = parts;
  if (parts.length < 2 || parts.length > 4 || parts.includes('')) return undefined;
  const named = { building, ...(parts.length > 2 && { unit }), ...(parts.length > 3 && { floor }), room };
  const read = Object.fromEntries(
    Object.entries(named).map(([name, part]) => [name, readPart(name as PremisesPart, part as string)]),
  );
  return parts.length === 3 ? { ...read, isUnitOrFloor: true } : read;
}

/** The text that an export writes and an import reads. */
export const premisesText = ({ category, ...parts }: Premises): string =>
  `${categoryWords[category]} ${partNames.map((name) => (parts[name] == null ? '' : parts[name] + premisesParts[name].ending)).join('')}`;

/** What one active file alone can have: null where no room is named. `premises_unit()` in the database says the same. */
export const premisesUnit = ({ category, building, unit, floor, room }: Premises): string | null =>
  room == null ? null : [category, building, unit ?? '', floor ?? '', room].join(' ');

const partStandard = (name: PremisesPart) =>
  standardOf('ONE_CASE', (written) => [readPart(name, written) || written]);
export const buildingStandard = partStandard('building');
export const unitStandard = partStandard('unit');
export const floorStandard = partStandard('floor');
export const roomStandard = partStandard('room');
