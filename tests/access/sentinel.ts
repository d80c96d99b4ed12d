import { isDeepStrictEqual } from 'node:util';
import { type SQL, sql } from 'drizzle-orm';
import type { PgNumeric } from 'drizzle-orm/pg-core';
import {
  ExternalKeyType,
  LabelledEmailType,
  LabelledPhoneType,
} from '../../src/core/graphql/schema/labelled.type.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import { type StandardName, standardNamed } from '../../src/core/model/standard.ts';
import { FormerNumber } from '../../src/domains/customer/former-number-details.type.ts';

/**
 * A value that occurs once in the whole database and names the file and field it stands in, so that it is found
 * wherever in an answer it turns up. Enumerations and booleans have too few values for that: theirs carry no code.
 */
export interface Sentinel {
  /** As stored and published. */
  value: Value;
  /** file × 1000 + field; null for values that cannot be unmistakable. */
  code: number | null;
}

export type Value = string | number | boolean | Entries | Parts;
/** What a list holds: names, or entries with several texts. */
export type Entries = readonly (string | Readonly<Record<string, string>>)[];

/** What an object holds. */
export type Parts = Readonly<Record<string, string>>;

export const isEntries = (value: unknown): value is Entries => Array.isArray(value);
export const isParts = (value: unknown): value is Parts =>
  typeof value === 'object' && value !== null && !isEntries(value);

/** Fields at most; a code is file × this + field. */
export const fieldLimit = 1_000;
const numbersFrom = 1_900_000_000;
const datesFrom = Date.UTC(2100, 0, 1);
const instantsFrom = Date.UTC(3000, 0, 1);
const mobileNumbers = '+8619';
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** The sentinel of a field in a file, both counted from 0. */
export function sentinelOf(attribute: Attribute, file: number, field: number): Sentinel | null {
  const code = file * fieldLimit + field;
  if (attribute.item) return { code, value: entriesOf(attribute.item.type(), code) };
  if (attribute.list) return { code, value: namesOf(code) };
  if (attribute.toText) return { code, value: premisesOf(code) };
  switch (attribute.kind) {
    case 'text':
      // An amount is compared in the organisation's currency unless another is named.
      if (attribute.field === 'currency') return { code: null, value: 'CNY' };
      return { code, value: storedForm(attribute.standard, wordOf(code)) };
    case 'enum': {
      const values = Object.values(attribute.enumeration ?? {});
      return { code: null, value: values[file % values.length] as string };
    }
    case 'decimal':
      return {
        code,
        value: (numbersFrom + code).toFixed(
          (attribute.column as unknown as PgNumeric<never> & { scale?: number }).scale ?? 0,
        ),
      };
    case 'integer':
      return { code, value: numbersFrom + code };
    case 'instant':
      return { code, value: new Date(instantsFrom + code * hourMs).toISOString().replace('.000Z', 'Z') };
    case 'date':
      return { code, value: new Date(datesFrom + code * dayMs).toISOString().slice(0, 10) };
    case 'boolean':
      return { code: null, value: true };
    case 'id':
    case 'json':
      return null;
  }
}

/** More than one, so that nothing holds of the first entry alone. */
const namesOf = (code: number): Entries => [wordOf(code), `${wordOf(code)}厂`];

/** Premises, the only object that is stored. Without a room several files can have them. */
const premisesOf = (code: number): Parts => ({
  category: 'RESIDENTIAL',
  building: wordOf(code).toUpperCase(),
});

/** An employee that is not there. */
const nobody = encodeId('emp', '01890000-0000-7000-8000-00000000dead');

/** An entry of each type of list, in the form in which it is stored. Throws for a type of list that is not known here. */
function entriesOf(type: object, code: number): Entries {
  const word = wordOf(code);
  switch (type) {
    case LabelledPhoneType: {
      const number = `${mobileNumbers}${String(code).padStart(9, '0')}`;
      return [
        { label: word, number, extension: String(code) },
        { label: `${word}夜`, number: '95588', extension: '1' },
      ];
    }
    case LabelledEmailType:
      return [
        { label: word, address: `${word}@test.example` },
        { label: `${word}夜`, address: `${word}@night.test.example` },
      ];
    case ExternalKeyType:
      return [
        { source: 'erp', key: word },
        { source: 'crm', key: word.toUpperCase() },
      ];
    case FormerNumber: {
      const cancelled = { cancelledAt: '2024-01-01T00:00:00.000Z', cancelledBy: nobody };
      return [{ number: word.toUpperCase(), reason: `${word}误`, ...cancelled }];
    }
  }
  throw new Error(`There is no sentinel for a list of ${(type as { name: string }).name}.`);
}

/** The first entry as people write it in a condition. */
export function writtenEntry([entry]: Entries): string {
  if (typeof entry !== 'object') return String(entry);
  const { number, address, source, key } = entry;
  return number ?? address ?? `${source}:${key}`;
}

/** What to search for to find a value: without the letters that all share, which would make them alike. */
export function searchTexts(value: Value): string[] {
  const found = [...JSON.stringify(value).matchAll(/zq([a-z]{6})z|\+86(19\d{9})/gi)];
  return [...new Set(found.map(([, letters, number]) => letters ?? (number as string)))];
}

/** The stored form of a value, for SQL. */
export const sqlOf = ({ item, list, toText }: Attribute, value: Value | null): SQL => {
  if (value === null) return sql`null`;
  if (item || toText) return sql`${JSON.stringify(value)}::text::jsonb`;
  if (!list) return sql`${value}`;
  return sql`array(select jsonb_array_elements_text(${JSON.stringify(value)}::text::jsonb))`;
};

/** A value as PostgreSQL writes it in the history: JSON with its own blanks and its own order of keys. */
export function historyText(value: Value): string {
  if (typeof value !== 'object') return String(value);
  const objectText = (parts: Parts): string => {
    const keys = Object.keys(parts).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    return `{${keys.map((key) => `"${key}": ${JSON.stringify(parts[key])}`).join(', ')}}`;
  };
  if (isParts(value)) return objectText(value);
  const entries = value.map((entry) =>
    typeof entry === 'string' ? JSON.stringify(entry) : objectText(entry),
  );
  return `[${entries.join(', ')}]`;
}

/** The case in which a field's texts are stored: codes are in capitals. */
function storedForm(standard: StandardName, letters: string): string {
  const forms = standardNamed(standard).whole(letters);
  return forms.find((form) => form.toLowerCase() === letters) ?? letters;
}

// Neighbouring codes must not look alike, or the search would take one text for a mistyped other.
const modulus = 100_000_007n;
const factor = 48_271n;
const inverse = (() => {
  let power = 1n;
  for (
    let exponent = modulus - 2n, square = factor;
    exponent > 0n;
    exponent >>= 1n, square = (square * square) % modulus
  ) {
    if (exponent & 1n) power = (power * square) % modulus;
  }
  return power;
})();

const letterA = 97;
const lettersOf = (code: number): string => {
  let rest = Number((BigInt(code + 1) * factor) % modulus);
  let letters = '';
  for (let i = 0; i < 6; i += 1, rest = Math.floor(rest / 26))
    letters += String.fromCharCode(letterA + (rest % 26));
  return letters;
};
/** A text that stands for a code. */
const wordOf = (code: number): string => `zq${lettersOf(code)}z`;
const codeOfLetters = (letters: string): number => {
  const mixed = [...letters].reduceRight((sum, letter) => sum * 26 + letter.charCodeAt(0) - letterA, 0);
  return Number((BigInt(mixed) * inverse) % modulus) - 1;
};

const patterns: [RegExp, (match: string) => number][] = [
  [/zq([a-z]{6})z/gi, (letters) => codeOfLetters(letters.toLowerCase())],
  [/\+8619(\d{9})/g, Number],
  [/(?<![\w.])19\d{8}(?![\w])/g, (digits) => Number(digits) - numbersFrom],
  [/\b2[1-9]\d\d-\d\d-\d\d\b/g, (date) => (Date.parse(date) - datesFrom) / dayMs],
  [/\b3\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d/g, (instant) => (Date.parse(`${instant}Z`) - instantsFrom) / hourMs],
];

/** Codes of all sentinels in a text, also of those inside base64 (cursors). */
export function codesIn(text: string): Set<number> {
  const hidden = [...text.matchAll(/"([A-Za-z0-9_-]{16,})"/g)].map(([, encoded]) =>
    Buffer.from(encoded as string, 'base64url').toString('utf8'),
  );
  const codes = new Set<number>();
  for (const layer of [text, ...hidden]) {
    for (const [pattern, codeOf] of patterns) {
      for (const match of layer.matchAll(pattern)) codes.add(codeOf(match[1] ?? match[0]));
    }
  }
  return codes;
}

/** Of a stored entry, what was selected: what leads to other rows is not. */
const partOf = (stored: unknown, selected: unknown): unknown =>
  typeof stored === 'object' && stored && typeof selected === 'object' && selected
    ? Object.fromEntries(Object.entries(stored).filter(([key]) => key in selected))
    : stored;

/** Whether a published value is the stored one, whatever zeroes and offsets it is written with. */
export function isSame(attribute: Attribute, published: unknown, stored: Value): boolean {
  if (isEntries(stored) && Array.isArray(published))
    return (
      published.length === stored.length &&
      published.every((one, i) => isDeepStrictEqual(one, partOf(stored[i], one)))
    );
  if (isParts(stored) && isParts(published)) {
    const given = Object.entries(published).filter(([, part]) => (part as string | null) !== null);
    return isDeepStrictEqual(Object.fromEntries(given), stored);
  }
  if (typeof stored === 'object') return isDeepStrictEqual(published, stored);
  if (attribute.kind === 'instant') return Date.parse(String(published)) === Date.parse(String(stored));
  if (attribute.kind === 'decimal') return Number(published) === Number(stored);
  return published === stored;
}
