import { accept, type Checked, refuse } from './checked.ts';
import { checkDecimal } from './decimal.ts';

/**
 * An amount of money: not negative, at most two decimals, at most 9,999,999,999,999,999.99, as the columns hold.
 * Problems: those of checkDecimal.
 */
export const checkMoney = (text: string): Checked<string> =>
  checkDecimal(text, { scale: 2, min: '0', max: '9999999999999999.99' });

/**
 * A whole number within bounds, both inclusive; a text is read as an export writes it, "1,200".
 * Problems: those of checkDecimal, NOT_WHOLE.
 */
export function checkWhole(
  given: number | string,
  { min, max }: { min: number; max: number },
): Checked<number> {
  if (typeof given === 'number' && !Number.isSafeInteger(given)) {
    return refuse('NOT_WHOLE', 'Must be a whole number', '须为整数');
  }
  const { value, problem } = checkDecimal(String(given), { scale: 0, min: String(min), max: String(max) });
  return problem ? { problem } : accept(Number(value));
}

/** Yes or no. Never refuses: the type says all; here so that it takes part in field rules. */
export const checkFlag = (value: boolean): Checked<boolean> => accept(value);
