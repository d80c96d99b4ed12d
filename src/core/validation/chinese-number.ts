/** Digits and scales of Chinese numbers, their formal forms included. */
const digitOf: Readonly<Record<string, number>> = {
  零: 0,
  〇: 0,
  一: 1,
  壹: 1,
  二: 2,
  贰: 2,
  两: 2,
  三: 3,
  叁: 3,
  四: 4,
  肆: 4,
  五: 5,
  伍: 5,
  六: 6,
  陆: 6,
  七: 7,
  柒: 7,
  八: 8,
  捌: 8,
  九: 9,
  玖: 9,
};
const smallScaleOf: Readonly<Record<string, number>> = {
  十: 10,
  拾: 10,
  百: 100,
  佰: 100,
  千: 1000,
  仟: 1000,
};
const largeScaleOf: Readonly<Record<string, number>> = { 万: 10_000, 亿: 100_000_000 };

/** Every character a Chinese number may have, for a pattern's class. */
export const chineseNumerals = [digitOf, smallScaleOf, largeScaleOf].flatMap(Object.keys).join('');

/**
 * The value of a Chinese number below 10 to the 12th: 二十 is 20, 一万二千 is 12000, 三千五 is 3500, 二〇二六 is 2026.
 * Undefined for what is not one.
 */
export function readChineseNumber(text: string): number | undefined {
  if (text === '') return undefined;
  if ([...text].every((letter) => letter in digitOf)) {
    const digits = [...text].map((letter) => digitOf[letter]).join('');
    return digits.length <= 12 ? Number(digits) : undefined;
  }
  let total = 0;
  let section = 0;
  let digit: number | undefined;
  /** Of the scale read last: 三千五 is three thousand five hundred. */
  let lastScale = 1;
  for (const letter of text) {
    const small = smallScaleOf[letter];
    const large = largeScaleOf[letter];
    if (letter in digitOf) {
      // Two digits side by side are no number with scales.
      if (digit) return undefined;
      digit = digitOf[letter];
      if (digit === 0) lastScale = 1;
    } else if (small !== undefined) {
      section += (digit ?? 1) * small;
      digit = undefined;
      lastScale = small;
    } else if (large !== undefined) {
      const before = section + (digit ?? 0);
      if (before === 0 && total === 0) return undefined;
      // 万亿: the larger scale multiplies all that stands before it.
      total = large > lastScale && total > 0 && before === 0 ? total * large : total + before * large;
      section = 0;
      digit = undefined;
      lastScale = large;
    } else return undefined;
  }
  return total + section + (digit ?? 0) * (lastScale > 1 ? lastScale / 10 : 1);
}
