import { badInputAt } from '../../errors.ts';
import { checkInstant } from '../../validation/date.ts';

/** An instant of an argument; a plain date, which only conditions take, is BAD_USER_INPUT. */
export function requireInstant(text: string, path: (string | number)[]): string {
  const { value, problem } = checkInstant(text);
  if (problem) throw badInputAt(path, problem.code, problem.message);
  return value;
}
