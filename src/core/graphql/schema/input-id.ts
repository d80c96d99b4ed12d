import { badInput, type Issue } from '../../errors.ts';
import { checkId, type IdPrefix } from './type-id.ts';

/**
 * The UUID in a required id of an input. Errors: BAD_USER_INPUT that names both the expected and the given kind,
 * together with the input's `others` issues; those alone are left for the caller to report.
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
