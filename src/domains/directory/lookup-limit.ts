import { sql } from 'drizzle-orm';
import type { Actor } from '../../core/access/write-policy.ts';
import type { Database } from '../../core/database/database.ts';
import { rateLimited } from '../../core/errors.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { directoryLookup, type LookupPeriod } from './directory.table.ts';

const windowsMs: Record<LookupPeriod, number> = { BURST: 60_000, DAY: 24 * 60 * 60_000 };

/**
 * Look-ups of one employee per window. A person who types a name and pages on stays below the defaults; a script that
 * walks through the alphabet gets at most 200 pages of 20 cards a day, and meets the limit of a minute long before.
 */
export type LookupLimits = Pick<Settings, 'lookupsPerMinute' | 'lookupsPerDay'>;

interface Counter {
  [column: string]: unknown;
  period: LookupPeriod;
  lookups: number;
  windowStartedAt: string;
}

/**
 * Counts a look-up before it runs, so that parallel ones cannot exceed the limit together. One statement.
 *
 * Errors: RATE_LIMITED with the seconds to wait.
 */
export async function countLookup(
  db: Database,
  employeeId: string,
  now: Date,
  limits: LookupLimits,
): Promise<void> {
  const seconds = await secondsToWait(db, employeeId, now, limits);
  if (seconds > 0) throw rateLimited(seconds);
}

/** Whether the organisation lets somebody of this role look up in the directory at all (R7). */
export const hasDirectory = ({ viewer, settings }: Pick<Actor, 'viewer' | 'settings'>): boolean =>
  settings.directoryRoles.includes(viewer.role);

/** Counts a look-up that another operation contains; false where it must not take place: beyond the limit, or at all. */
export const mayLookUp = async (db: Database, actor: Actor): Promise<boolean> =>
  hasDirectory(actor) && (await secondsToWait(db, actor.viewer.id, actor.now, actor.settings)) === 0;

/** Counts a look-up; returns how long to wait before it is one too many no longer, 0 if it is not. */
async function secondsToWait(
  db: Database,
  employeeId: string,
  now: Date,
  { lookupsPerMinute, lookupsPerDay }: LookupLimits,
): Promise<number> {
  const limits: Record<LookupPeriod, number> = { BURST: lookupsPerMinute, DAY: lookupsPerDay };
  const at = now.toISOString();
  const windowIsOver = sql`kept.window_started_at <= ${at}::timestamptz -
    make_interval(secs => case kept.period when 'BURST' then ${windowsMs.BURST / 1000}::float8
                                           else ${windowsMs.DAY / 1000}::float8 end)`;
  // Always in this order, so that two look-ups of one employee cannot deadlock.
  const counters = await db.execute<Counter>(sql`
    insert into ${directoryLookup} as kept (employee_id, period, lookups, window_started_at)
    values (${employeeId}::uuid, 'BURST', 1, ${at}::timestamptz), (${employeeId}::uuid, 'DAY', 1, ${at}::timestamptz)
    on conflict (employee_id, period) do update set
      lookups = case when ${windowIsOver} then 1 else kept.lookups + 1 end,
      window_started_at = case when ${windowIsOver} then excluded.window_started_at else kept.window_started_at end
    returning period, lookups, window_started_at as "windowStartedAt"`);
  const waitsMs = counters
    .filter(({ period, lookups }) => lookups > limits[period])
    .map(({ period, windowStartedAt }) => Date.parse(windowStartedAt) + windowsMs[period] - now.getTime());
  return waitsMs.length > 0 ? Math.max(1, Math.ceil(Math.max(...waitsMs) / 1000)) : 0;
}

/**
 * Runs work that discloses a file only in the worst case, and then calls `count`. It counts as a look-up while it runs, so
 * that parallel ones cannot disclose more together than the limit allows, and is given back if it disclosed nothing.
 *
 * Errors: those of {@link countLookup} and of the work.
 */
export async function asLookup<T>(
  db: Database,
  employeeId: string,
  now: Date,
  limits: LookupLimits,
  work: (count: () => void) => Promise<T>,
): Promise<T> {
  await countLookup(db, employeeId, now, limits);
  let isCounted = false;
  try {
    return await work(() => {
      isCounted = true;
    });
  } finally {
    // Whatever became of the work stands: failing to give back costs one look-up.
    if (!isCounted) await giveBack(db, employeeId, now).catch(() => {});
  }
}

/** Not to a window that began later. Locks in the order of {@link countLookup}. */
const giveBack = (db: Database, employeeId: string, now: Date): Promise<unknown> =>
  db.execute(sql`
    update ${directoryLookup} kept set lookups = kept.lookups - 1
    from (select employee_id, period from ${directoryLookup}
          where employee_id = ${employeeId}::uuid and lookups > 0 and window_started_at <= ${now.toISOString()}::timestamptz
          order by period for update) given
    where kept.employee_id = given.employee_id and kept.period = given.period`);
