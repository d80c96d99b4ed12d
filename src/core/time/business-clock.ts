/**
 * Business time: when something happens, is due, begins or ends for the people who use the system. Each operation and each step of
 * a worker reads it once; SQL that is given no moment reads `business_now()`, which is the same.
 *
 * Technical time is not its concern: tokens and sessions, ids, retries, idempotency keys, retention and the access log go by
 * the machine's clock.
 */
export interface BusinessClock {
  now: () => Date;
}

/** The machine's. */
export const realClock: BusinessClock = { now: () => new Date() };
