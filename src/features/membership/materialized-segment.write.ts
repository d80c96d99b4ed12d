import { randomInt } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { membershipSubject } from '../../core/changes/audience.ts';
import { sequence } from '../../core/changes/sequencer.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { badInputAt, notFound } from '../../core/errors.ts';
import type { Clock } from '../../core/model/operator-compiler.ts';
import { aliases } from '../../core/model/read-context.ts';
import { type LiveRule, loadRules, uuids } from './live-rule.service.ts';
import { type Cause, writeMarkers } from './membership-event.write.ts';

/** What following segments may cost. */
export interface LiveBounds {
  /** Segments followed at the same time: a change may have to be judged against each of them. */
  segments: number;
  /** Members of a segment when it becomes live and when its rule changes; it may grow to twice as many in between. */
  members: number;
}

/**
 * How many members are too many this time: between half of the bound and all of it. The members counted are those of
 * the rule alone, the asker sees only some. A bound that stayed the same would tell one more from one less: with a rule
 * that holds for exactly so many, or besides for one hidden file, the value of a field nobody may read.
 */
const drawn = (most: number): number => randomInt(Math.ceil(most / 2), most + 1);

const defaultBounds: LiveBounds = { segments: 500, members: 100_000 };

/** The event log's end has passed the marker once fewer than these moved. */
const wholeBatch = 5_000;

/**
 * Sees to it that the members of a segment (UUID) are kept from now on, and returns when the event log says so: whoever
 * reads the members after that and follows from there misses nothing.
 *
 * Errors: BAD_USER_INPUT at `segmentId` (CANNOT_FOLLOW, TOO_LARGE, TOO_MANY), NOT_FOUND for a segment that is gone.
 */
export async function goLive(
  db: Database,
  segmentId: string,
  clock: Clock,
  bounds = defaultBounds,
): Promise<void> {
  if (await keepLive(db, segmentId)) return;
  const began = await db.transaction(async (tx) => {
    // Under the lock, or a step of the worker could pass over a change that the members read here do not hold yet.
    await tx.execute(sql`select from membership_head for update`);
    if (await keepLive(tx, segmentId)) return false;
    const liveCount = await queryJson<number>(tx, sql`select count(*)::int from live_segment`);
    if (liveCount >= bounds.segments) throw tooMany(bounds);
    const [rule] = await loadRules(tx, [segmentId], clock.timeZone, (_id, error) => {
      throw error;
    });
    if (!rule) throw notFound();
    await tx.execute(
      sql`insert into live_segment (segment_id, followed_at) values (${segmentId}::uuid, now())`,
    );
    // The first one sets out from the present: what came before it was kept for nobody.
    await tx.execute(sql`
      update membership_head set generation = generation + 1,
        epoch = case when ${liveCount === 0}::boolean then s.epoch else membership_head.epoch end,
        seq = case when ${liveCount === 0}::boolean then s.last_seq else membership_head.seq end,
        ticked_at = case when ${liveCount === 0}::boolean then ${clock.now.toISOString()}::timestamptz else ticked_at end
      from stream_head s`);
    if (!(await replaceMembers(tx, rule, clock.now, null, bounds)).fits) throw tooLarge(bounds);
    await writeMarkers(tx, 'STARTED', [segmentId], clock.now);
    return true;
  });
  // Events that follow the marker are whole; so the caller's place in the log has to be behind it.
  while (began && (await sequence(db)) === wholeBatch);
}

/** Notes that a segment is still followed; false where it is not live. Writes at most once a minute. */
export const keepLive = (db: Database, segmentId: string): Promise<boolean> =>
  queryJson(
    db,
    sql`with kept as (
          update live_segment set followed_at = now()
          where segment_id = ${segmentId}::uuid and followed_at < now() - interval '1 minute'
        )
        select to_json(exists (select from live_segment where segment_id = ${segmentId}::uuid))`,
  );

/** Forgets the members of segments that nobody has followed since an instant; returns how many segments. */
export const forgetUnfollowed = (db: Database, since: Date): Promise<number> =>
  queryJson(
    db,
    sql`with gone as (delete from live_segment where followed_at < ${since.toISOString()}::timestamptz returning segment_id),
          head as (update membership_head set generation = generation + 1 where exists (select from gone)),
          notes as (delete from reference_change where not exists (select from live_segment) and occurred_at < now() - interval '1 hour')
        select count(*)::int from gone`,
  );

/** Stops keeping the members of segments, and tells their followers. */
export async function endLive(tx: Database, segmentIds: readonly string[], at: Date): Promise<void> {
  if (segmentIds.length === 0) return;
  await tx.execute(sql`delete from live_segment where segment_id = any(${uuids(segmentIds)}::uuid[])`);
  await writeMarkers(tx, 'ENDED', segmentIds, at);
}

/**
 * Asks for all members anew and writes what differs: one statement, a set difference. With a cause each difference is
 * told. `fits` is false, and nothing written, where there are more members than the bounds allow; twice as many where the
 * rule is what it was.
 */
export async function replaceMembers(
  tx: Database,
  rule: LiveRule,
  now: Date,
  cause: Cause | null,
  { members }: LiveBounds = defaultBounds,
): Promise<{ fits: boolean; changes: number }> {
  const next = aliases();
  const alias = next();
  const segmentId = sql`${rule.segmentId}::uuid`;
  const isNew = cause === null || cause.source === 'REDEFINED';
  const most = drawn(isNew ? members : 2 * members);
  const fits = sql`(select count(*) from present) <= ${most}::int`;
  const emitted = cause ? emitDifference(rule.segmentId, cause) : sql``;
  return queryJson(
    tx,
    sql`with present as materialized (
          select ${sql.raw(alias)}.id from customer ${sql.raw(alias)} where ${rule.isMember(alias, next, { now })}
          limit ${most + 1}::int
        ), gone as (
          delete from live_member m where segment_id = ${segmentId} and ${fits}
            and not exists (select from present p where p.id = m.customer_id) returning customer_id
        ), come as (
          insert into live_member (segment_id, customer_id) select ${segmentId}, id from present p where ${fits}
            and not exists (select from live_member m where m.segment_id = ${segmentId} and m.customer_id = p.id)
          returning customer_id
        )${emitted}
        select json_build_object('fits', ${fits}, 'changes', (select count(*) from gone) + (select count(*) from come))`,
  );
}

const emitDifference = (segmentId: string, { actorId, source, occurredAt }: Cause): SQL => sql`, emitted as (
  insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, source, occurred_at, transaction_id)
  select customer_id, 0, type, ${membershipSubject}::text, ${segmentId}::uuid, '{}', ${actorId}::uuid, ${source}::text,
         ${occurredAt}::timestamptz, pg_current_xact_id()::text::bigint
  from (select customer_id, 'LEFT' as type from gone union all select customer_id, 'ENTERED' from come) difference
  order by customer_id)`;

const tooLarge = ({ members }: LiveBounds) =>
  badInputAt(
    ['segmentId'],
    'TOO_LARGE',
    `A segment that is followed has at most ${members} members; half as many always fit. (可跟踪的细分最多 ${members} 个成员，一半以内总是可以。)`,
  );

const tooMany = ({ segments }: LiveBounds) =>
  badInputAt(
    ['segmentId'],
    'TOO_MANY',
    `At most ${segments} segments are followed at a time. (最多同时跟踪 ${segments} 个细分。)`,
  );
