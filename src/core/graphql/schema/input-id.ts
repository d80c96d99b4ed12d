import { badInput, type Issue } from '../../errors.ts';
import { checkId, type IdPrefix } from './type-id.ts';

/**
 * The UUID inside an id that an input cannot do without. Errors: BAD_USER_INPUT naming both kinds, and beside it the
 * `others` that are wrong with the input; they alone are the caller's to tell.
 */
export function requireId(
  prefix: IdPrefix,
  text: string,
  path: (string | number)[],
  others: readonly Issue[] = [],
): string {
  const { value, problem } = checkId(prefix, text);
  if (problem) throw badInput([{ path, ...problem }, ...others]);
  return value;
}
