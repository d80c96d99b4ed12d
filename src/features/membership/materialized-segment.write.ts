import { randomInt } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { membershipSubject } from '../../core/changes/audience.ts';
import { sequence, sequenceBatchSize } from '../../core/changes/sequencer.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';
import { badInputAt, notFound } from '../../core/errors.ts';
import type { Clock } from '../../core/model/operator-compiler.ts';
import { aliases } from '../../core/model/read-context.ts';
import { type LiveRule, loadRules } from './live-rule.service.ts';
import { type Cause, writeMarkers } from './membership-event.write.ts';

/** The limits on live segments. */
export interface LiveBounds {
  /** Most live segments: a change may have to be evaluated against each of them. */
  segments: number;
  /** Most members of a segment when it becomes live or its rule changes; in between it may grow to twice as many. */
  members: number;
}

/**
 * Draws the limit on members for one check at random between half of the bound and the whole. Members are counted
 * without regard to the viewer's rights, so a fixed limit would distinguish one member more from one less: with a rule
 * that matches exactly the limit, plus perhaps one hidden file, a viewer could find the value of a field that they may
 * not read.
 */
const drawn = (most: number): number => randomInt(Math.ceil(most / 2), most + 1);

const defaultBounds: LiveBounds = { segments: 500, members: 100_000 };

/**
 * Makes a segment (UUID) live, so that its members are kept up to date, and returns once the event log contains the
 * start of that: a client that then reads the members and follows from there misses nothing.
 *
 * Errors: BAD_USER_INPUT at `segmentId` (CANNOT_FOLLOW, TOO_LARGE, TOO_MANY), NOT_FOUND for a segment that no longer
 * exists.
 */
export async function goLive(
  db: Database,
  segmentId: string,
  clock: Pick<Clock, 'now'>,
  bounds = defaultBounds,
): Promise<void> {
  if (await keepLive(db, segmentId)) return;
  const began = await db.transaction(async (tx) => {
    // Under the lock; otherwise a step of the worker could pass a change that the members read here do not include yet.
    await tx.execute(sql`select from membership_head for update`);
    if (await keepLive(tx, segmentId)) return false;
    const liveCount = await queryJson<number>(tx, sql`select count(*)::int from live_segment`);
    if (liveCount >= bounds.segments) throw tooMany(bounds);
    const [rule] = await loadRules(tx, [segmentId], (_id, error) => {
      throw error;
    });
    if (!rule) throw notFound();
    await tx.execute(
      sql`insert into live_segment (segment_id, followed_at) values (${segmentId}::uuid, now())`,
    );
    // The first live segment starts from the present: before it, no members were kept.
    await tx.execute(sql`
      update membership_head set generation = generation + 1,
        epoch = case when ${liveCount === 0}::boolean then s.epoch else membership_head.epoch end,
        seq = case when ${liveCount === 0}::boolean then s.last_seq else membership_head.seq end,
        ticked_at = case when ${liveCount === 0}::boolean then ${clock.now.toISOString()}::timestamptz else ticked_at end
      from stream_head s`);
    if (!(await reevaluateMembers(tx, rule, clock.now, null, bounds)).fits) throw tooLarge(bounds);
    await writeMarkers(tx, 'STARTED', [segmentId], clock.now);
    return true;
  });
  // Events are complete only after the marker, so the caller's position in the log must be behind it: a batch that is not
  // whole has reached it.
  while (began && (await sequence(db)) === sequenceBatchSize);
}

/** Records that a segment is still followed; false if it is not live. Writes at most once a minute. */
export const keepLive = (db: Database, segmentId: string): Promise<boolean> =>
  queryJson(
    db,
    sql`with kept as (
          update live_segment set followed_at = now()
          where segment_id = ${segmentId}::uuid and followed_at < now() - interval '1 minute'
        )
        select to_json(exists (select from live_segment where segment_id = ${segmentId}::uuid))`,
  );

/** Stops keeping the members of segments that nobody has followed since an instant; returns the number of segments. */
export const forgetUnfollowed = (db: Database, since: Date): Promise<number> =>
  queryJson(
    db,
    sql`with gone as (delete from live_segment where followed_at < ${since.toISOString()}::timestamptz returning segment_id),
          head as (update membership_head set generation = generation + 1 where exists (select from gone)),
          notes as (delete from reference_change where not exists (select from live_segment) and occurred_at < now() - interval '1 hour')
        select count(*)::int from gone`,
  );

/** Stops keeping the members of segments and notifies their followers. */
export async function endLive(tx: Database, segmentIds: readonly string[], at: Date): Promise<void> {
  if (segmentIds.length === 0) return;
  await tx.execute(sql`delete from live_segment where segment_id = any(${uuids(segmentIds)})`);
  await writeMarkers(tx, 'ENDED', segmentIds, at);
}

/**
 * Evaluates all members again and writes the differences, in one statement. With a cause, there is an event for each
 * difference. If there are more members than the bounds allow (twice as many if the rule is unchanged), `fits` is false
 * and nothing is written.
 */
export async function reevaluateMembers(
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
    `A segment that is followed has at most ${members} members; half as many always fit. (可跟踪的客户分群最多 ${members} 个成员，一半以内总是可以。)`,
  );

const tooMany = ({ segments }: LiveBounds) =>
  badInputAt(
    ['segmentId'],
    'TOO_MANY',
    `At most ${segments} segments are followed at a time. (最多同时跟踪 ${segments} 个客户分群。)`,
  );
