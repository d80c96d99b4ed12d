import { sql } from 'drizzle-orm';
import { membershipSubject } from '../../core/changes/audience.ts';
import { type LogPage, readLog } from '../../core/changes/event-log.ts';
import type { LogEvent } from '../../core/changes/log-event.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';
import type { Clock } from '../../core/model/operator-compiler.ts';
import { readSettings } from '../../core/settings/live-settings.ts';
import {
  type Evaluation,
  type EvaluationRequest,
  evaluateFiles,
  prepareEvaluations,
} from './evaluate-membership.service.ts';
import { type LiveRule, loadRules } from './live-rule.service.ts';
import { endLive, reevaluateMembers } from './materialized-segment.write.ts';
import { writeMembershipChanges } from './membership-event.write.ts';
import { outsideTables, readsChange } from './rule-dependencies.ts';
import { conditionKey, prepareTimeQuery, type TimeQuery, touchedBetween } from './time-driven-changes.ts';

/** Most events of the log per step. */
const batchSize = 500;
/** How often changes by the passing of time are evaluated. */
export const tickEveryMs = 1_000;

/** The rules of live segments that a process caches between steps. Invalid if the generation differs. */
export interface RememberedRules {
  generation: number;
  rules: LiveRule[];
  evaluations: readonly Evaluation[];
  timeQuery: TimeQuery | null;
}

/** The result of one step. */
export interface MembershipStep {
  /** Events of the log that it processed. */
  events: number;
  /** Evaluations: the number of files, each counted once per segment. */
  evaluated: number;
  /** Files that entered or left. */
  changes: number;
  /** Whether there is more to do now. */
  isBehind: boolean;
}

interface MembershipHead {
  epoch: string;
  seq: number;
  tickedAt: string;
  generation: number;
}

const idle: MembershipStep = { events: 0, evaluated: 0, changes: 0, isBehind: false };

/** @returns An empty cache. */
export const emptyRuleCache = (): RememberedRules => ({
  generation: -1,
  rules: [],
  evaluations: [],
  timeQuery: null,
});

/**
 * Brings the members of live segments one step further: processes the next events of the log, the time that has passed,
 * changes outside of files, and one segment whose members all have to be evaluated again. Everything, including the
 * resulting events, is one transaction.
 *
 * Any number of instances may call this at once; it does nothing while another one holds the lock. After an
 * interruption of any length, the next steps catch up.
 */
export async function advanceMembership(
  db: Database,
  { now }: Pick<Clock, 'now'>,
  remembered: RememberedRules,
): Promise<MembershipStep> {
  if (!(await queryJson<boolean>(db, sql`select to_json(exists (select from live_segment))`))) return idle;
  return db.transaction(async (tx) => {
    const head = await lockHead(tx);
    if (!head) return idle;
    const log = await readLog(tx, head.seq, batchSize);
    const clock = { now: new Date(Math.max(now.getTime(), Date.parse(head.tickedAt))) };
    const generation = await applyReferenceChanges(tx, head, clock, remembered);
    const isGap = log.epoch !== head.epoch || log.trimmedTo > head.seq || log.seq < head.seq;
    if (isGap) await markStale(tx, remembered.rules, 'UNKNOWN', clock.now);

    const isTick = clock.now.getTime() - Date.parse(head.tickedAt) >= tickEveryMs;
    const stale = await staleSegments(tx);
    const fresh = remembered.rules.filter(({ segmentId }) => !stale.has(segmentId));
    const events = isGap ? [] : log.events;
    const requests = evaluateChanges(fresh, events);
    if (isTick) await evaluateByTime(tx, requests, remembered.timeQuery, head, clock);
    const changes = await evaluateFiles(tx, remembered.evaluations, {
      requests,
      clock,
      after: isGap ? log.seq : head.seq,
    });
    await writeMembershipChanges(tx, changes);
    const renewed = await renewOne(tx, remembered.rules, clock.now);
    await moveHead(tx, head, {
      log,
      isGap,
      generation,
      tickedAt: isTick ? clock.now.toISOString() : head.tickedAt,
    });
    return {
      events: events.length,
      evaluated: requests.reduce((sum, { customerIds }) => sum + customerIds.size, 0),
      changes: changes.length + renewed,
      isBehind: events.length === batchSize || stale.size > 0,
    };
  });
}

const lockHead = (tx: Database): Promise<MembershipHead | undefined> =>
  queryJson(
    tx,
    // Generic plans, since planning a step's statements for its values takes longer than running them.
    sql`select json_build_object('epoch', epoch, 'seq', seq, 'tickedAt', ticked_at, 'generation', generation,
                                 'planning', set_config('plan_cache_mode', 'force_generic_plan', true))
        from membership_head for update skip locked`,
  );

/**
 * Processes changes outside of files: segments whose rules depend on them have to be evaluated again. Returns the
 * present generation of the remembered rules.
 */
async function applyReferenceChanges(
  tx: Database,
  head: MembershipHead,
  clock: Pick<Clock, 'now'>,
  remembered: RememberedRules,
): Promise<number> {
  // Before the notes are taken: a rule loaded after them may be one whose note comes with the next step, and what its
  // redefinition moves would be put down to the change of a file.
  if (remembered.generation !== head.generation) await loadLive(tx, remembered, head.generation, clock.now);
  const notes = await queryJson<Note[]>(
    tx,
    sql`with taken as (delete from reference_change returning *)
        select coalesce(json_agg(json_build_object('subject', subject, 'subjectId', subject_id, 'actorId', actor_id,
                                                   'occurredAt', occurred_at) order by id), '[]') from taken`,
  );
  const isRedefined = notes.some(({ subject }) => subject === 'segment' || subject === 'settings');
  const generation = head.generation + (isRedefined ? 1 : 0);
  if (isRedefined) await loadLive(tx, remembered, generation, clock.now);
  for (const note of notes) {
    const touched = remembered.rules.filter(({ reads }) => isTouched(reads, note));
    const cause = note.subject === 'segment' ? 'REDEFINED' : 'REFERENCE';
    await markStale(tx, touched, cause, new Date(note.occurredAt), note.actorId);
  }
  return generation;
}

/** Loads the rules of the live segments, and ends what can no longer be followed. */
async function loadLive(
  tx: Database,
  remembered: RememberedRules,
  generation: number,
  now: Date,
): Promise<void> {
  const broken: string[] = [];
  const ids = await queryJson<string[]>(
    tx,
    sql`select coalesce(json_agg(segment_id), '[]') from live_segment`,
  );
  const rules = await loadRules(tx, ids, (id) => broken.push(id));
  remembered.rules = rules;
  remembered.evaluations = prepareEvaluations(rules);
  remembered.timeQuery = prepareTimeQuery(
    rules.flatMap(({ reads }) => reads.times),
    (await readSettings(tx)).timeZone,
  );
  remembered.generation = generation;
  await endLive(tx, broken, now);
}

/** Whether a rule's members may be others after a change outside of files. The organisation's days are in any rule. */
function isTouched(reads: LiveRule['reads'], { subject, subjectId }: Note): boolean {
  if (subject === 'settings') return true;
  return subject === 'segment' ? reads.segments.has(subjectId ?? '') : outsideTables(reads).includes(subject);
}

interface Note {
  subject: string;
  subjectId: string | null;
  actorId: string | null;
  occurredAt: string;
}

/** Marks segments for the evaluation of all members; a segment that is already marked keeps its cause. */
async function markStale(
  tx: Database,
  rules: readonly LiveRule[],
  cause: string,
  since: Date,
  actorId: string | null = null,
): Promise<void> {
  if (rules.length === 0) return;
  const ids = uuids(rules.map(({ segmentId }) => segmentId));
  await tx.execute(
    sql`update live_segment set stale_cause = ${cause}, stale_actor_id = ${actorId}::uuid, stale_since = ${since.toISOString()}::timestamptz
        where segment_id = any(${ids}) and stale_cause is null`,
  );
}

const staleSegments = async (tx: Database): Promise<Set<string>> =>
  new Set(
    await queryJson<string[]>(
      tx,
      sql`select coalesce(json_agg(segment_id), '[]') from live_segment where stale_cause is not null`,
    ),
  );

/** The files to evaluate for each segment because something that its rule reads has changed in them. */
function evaluateChanges(rules: readonly LiveRule[], events: readonly LogEvent[]): EvaluationRequest[] {
  const changes = events.filter(({ subject }) => subject !== membershipSubject);
  return rules.map((rule) => ({
    rule,
    customerIds: new Set(
      changes
        .filter((event) => readsChange(rule.reads, event.subject, event.fields))
        .map(({ customerId }) => customerId),
    ),
  }));
}

/** Adds the files that may have entered or left by the passing of time. */
async function evaluateByTime(
  tx: Database,
  requests: readonly EvaluationRequest[],
  query: TimeQuery | null,
  head: MembershipHead,
  { now }: Pick<Clock, 'now'>,
): Promise<void> {
  if (!query) return;
  const touched = await touchedBetween(tx, query, new Date(head.tickedAt), now);
  const whole: LiveRule[] = [];
  for (const { rule, customerIds } of requests) {
    for (const condition of rule.reads.times) {
      const files = touched.get(conditionKey(condition)) ?? [];
      if (files === true) whole.push(rule);
      else for (const id of files) customerIds.add(id);
    }
  }
  await markStale(tx, whole, 'TIME', now);
}

/** Evaluates all members of the segment that has been marked longest; returns how many files entered or left. */
async function renewOne(tx: Database, rules: readonly LiveRule[], now: Date): Promise<number> {
  const stale = await queryJson<
    { segmentId: string; cause: string; actorId: string | null; since: string } | undefined
  >(
    tx,
    sql`select json_build_object('segmentId', segment_id, 'cause', stale_cause, 'actorId', stale_actor_id, 'since', stale_since)
        from live_segment where stale_cause is not null order by stale_since, segment_id limit 1`,
  );
  const rule = stale && rules.find(({ segmentId }) => segmentId === stale.segmentId);
  if (!stale || !rule) return 0;
  await tx.execute(sql`select set_config('plan_cache_mode', 'auto', true)`);
  const { fits, changes } = await reevaluateMembers(tx, rule, now, {
    version: 0,
    fields: [],
    actorId: stale.actorId,
    source: stale.cause,
    requestId: null,
    occurredAt: stale.since,
  });
  if (!fits) await endLive(tx, [rule.segmentId], now);
  await tx.execute(
    sql`update live_segment set stale_cause = null, stale_actor_id = null, stale_since = null where segment_id = ${rule.segmentId}::uuid`,
  );
  return changes;
}

async function moveHead(
  tx: Database,
  head: MembershipHead,
  to: { log: LogPage; isGap: boolean; generation: number; tickedAt: string },
): Promise<void> {
  const seq = to.isGap ? to.log.seq : (to.log.events.at(-1)?.seq ?? head.seq);
  const isSame =
    seq === head.seq && to.tickedAt === head.tickedAt && to.generation === head.generation && !to.isGap;
  if (isSame) return;
  await tx.execute(
    sql`update membership_head set epoch = ${to.log.epoch}, seq = ${seq}::bigint, ticked_at = ${to.tickedAt}::timestamptz,
          generation = ${to.generation}::bigint`,
  );
}
