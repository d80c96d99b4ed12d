import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../database/database.ts';
import type { RunTime } from './run.types.ts';

/**
 * Whether the organisation began with this system in the month of a monthly run, on its day or later. Then nobody expects its work
 * before the next month: it would be about all the files that have just been brought in, at once.
 */
export const beganInMonth = (tx: Database, { period, settings }: RunTime, day: number): Promise<boolean> =>
  queryJson(
    tx,
    sql`select to_json(exists (
      select from settings, lateral (values ((created_at at time zone ${settings.timeZone})::date)) began (day)
      where to_char(began.day, 'YYYY-MM') = ${period} and began.day >= (${period} || '-01')::date + ${day - 1}::int))`,
  );
