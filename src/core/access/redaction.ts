import type { ExecutionResult, GraphQLError, GraphQLResolveInfo } from 'graphql';

/** The errors for withheld fields that an operation has met so far, keyed by {@link keyOf}. */
export type Withheld = Map<string, Error>;

interface Withholding {
  withheld: Withheld;
}

/** Key of a field below a root field of the response. Names contain no spaces. */
const keyOf = (root: string | number, field: string): string => `${root} ${field}`;
const fieldIn = (key: string): string => key.slice(key.indexOf(' ') + 1);

/** The error for a field withheld below a root field of the response on its first occurrence there; null afterwards. */
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

/** Resolves a withheld field to null, with a single error however many rows withhold it. */
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
 * Puts errors in response order and keeps only the first for a field withheld below several root fields: these are
 * resolved concurrently, so which one meets it first varies.
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
