import type { ExecutionResult, GraphQLError, GraphQLResolveInfo } from 'graphql';

/** The errors of withheld fields that an operation has met so far, by {@link keyOf}. */
export type Withheld = Map<string, Error>;

interface Withholding {
  withheld: Withheld;
}

/** A root field of the answer, and a field below it. Names have no spaces. */
const keyOf = (root: string | number, field: string): string => `${root} ${field}`;
const fieldIn = (key: string): string => key.slice(key.indexOf(' ') + 1);

/** The error for a field withheld below a root field of the answer, the first time it is met there; then null. */
export function firstRefusal(
  { withheld }: Withholding,
  root: string | number,
  field: string,
  refusal: () => Error,
): Error | null {
  const key = keyOf(root, field);
  if (withheld.has(key)) return null;
  const error = refusal();
  withheld.set(key, error);
  return error;
}

/** Null for a field at a path, and one error however many rows withhold it. */
export function withhold(
  ctx: Withholding,
  path: GraphQLResolveInfo['path'],
  field: string,
  refusal: () => Error,
): null {
  let root = path;
  while (root.prev) root = root.prev;
  const error = firstRefusal(ctx, root.key, field, refusal);
  if (error) throw error;
  return null;
}

/**
 * Errors in the order of the answer, and of a field that was withheld below several root fields only the first: they
 * are resolved side by side, and which is the first to meet it is chance.
 */
export function oneErrorPerField({ withheld }: Withholding, result: ExecutionResult): ExecutionResult {
  const { errors, data } = result;
  if (!errors || errors.length < 2 || !data) return result;
  const roots = Object.keys(data);
  const placeOf = ({ path }: GraphQLError) => roots.indexOf(String(path?.[0]));
  const fields = new Map([...withheld].map(([key, error]) => [error, fieldIn(key)]));
  const reported = new Set<string>();
  const isFirst = ({ originalError }: GraphQLError) => {
    const field = originalError && fields.get(originalError);
    if (field === undefined) return true;
    if (reported.has(field)) return false;
    reported.add(field);
    return true;
  };
  return { ...result, errors: [...errors].sort((a, b) => placeOf(a) - placeOf(b)).filter(isFirst) };
}
