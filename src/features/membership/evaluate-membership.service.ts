import { type SQL, sql } from 'drizzle-orm';
import { membershipSubject } from '../../core/changes/audience.ts';
import {
  type Database,
  fillStatement,
  queryBytes,
  type RenderedStatement,
  renderStatement,
} from '../../core/database/database.ts';
import { arrayLiteral, uuids } from '../../core/database/rows.ts';
import type { Clock } from '../../core/model/operator-compiler.ts';
import { aliases } from '../../core/model/read-context.ts';
import type { LiveRule } from './live-rule.service.ts';
import type { Cause, MembershipChange } from './membership-event.write.ts';
import { readsChange } from './rule-dependencies.ts';

/** Files that may have entered or left a segment. */
export interface EvaluationRequest {
  rule: LiveRule;
  customerIds: Set<string>;
}

/** Segments evaluated per statement, which contains all their rules and can have at most 65,535 parameters. */
const rulesPerStatement = 50;

/** A prepared statement that evaluates any number of files against some segments. */
export interface Evaluation {
  rules: readonly LiveRule[];
  statement: RenderedStatement;
}

/** A change of a file, as a possible cause. */
interface PossibleCause extends Cause {
  customerId: string;
  subject: string;
}

interface EvaluatedFile {
  changes: { segmentId: string; customerId: string; version: number; isMember: boolean }[];
  causes: PossibleCause[];
}

/** Prepares the statements that evaluate files against these segments, one per 50 segments. */
export function prepareEvaluations(rules: readonly LiveRule[]): Evaluation[] {
  const evaluations: Evaluation[] = [];
  for (let from = 0; from < rules.length; from += rulesPerStatement) {
    const some = rules.slice(from, from + rulesPerStatement);
    evaluations.push({ rules: some, statement: renderStatement(evaluationOf(some)) });
  }
  return evaluations;
}

/**
 * Finds the files that have entered or left segments since they were last evaluated. Each file is looked up once and
 * evaluated only against the segments that requested it. Changes after the log position `after` count as causes.
 *
 * One statement per 50 segments, however many files; none where nothing is requested.
 */
export async function evaluateFiles(
  tx: Database,
  evaluations: readonly Evaluation[],
  {
    requests,
    clock,
    after,
  }: { requests: readonly EvaluationRequest[]; clock: Pick<Clock, 'now'>; after: number },
): Promise<MembershipChange[]> {
  const filesBySegment = new Map(requests.map(({ rule, customerIds }) => [rule.segmentId, customerIds]));
  const found: MembershipChange[] = [];
  for (const { rules, statement } of evaluations) {
    const files = rules.map(({ segmentId }) => filesBySegment.get(segmentId) ?? new Set<string>());
    const everyId = [...new Set(files.flatMap((ids) => [...ids]))];
    if (everyId.length === 0) continue;
    const values = {
      now: clock.now.toISOString(),
      after,
      files: arrayLiteral(everyId),
      requests: `{${everyId.map((id) => files.map((ids) => (ids.has(id) ? 1 : 0)).join('')).join()}}`,
    };
    const answer = await queryBytes(tx, fillStatement(statement, values));
    const { changes, causes } = JSON.parse(String(answer)) as EvaluatedFile;
    const ruleById = new Map(rules.map((rule) => [rule.segmentId, rule]));
    const causesByFile = new Map<string, PossibleCause[]>();
    for (const cause of causes)
      causesByFile.set(cause.customerId, [...(causesByFile.get(cause.customerId) ?? []), cause]);
    for (const { segmentId, customerId, version, isMember } of changes) {
      const { reads } = ruleById.get(segmentId) as LiveRule;
      const isCause = (cause: PossibleCause) =>
        cause.version <= version && readsChange(reads, cause.subject, cause.fields);
      const cause = causesByFile.get(customerId)?.findLast(isCause) ?? byTime(clock.now);
      found.push({ segmentId, customerId, isMember, cause });
    }
  }
  return found;
}

/** The version assumed for a deleted file, so that every change of it can be the cause. */
const versionOfGone = 2_147_483_647;

function evaluationOf(rules: readonly LiveRule[]): SQL {
  const next = aliases();
  const alias = next();
  const file = sql.raw(alias);
  const request = { now: sql.placeholder('now'), oneByOne: true };
  const holds = rules.map(
    ({ isMember }, place) =>
      sql`case when get_bit(w.requested, ${sql.raw(String(place))}) = 1 then ${file}.id is not null and ${isMember(alias, next, request)} end`,
  );
  const segmentIds = rules.map(({ segmentId }) => segmentId);
  const cause = sql`customer_id, version, subject, fields, actor_id, source, request_id, occurred_at`;
  // The causes are read in the same snapshot as the files, so none is later than the evaluation.
  return sql`with evaluated as materialized (
      select w.id, coalesce(${file}.version, ${versionOfGone}::int) as version, array[${sql.join(holds, sql`, `)}] as holds
      from unnest(${sql.placeholder('files')}::uuid[], ${sql.placeholder('requests')}::varbit[]) w (id, requested) left join customer ${file} on ${file}.id = w.id
    ), changed as materialized (
      select s.segment_id, j.id as customer_id, j.version, j.holds[s.place] as is_member
      from evaluated j cross join unnest(${uuids(segmentIds)}) with ordinality s (segment_id, place)
      left join live_member m on m.segment_id = s.segment_id and m.customer_id = j.id
      where j.holds[s.place] is not null and j.holds[s.place] <> (m.customer_id is not null)
    ), cause as (
      select ${cause} from event_log where seq > ${sql.placeholder('after')}::bigint and customer_id in (select customer_id from changed)
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
