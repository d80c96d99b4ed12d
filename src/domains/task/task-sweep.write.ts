import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../../core/database/database.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { WorkingCalendar } from '../../core/time/calendar.ts';
import { dueAt } from '../../core/time/due.ts';
import { durationMs } from '../../core/validation/duration.ts';

/** Most tasks per transaction: few enough that nobody waits long for one of their files. */
const batchSize = 2_000;

export interface Sweep {
  /** Business time. */
  now: Date;
  settings: Pick<Settings, 'escalateAfter'>;
  /** The working hours in which tasks are escalated. */
  calendar: WorkingCalendar;
}

/**
 * Notifies of all open tasks that have come due, and escalates those that have stayed overdue up the leaders of teams;
 * returns how many. Any number of instances may run it at once: each notice is sent once.
 */
export async function sweepTasks(db: Database, { now, settings, calendar }: Sweep): Promise<number> {
  const escalateAfterMs = durationMs(settings.escalateAfter);
  const next = dueAt({ start: now, durationMs: escalateAfterMs, counting: 'ELAPSED_ROLLED', calendar });
  const escalateAt = next?.at ?? new Date(now.getTime() + escalateAfterMs);
  let all = 0;
  for (let swept = batchSize; swept === batchSize; all += swept) {
    swept = await queryJson<number>(
      db,
      sql`select to_json(sweep_tasks(${now.toISOString()}::timestamptz, ${escalateAt.toISOString()}::timestamptz, ${batchSize}::int))`,
    );
  }
  return all;
}
