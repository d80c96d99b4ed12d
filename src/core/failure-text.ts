/** What went wrong at the origin, at most 300 characters: errors around it repeat the statement with its values. */
export function failureText(error: unknown): string {
  let origin = error;
  while (origin instanceof Error && origin.cause instanceof Error) origin = origin.cause;
  const code = (origin as { code?: unknown })?.code;
  const text = origin instanceof Error ? origin.message : String(origin);
  return (code === undefined ? text : `${code}: ${text}`).slice(0, 300);
}
