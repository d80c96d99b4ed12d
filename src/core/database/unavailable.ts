/** Why the database is unavailable. Not the statement's fault: it will succeed later. */
export const unavailabilities = ['DOWN', 'OVERLOADED', 'DISK_FULL', 'DISK_FAILED', 'READ_ONLY'] as const;
export type Unavailability = (typeof unavailabilities)[number];

/** PostgreSQL's error codes (SQLSTATE), the driver's and the system's. */
const reasons: [RegExp, Unavailability][] = [
  // 08P01 is a protocol violation of ours. 57014 is a statement timeout.
  [/^08(?!P01)|^57P0/, 'DOWN'],
  [/^CONNECT|^NO_ANSWER$|^ERR_(?:SSL|STREAM_DESTROYED)/, 'DOWN'],
  [/^(?:ECONN|EPIPE$|ETIMEDOUT$|EHOST(?:UNREACH|DOWN)$|ENET(?:UNREACH|DOWN)$|ENOTFOUND$|EAI_AGAIN$)/, 'DOWN'],
  [/^53[23]00$/, 'OVERLOADED'],
  [/^53100$|^ENOSPC$/, 'DISK_FULL'],
  [/^58030$|^EIO$/, 'DISK_FAILED'],
  [/^25006$/, 'READ_ONLY'],
];

/** The reason a failure means that the database is unavailable; undefined if it means something else. */
export function unavailabilityOf(failure: unknown): Unavailability | undefined {
  for (let error = failure; error instanceof Error; error = causeOf(error)) {
    const { code, severity = '' } = error as { code?: unknown; severity?: string };
    if (typeof code !== 'string') continue;
    const [, reason] = reasons.find(([form]) => form.test(code)) ?? [];
    if (reason) return reason;
    // PostgreSQL has ended the session, or never accepted it.
    if (severity === 'FATAL' || severity === 'PANIC') return 'DOWN';
  }
  return undefined;
}

/** drizzle and graphql-js wrap the driver's error. */
const causeOf = (error: Error): unknown =>
  error.cause ?? (error as { originalError?: unknown }).originalError;
