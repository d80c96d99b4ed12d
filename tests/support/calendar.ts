import { sql } from 'drizzle-orm';
import type { Database } from '../../src/core/database/database.ts';

/** Makes the organisation work around the clock, so that what is due does not depend on when a test runs. */
export const workAroundTheClock = (db: Database) =>
  db.execute(sql`
    update working_calendar
    set week = (select jsonb_agg('[{"from": 0, "to": 1440}]'::jsonb) from generate_series(1, 7))
    where team_id is null`);
