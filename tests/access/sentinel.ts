import type { PgNumeric } from 'drizzle-orm/pg-core';
import type { Attribute } from '../../src/core/model/attribute.ts';
import { type StandardName, standardNamed } from '../../src/core/model/standard.ts';

/**
 * A value that occurs once in the whole database and names the file and field it stands in, so that it is found
 * wherever in an answer it turns up. Enumerations and booleans have too few values for that: theirs carry no code.
 */
export interface Sentinel {
  /** As stored, for SQL and for filters. */
  value: string | number | boolean;
  /** file × 1000 + field; null for values that cannot be unmistakable. */
  code: number | null;
}

/** Fields at most; a code is file × this + field. */
export const fieldLimit = 1_000;
const numbersFrom = 1_900_000_000;
const datesFrom = Date.UTC(2100, 0, 1);
const instantsFrom = Date.UTC(3000, 0, 1);
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** The sentinel of a field in a file, both counted from 0. */
export function sentinelOf(attribute: Attribute, file: number, field: number): Sentinel | null {
  const code = file * fieldLimit + field;
  if (attribute.list) return null;
  switch (attribute.kind) {
    case 'text':
      // An amount is compared in the organisation's currency unless another is named.
      if (attribute.field === 'currency') return { code: null, value: 'CNY' };
      return { code, value: storedForm(attribute.standard, `zq${lettersOf(code)}z`) };
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
const codeOfLetters = (letters: string): number => {
  const mixed = [...letters].reduceRight((sum, letter) => sum * 26 + letter.charCodeAt(0) - letterA, 0);
  return Number((BigInt(mixed) * inverse) % modulus) - 1;
};

const patterns: [RegExp, (match: string) => number][] = [
  [/zq([a-z]{6})z/gi, (letters) => codeOfLetters(letters.toLowerCase())],
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

/** Whether a published value is the stored one, whatever zeroes and offsets it is written with. */
export function isSame(attribute: Attribute, published: unknown, stored: string | number | boolean): boolean {
  if (attribute.kind === 'instant') return Date.parse(String(published)) === Date.parse(String(stored));
  if (attribute.kind === 'decimal') return Number(published) === Number(stored);
  return published === stored;
}
