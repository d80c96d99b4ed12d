import { type SQL, sql } from 'drizzle-orm';
import { membershipSubject } from '../changes/audience.ts';
import type { Database } from '../database/database.ts';
import type { Clock } from '../model/condition.ts';
import { aliases } from '../model/reading.ts';
import { type LiveRule, uuids } from './live-rule.service.ts';
import type { Cause, MembershipChange } from './membership-event.write.ts';
import { readsChange } from './rule-reads.ts';

/** Files that may have come into a segment or left it. */
export interface Asked {
  rule: LiveRule;
  customerIds: Set<string>;
}

/** Segments judged in one statement: each brings its whole rule, and a statement has 65,535 parameters at most. */
const rulesPerStatement = 50;

/** A change of a file, as a possible cause. */
interface PossibleCause extends Cause {
  customerId: string;
  subject: string;
}

interface Judgement {
  changes: { segmentId: string; customerId: string; version: number; isMember: boolean }[];
  causes: PossibleCause[];
}

/**
 * Which of the files came or left since they were last judged: each file is looked up once and judged for those
 * segments only that asked for it. `after` is the place in the log from which on changes count as causes.
 *
 * One statement for 50 segments, however many files.
 */
export async function judgeFiles(
  tx: Database,
  { asked, clock, after }: { asked: readonly Asked[]; clock: Clock; after: number },
): Promise<MembershipChange[]> {
  const asking = asked.filter(({ customerIds }) => customerIds.size > 0);
  const found: MembershipChange[] = [];
  for (let from = 0; from < asking.length; from += rulesPerStatement) {
    const some = asking.slice(from, from + rulesPerStatement);
    const { changes, causes } = await runOnce<Judgement>(tx, judgement(some, clock, after));
    const rules = new Map(some.map(({ rule }) => [rule.segmentId, rule]));
    for (const { segmentId, customerId, version, isMember } of changes) {
      const rule = rules.get(segmentId) as LiveRule;
      const isCause = (cause: PossibleCause) =>
        cause.customerId === customerId &&
        cause.version <= version &&
        readsChange(rule.reads, cause.subject, cause.fields);
      const cause = causes.findLast(isCause) ?? byTime(clock.now);
      found.push({ segmentId, customerId, isMember, cause });
    }
  }
  return found;
}

/** A file that is gone has no version: whatever happened to it came before. */
const versionOfGone = 2_147_483_647;

function judgement(asked: readonly Asked[], { now }: Clock, after: number): SQL {
  const next = aliases();
  const alias = next();
  const file = sql.raw(alias);
  const holds = asked.map(
    ({ rule, customerIds }) =>
      sql`case when w.id = any(${uuids([...customerIds])}::uuid[]) then ${file}.id is not null and ${rule.isMember(alias, next, now)} end`,
  );
  const everyId = [...new Set(asked.flatMap(({ customerIds }) => [...customerIds]))];
  const segmentIds = asked.map(({ rule }) => rule.segmentId);
  const cause = sql`customer_id, version, subject, fields, actor_id, source, request_id, occurred_at`;
  // The causes are read in the snapshot that the files are judged in, so none is later than the judgement.
  return sql`with judged as materialized (
      select w.id, coalesce(${file}.version, ${versionOfGone}::int) as version, array[${sql.join(holds, sql`, `)}] as holds
      from unnest(${uuids(everyId)}::uuid[]) w (id) left join customer ${file} on ${file}.id = w.id
    ), changed as materialized (
      select s.segment_id, j.id as customer_id, j.version, j.holds[s.place] as is_member
      from judged j cross join unnest(${uuids(segmentIds)}::uuid[]) with ordinality s (segment_id, place)
      left join live_member m on m.segment_id = s.segment_id and m.customer_id = j.id
      where j.holds[s.place] <> (m.customer_id is not null)
    ), cause as (
      select ${cause} from event_log where seq > ${after}::bigint and customer_id in (select customer_id from changed)
      union all
      select ${cause} from outbox where customer_id in (select customer_id from changed)
    )
    select json_build_object(
      'changes', (select coalesce(json_agg(json_build_object('segmentId', segment_id, 'customerId', customer_id,
                    'version', version, 'isMember', is_member)), '[]') from changed),
      'causes', (select coalesce(json_agg(json_build_object('customerId', customer_id, 'version', version,
                   'subject', subject, 'fields', fields, 'actorId', actor_id, 'source', source, 'requestId', request_id,
                   'occurredAt', occurred_at) order by version), '[]') from cause
                 where subject <> ${membershipSubject}::text))`;
}

const byTime = (now: Date): Cause => ({
  version: 0,
  fields: [],
  actorId: null,
  source: 'TIME',
  requestId: null,
  occurredAt: now.toISOString(),
});

/** As `queryJson`, but planned anew: the text differs with the segments asked, and a kept plan would only take memory. */
async function runOnce<T>(tx: Database, statement: SQL): Promise<T> {
  const [row] = await tx.execute<{ answer: T }>(sql`select (${statement}) as answer`);
  return row?.answer as T;
}
