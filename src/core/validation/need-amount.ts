import { chineseNumerals, readChineseNumber } from './chinese-number.ts';

/** A number as `units` of 10^-scale, so that 万 and prices per piece are exact. */
export interface Exact {
  units: bigint;
  scale: number;
}

const scales: Readonly<Record<string, bigint>> = {
  百: 100n,
  千: 1_000n,
  k: 1_000n,
  万: 10_000n,
  w: 10_000n,
  百万: 1_000_000n,
  m: 1_000_000n,
  千万: 10_000_000n,
  亿: 100_000_000n,
};

// Bounded, so that a text of nothing but digits is read in linear time.
const digits = String.raw`\d{1,18}(?:\.\d{1,6})?`;
const chinese = `[${chineseNumerals}]{1,24}`;
/** A number and its scale: 50, 50万, 1.5 亿, 五十万, 5k. Letters are a scale only where no word follows. */
const scale = `(?:千万|百万|[万亿千百]|[kKwWmM](?![A-Za-z0-9]))`;
export const numberPattern = String.raw`(?:${digits}\s*${scale}?半?|${chinese}半?)`;

/** The value of a text that {@link numberPattern} matches; undefined where it is no number after all. */
export function readNumber(text: string): Exact | undefined {
  const isHalfMore = text.endsWith('半');
  const plain = isHalfMore ? text.slice(0, -1) : text;
  const [, number, scaled] = /^(\d+(?:\.\d+)?)\s*(.*)$/.exec(plain) ?? [];
  if (number === undefined) {
    const value = readChineseNumber(plain);
    if (value === undefined) return undefined;
    return isHalfMore ? undefined : { units: BigInt(value), scale: 0 };
  }
  const factor = scaled ? scales[scaled.toLowerCase()] : 1n;
  if (factor === undefined) return undefined;
  const [whole = '', fraction = ''] = number.split('.');
  const units = BigInt(whole + fraction) * factor;
  // 1万半 is half of its scale more.
  const half = isHalfMore ? (factor * 10n ** BigInt(fraction.length)) / 2n : 0n;
  return { units: units + half, scale: fraction.length };
}

export const hasScale = (text: string): boolean => new RegExp(`${scale}|[${chineseNumerals}]`).test(text);

export const times = (a: Exact, b: Exact): Exact => ({ units: a.units * b.units, scale: a.scale + b.scale });

export const isLess = (a: Exact, b: Exact): boolean =>
  a.units * 10n ** BigInt(b.scale) < b.units * 10n ** BigInt(a.scale);

/** A decimal without trailing zeros: 20, 0.5. */
export function decimalOf({ units, scale: places }: Exact): string {
  const text = units.toString().padStart(places + 1, '0');
  if (places === 0) return text;
  const fraction = text.slice(-places).replace(/0+$/, '');
  const whole = text.slice(0, -places);
  return fraction ? `${whole}.${fraction}` : whole;
}
