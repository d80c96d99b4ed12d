import { sql } from 'drizzle-orm';
import { taskHolders, verifiers } from '../../core/access/policy.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { texts } from '../../core/database/rows.ts';
import { chunksOf } from '../../core/run/chunks.ts';
import { beganInMonth } from '../../core/run/first-month.ts';
import { dayOf, declareRun, monthFrom, type RunTime } from '../../core/run/run.types.ts';
import { openTasks } from '../task-rule/task-rule.write.ts';
import { accuracyRule, revisionRule, taskRuleNamed } from '../task-rule/task-rules.ts';

/** A file to be gone through, and by whom. */
interface Review {
  customer_id: string;
  assignee_id: string;
}

/** Tasks in one transaction. */
const chunkSize = 100;

/**
 * The full revision (R97): files of the tiers that the settings name come to their owner again when they were last revised
 * longer ago than `revisionEvery`, the longest ago first, and no more open ones for anybody than the setting allows. A file
 * that was never revised counts from its opening. Looked at every day, so that the work is spread.
 */
export const fileRevision = declareRun<readonly Review[]>({
  name: 'file-revision',
  period: dayOf,
  cut: async (tx, { settings, openedAt }) =>
    chunksOf(
      await queryJson<Review[]>(
        tx,
        sql`with due as (
          select f.id, f.owner_id, f.tier, revised.at,
                 row_number() over (partition by f.owner_id order by f.tier, revised.at, f.id) as turn
          from customer f
          cross join lateral (
            select coalesce(max(t.completed_at), f.created_at) as at from task t
            where t.rule = ${revisionRule} and t.subject_id = f.id and t.state = 'DONE') revised
          where f.archived_at is null and f.tier = any(${texts(settings.revisionTiers)})
            and revised.at < ${openedAt.toISOString()}::timestamptz - ${settings.revisionEvery}::interval
            and not exists (select from task t where t.rule = ${revisionRule} and t.subject_id = f.id and t.state = 'OPEN')
        )
        select coalesce(json_agg(json_build_object('customer_id', id, 'assignee_id', owner_id) order by id), '[]')
        from due where turn + (select count(*) from task t where t.assignee_id = due.owner_id and t.state = 'OPEN'
                               and t.rule = ${revisionRule}) <= ${settings.auditTasksPerPerson}::int`,
      ),
      chunkSize,
    ),
  work: (tx, reviews, run) => openReviews(tx, reviews, run, revisionRule),
});

/**
 * The accuracy sample of a month (R102): files of each owner, drawn by a digest of file and month, so that nobody chooses them;
 * checked by the custodian, or else by somebody who may change every file, never by the owner.
 */
export const accuracySample = declareRun<readonly Review[]>({
  name: 'accuracy-sample',
  period: (clock) => monthFrom(clock.settings.auditDay, clock),
  cut: async (tx, run) => {
    const { settings, period } = run;
    if (await beganInMonth(tx, run, settings.auditDay)) return [];
    return chunksOf(
      await queryJson<Review[]>(
        tx,
        sql`with reviewer as (
          select array_agg(id order by id) as ids from employee e where ${isReviewer}
        ), drawn as (
          select f.id, f.owner_id, f.custodian_id, row_number() over (partition by f.owner_id order by md5(f.id::text || ${period})) as turn
          from customer f where f.archived_at is null
        )
        select coalesce(json_agg(json_build_object('customer_id', id, 'assignee_id', checker) order by id), '[]')
        from (
          select d.id, coalesce(
            (select e.id from employee e where e.id = d.custodian_id and e.id <> d.owner_id and ${isHolder}),
            others.ids[1 + abs(hashtext(d.id::text)) % nullif(cardinality(others.ids), 0)]) as checker
          from drawn d cross join lateral (
            select array_remove(reviewer.ids, d.owner_id) as ids from reviewer) others
          where d.turn <= ${settings.accuracySample}::int) sample
        where checker is not null`,
      ),
      chunkSize,
    );
  },
  work: (tx, reviews, run) => openReviews(tx, reviews, run, accuracyRule),
});

const isHolder = sql`e.disabled_at is null and e.role = any(${texts(taskHolders)})`;
const isReviewer = sql`e.disabled_at is null and e.role = any(${texts(verifiers)})`;

async function openReviews(
  tx: Database,
  reviews: readonly Review[],
  { period, openedAt, settings }: RunTime,
  rule: string,
): Promise<number> {
  const since = openedAt.toISOString();
  const opened = await openTasks(
    tx,
    taskRuleNamed(rule),
    reviews.map(({ customer_id, assignee_id }) => ({
      customer_id,
      assignee_id,
      subject_prefix: 'cus',
      subject_id: customer_id,
      occasion: period,
      since,
      fields: null,
      due_at: null,
    })),
    { now: openedAt, settings },
  );
  return opened.length;
}
