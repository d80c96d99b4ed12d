import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../../core/database/database.ts';
import type { BusinessClock } from '../../core/time/business-clock.ts';

export interface MovableClock extends BusinessClock {
  /** Sets it forward; it goes on from there. Throws for a moment that has passed. */
  forwardTo: (moment: Date) => Promise<void>;
}

/**
 * A business clock that can be set forward, for tests and the demonstration: for every instance that is given it, and for the SQL
 * of its database. `owner` is connected as the owner of the tables; nobody else can set it.
 *
 * Throws where there are files: nobody's deadlines are moved by mistake.
 */
export async function openMovableClock(owner: Database): Promise<MovableClock> {
  if (await queryJson<boolean>(owner, sql`select to_json(exists (select from customer))`))
    throw new Error('The business clock can be moved only in a database that has no files.');
  await owner.transaction(async (tx) => {
    await tx.execute(sql`create table if not exists business_time (ahead interval not null)`);
    await tx.execute(sql`insert into business_time select '0' where not exists (select from business_time)`);
    await tx.execute(sql`grant select on business_time to public`);
    await tx.execute(sql`
      create or replace function business_now() returns timestamptz language plpgsql stable parallel safe
      as $$ begin return now() + (select ahead from public.business_time); end $$`);
    await tx.execute(sql`
      create or replace function business_clock() returns timestamptz language plpgsql volatile parallel safe
      as $$ begin return clock_timestamp() + (select ahead from public.business_time); end $$`);
  });
  let aheadMs = 0;
  const now = () => new Date(Date.now() + aheadMs);
  return {
    now,
    forwardTo: async (moment) => {
      const stepMs = moment.getTime() - now().getTime();
      if (stepMs < 0) throw new Error(`The business clock moves only forward; it is ${now().toISOString()}.`);
      await owner.execute(
        sql`update business_time set ahead = ahead + ${stepMs}::float8 * interval '1 millisecond'`,
      );
      aheadMs += stepMs;
    },
  };
}
