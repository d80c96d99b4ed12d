import { accept, type Checked, refuse } from './checked.ts';
import { checkDecimal } from './decimal.ts';

/**
 * An amount of money: not negative, at most two decimals, at most 9,999,999,999,999,999.99, the limit of the columns.
 * Problems: those of checkDecimal.
 */
export const checkMoney = (text: string): Checked<string> =>
  checkDecimal(text, { scale: 2, min: '0', max: '9999999999999999.99' });

/**
 * A whole number within inclusive bounds; a text may have thousands separators as in exports, "1,200". Problems: those
 * of checkDecimal, NOT_WHOLE.
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

/** A boolean. Never refuses, since the type says everything; exists so that booleans can have field rules. */
export const checkFlag = (value: boolean): Checked<boolean> => accept(value);
