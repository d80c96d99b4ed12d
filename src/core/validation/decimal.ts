import { accept, type Checked, refuse } from './checked.ts';

/** What a decimal column holds. Bounds are inclusive decimals without separators, compared exactly. */
export type DecimalOptions = {
  /** Digits after the point, as in `numeric(p, scale)`; 0 or more. */
  scale: number;
  min?: string;
  max?: string;
};

type Parts = { negative: boolean; whole: string; fraction: string };

// Longer than any amount, shorter than what would make arbitrary-precision arithmetic worth attacking.
const LONGEST_TEXT = 64;
// Separators only where thousands end: "1,23" may be a European decimal comma and is never guessed at.
const DECIMAL = /^([+-]?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/;

/**
 * A decimal number (R67), exact: no float is ever made of it.
 *
 * The stored form is what PostgreSQL prints for `numeric(p, scale)`: always `scale` digits after the point, no
 * separators, no exponent, no plus, no minus zero. "1,234.5" at scale 2 is "1234.50", so an import run twice compares
 * equal to what it finds. Digits beyond the scale are refused unless they are zeros: nothing is rounded in silence.
 *
 * Problems: DECIMAL_FORMAT, DECIMAL_SCALE, DECIMAL_TOO_SMALL, DECIMAL_TOO_LARGE. Throws a RangeError where `min` or
 * `max` is no decimal, which is the caller's mistake.
 */
export function checkDecimal(text: string, { scale, min, max }: DecimalOptions): Checked<string> {
  const parts = parse(
    text
      .normalize('NFKC')
      .trim()
      .replace(/^\u2212/, '-'),
  );
  if (!parts) {
    return refuse('DECIMAL_FORMAT', 'Must be a decimal number such as 1234.50', '须为十进制数，例如1234.50');
  }
  const fraction = parts.fraction.replace(/0+$/, '');
  if (fraction.length > scale) {
    return refuse('DECIMAL_SCALE', `At most ${scale} digits after the point`, `小数位不能超过${scale}位`);
  }
  const digits = parts.whole + (scale > 0 ? `.${fraction.padEnd(scale, '0')}` : '');
  const value = parts.negative && /[1-9]/.test(digits) ? `-${digits}` : digits;
  if (min !== undefined && compareDecimals(value, min) < 0) {
    return refuse('DECIMAL_TOO_SMALL', `Must be at least ${min}`, `不能小于${min}`);
  }
  if (max !== undefined && compareDecimals(value, max) > 0) {
    return refuse('DECIMAL_TOO_LARGE', `Must be at most ${max}`, `不能大于${max}`);
  }
  return accept(value);
}

/** -1, 0 or 1 as `left` is below, equal to or above `right`, exactly: "1.0" equals "1". Throws a RangeError on a text that is no decimal. */
export function compareDecimals(left: string, right: string): -1 | 0 | 1 {
  const [a, b] = [parseOrThrow(left), parseOrThrow(right)];
  const places = Math.max(a.fraction.length, b.fraction.length);
  const [x, y] = [toUnits(a, places), toUnits(b, places)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function parse(text: string): Parts | undefined {
  const match = text.length <= LONGEST_TEXT ? DECIMAL.exec(text) : null;
  if (!match) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  return { negative: sign === '-', whole: whole.replaceAll(',', '').replace(/^0+(?=\d)/, ''), fraction };
}

function parseOrThrow(text: string): Parts {
  const parts = parse(text);
  if (!parts) throw new RangeError(`not a decimal: ${text}`);
  return parts;
}

function toUnits({ negative, whole, fraction }: Parts, places: number): bigint {
  const units = BigInt(whole + fraction.padEnd(places, '0'));
  return negative ? -units : units;
}
