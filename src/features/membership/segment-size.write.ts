import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../../core/database/database.ts';
import { type Clock, today } from '../../core/model/operator-compiler.ts';
import { aliases } from '../../core/model/read-context.ts';
import { readSettings } from '../../core/settings/live-settings.ts';
import { membershipOf, readRules } from './live-rule.service.ts';

/** How many days samples are kept: three years. */
export const keptDays = 1_100;
/** Time limit for one rule; a slower one is not sampled that day. */
const sampleTimeoutMs = 5_000;

/**
 * Counts the members of the next segment that has no sample for today, or none since it changed; false when there is no
 * such segment. Counts by the rule alone and per file owner; the viewer's rights are applied when a sample is read.
 *
 * All instances together sample one segment at a time; a rule that fails or takes too long leaves an empty sample.
 */
export async function sampleNextSize(db: Database, { now }: Pick<Clock, 'now'>): Promise<boolean> {
  return db.transaction(async (tx) => {
    const organisation = await readSettings(tx);
    const clock = { now, timeZone: organisation.timeZone };
    const day = today(clock);
    const segmentId = await queryJson<string | null | undefined>(
      tx,
      sql`select to_json((
            select s.id from segment s
            where s.kind = 'DYNAMIC' and not exists (
              select from segment_size z where z.segment_id = s.id and z.day = ${day} and z.taken_at >= s.updated_at)
            order by s.id limit 1))
          where pg_try_advisory_xact_lock(hashtext('segment_size'))`,
    );
    if (segmentId == null) return false;
    const sample = (sizes: unknown) => sql`
      insert into segment_size (segment_id, day, sizes, taken_at) values (${segmentId}::uuid, ${day}, ${sizes}, business_now())
      on conflict (segment_id, day) do update set sizes = excluded.sizes, taken_at = excluded.taken_at`;
    try {
      const saved = await readRules(tx, [segmentId]);
      const isMember = membershipOf(saved.get(segmentId)?.rule ?? {}, saved, organisation);
      const next = aliases();
      const alias = next();
      const file = sql.raw(alias);
      const counted = sql`(select coalesce(jsonb_object_agg(owner_id, files), '{}') from (
        select ${file}.owner_id, count(*) as files from customer ${file} where ${isMember(alias, next, clock)} group by 1) o)`;
      await tx.transaction(async (attempt) => {
        await attempt.execute(sql`select set_config('statement_timeout', ${String(sampleTimeoutMs)}, true)`);
        await attempt.execute(sample(counted));
      });
    } catch {
      await tx.execute(sample(sql`null`));
    }
    return true;
  });
}

/** Deletes samples older than three years and returns their number. */
export const trimSizes = (db: Database, clock: Clock): Promise<number> =>
  queryJson(
    db,
    sql`with gone as (delete from segment_size where day < ${today(clock)} - ${keptDays}::int returning day)
        select count(*)::int from gone`,
  );
