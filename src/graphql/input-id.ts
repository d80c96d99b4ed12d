import { badInputAt } from '../errors.ts';
import { checkId, type IdPrefix } from './type-id.ts';

/** The UUID inside an id that an input cannot do without. Errors: BAD_USER_INPUT naming both kinds. */
export function requireId(prefix: IdPrefix, text: string, path: (string | number)[]): string {
  const { value, problem } = checkId(prefix, text);
  if (problem) throw badInputAt(path, problem.code, problem.message);
  return value;
}
