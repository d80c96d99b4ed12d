/**
 * Whether a statement failed on the named constraint or unique index. The driver's message quotes the offending values,
 * so it must never reach a client.
 */
export function breaksConstraint(error: unknown, constraint: string): boolean {
  // drizzle wraps the driver's error.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (cause as { constraint_name?: string } | null)?.constraint_name === constraint;
}
