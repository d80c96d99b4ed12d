import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../core/database/database.ts';
import { rateLimited } from '../../core/errors.ts';
import { signInAttempt } from './session.table.ts';

/**
 * Failed sign-ins allowed per window. An address may be a whole office behind one router, hence its higher limit;
 * against a password guesser with many addresses, the account's limit is what counts.
 */
export const signInLimits = { perAccount: 10, perAddress: 100, windowMs: 15 * 60_000 } as const;

export interface SignInAttempt {
  /** E-mail address, normalised. */
  account: string;
  /** Network address of the caller. */
  address: string;
  now: Date;
}

/**
 * Counts a sign-in as failed before it is verified, so that parallel guesses cannot exceed the limit together;
 * {@link forgiveSignIn} undoes the count. Unknown accounts are counted like known ones.
 *
 * Throws RATE_LIMITED past either limit. The address is counted first: once it is refused, it cannot use up the limits
 * of other people's accounts any more.
 */
export async function countSignIn(db: Database, { account, address, now }: SignInAttempt): Promise<void> {
  // One row per statement, so that no statement holds the lock of one counter while it waits for another.
  await count(db, addressKey(address), signInLimits.perAddress, now);
  await count(db, accountKey(account), signInLimits.perAccount, now);
}

/** After a success: resets the account's counter and takes this attempt off the address's. */
export async function forgiveSignIn(db: Database, { account, address }: SignInAttempt): Promise<void> {
  await forgiveAccount(db, account);
  await uncount(db, addressKey(address));
}

/** Resets an account's counter. */
export async function forgiveAccount(db: Database, account: string): Promise<void> {
  await db.delete(signInAttempt).where(sql`key = ${accountKey(account)}`);
}

/** After an attempt that was never verified, because the server was overloaded: takes it off both counters. */
export async function withdrawSignIn(db: Database, { account, address }: SignInAttempt): Promise<void> {
  await uncount(db, accountKey(account));
  await uncount(db, addressKey(address));
}

/** Deletes counters whose window is over. Returns how many. */
export async function trimSignInAttempts(db: Database, now: Date): Promise<number> {
  // Skips counters that are being written right now, since their window is starting again.
  const rows = await db.execute(sql`
    delete from ${signInAttempt} where key in (
      select key from ${signInAttempt} where window_started_at <= ${windowStart(now)} for update skip locked
    ) returning 1`);
  return rows.length;
}

async function count(db: Database, key: string, limit: number, now: Date): Promise<void> {
  const rows = await db.execute<{ failures: number; windowStartedAt: string }>(sql`
    insert into ${signInAttempt} as attempt (key, failures, window_started_at)
    values (${key}, 1, ${now.toISOString()})
    on conflict (key) do update set
      failures = case when attempt.window_started_at <= ${windowStart(now)} then 1
                      else least(attempt.failures, ${limit}) + 1 end,
      window_started_at = case when attempt.window_started_at <= ${windowStart(now)} then excluded.window_started_at
                               else attempt.window_started_at end
    returning failures, window_started_at as "windowStartedAt"`);
  for (const { failures, windowStartedAt } of rows) {
    if (failures <= limit) continue;
    const leftMs = Date.parse(windowStartedAt) + signInLimits.windowMs - now.getTime();
    throw rateLimited(Math.max(1, Math.ceil(leftMs / 1000)));
  }
}

const uncount = (db: Database, key: string) =>
  db.execute(sql`update ${signInAttempt} set failures = failures - 1 where key = ${key} and failures > 0`);

const windowStart = (now: Date): SQL =>
  sql`${new Date(now.getTime() - signInLimits.windowMs).toISOString()}::timestamptz`;

/** Hashed, so that the table holds nobody's address, known or mistyped. */
const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
const accountKey = (account: string): string => `account:${digest(account)}`;
const addressKey = (address: string): string => `address:${digest(networkOf(address))}`;

/** An IPv6 caller can choose among the 2^64 addresses of its network, so attempts are counted per network (/64). */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  const [withoutZone = ''] = address.split('%');
  if (!isIPv6(withoutZone)) return address;
  const [head = '', tail] = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1).split('::');
  const before = head ? head.split(':') : [];
  const after = tail ? tail.split(':') : [];
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
