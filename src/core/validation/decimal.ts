import { accept, type Checked, refuse } from './checked.ts';
import { plainText } from './text.ts';

/** The range of a decimal column. Bounds are inclusive decimals without separators, compared exactly. */
export type DecimalOptions = {
  /** Digits after the point, as in `numeric(p, scale)`; 0 or more. */
  scale: number;
  min?: string;
  max?: string;
};

type Parts = { negative: boolean; whole: string; fraction: string };

// Longer than any amount, but short enough that arbitrary-precision arithmetic is no target for attacks.
const maxTextLength = 64;
// Separators only between thousands: "1,23" may have a European decimal comma and is not guessed at.
const decimalPattern = /^([+-]?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/;

/**
 * A decimal number (R67), exact: it is never converted to a float.
 *
 * The stored form is what PostgreSQL prints for `numeric(p, scale)`: always `scale` digits after the point, no
 * separators, no exponent, no plus sign, no negative zero. "1,234.5" at scale 2 is "1234.50", so that a repeated import
 * compares equal to what is stored. Digits beyond the scale are refused unless they are zeros: nothing is rounded
 * silently.
 *
 * Problems: DECIMAL_FORMAT, DECIMAL_SCALE, DECIMAL_TOO_SMALL, DECIMAL_TOO_LARGE. Throws a RangeError if `min` or `max`
 * is not a decimal, which is a mistake of the caller.
 */
export function checkDecimal(text: string, { scale, min, max }: DecimalOptions): Checked<string> {
  const parts = parse(plainText(text).replace(/^\u2212/, '-'));
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

/**
 * -1, 0 or 1 if `left` is less than, equal to or greater than `right`, compared exactly: "1.0" equals "1". Throws a
 * RangeError for a text that is not a decimal.
 */
export function compareDecimals(left: string, right: string): -1 | 0 | 1 {
  const [a, b] = [parseOrThrow(left), parseOrThrow(right)];
  const places = Math.max(a.fraction.length, b.fraction.length);
  const [x, y] = [toUnits(a, places), toUnits(b, places)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function parse(text: string): Parts | undefined {
  const match = text.length <= maxTextLength ? decimalPattern.exec(text) : null;
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
