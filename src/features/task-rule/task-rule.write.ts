import { type SQL, sql } from 'drizzle-orm';
import { taskHolders } from '../../core/access/policy.ts';
import { type Database, queryJson, writeAs } from '../../core/database/database.ts';
import { texts, uuids } from '../../core/database/rows.ts';
import { messageIn } from '../../core/locale.ts';
import { aroundTheClock, type WorkingCalendar } from '../../core/time/calendar.ts';
import { dueAt } from '../../core/time/due.ts';
import { dateIn } from '../../core/time/zone.ts';
import { durationMs } from '../../core/validation/duration.ts';
import { calendarOf, readCalendars } from '../../domains/organisation/calendar.service.ts';
import { lockFilesOf } from '../../domains/task/task.lock.ts';
import { isSetting, type Reason, type RuleSettings, type TaskRule } from './task-rule.types.ts';
import { taskRules } from './task-rules.ts';

/** Most events, and most tasks of a rule that are opened, or closed, in one step. */
const batchSize = 500;

export interface RuleClock {
  /** Business time. */
  now: Date;
  settings: RuleSettings;
}

interface Step {
  /** Tasks that were opened or closed. */
  changes: number;
  /** There is more to be evaluated. */
  isBehind: boolean;
}

const idle: Step = { changes: 0, isBehind: false };

/**
 * Evaluates the rules for the files that the next events of the log have changed, in one transaction with the place in the
 * log: each event counts once, however many instances run and wherever one of them is killed. Another instance that is at it
 * leaves nothing to do.
 */
export const advanceTaskRules = (db: Database, clock: RuleClock): Promise<Step> =>
  bySystem(db, async (tx) => {
    const next = await nextEvents(tx);
    if (!next) return idle;
    const total = { ...idle };
    for (const rule of taskRules) {
      const touched = next.events.filter(({ subject }) => rule.watches.includes(subject));
      const files = [...new Set(touched.map(({ customerId }) => customerId))];
      // What was evaluated of another log is unknown: evaluate all files.
      if (next.isOtherLog) add(total, await evaluate(tx, rule, null, clock));
      else if (files.length > 0) add(total, await evaluate(tx, rule, files, clock));
    }
    // The same events again, until the rules have nothing left to do for them.
    if (total.isBehind) return total;
    await tx.execute(sql`update task_rule_head set epoch = ${next.epoch}, seq = ${next.seq}`);
    return { ...total, isBehind: next.isBehind };
  });

/**
 * Evaluates the rules that go by time for all files, and closes what ended unnoticed, as far as one step goes. One of several
 * instances does it.
 */
export const tickTaskRules = (db: Database, clock: RuleClock): Promise<Step> =>
  bySystem(db, async (tx) => {
    if (!(await lockHead(tx))) return idle;
    const total = { ...idle };
    for (const rule of taskRules) {
      if (rule.isTimed) add(total, await evaluate(tx, rule, null, clock));
      else if (rule.endsUnnoticed) add(total, await evaluate(tx, { ...rule, reasons: null }, null, clock));
    }
    return total;
  });

const add = (total: Step, { changes, isBehind }: Step): void => {
  total.changes += changes;
  total.isBehind ||= isBehind;
};

/** What rules write has no actor; each task names its rule. */
const bySystem = (db: Database, work: (tx: Database) => Promise<Step>): Promise<Step> =>
  writeAs(db, { actorId: null, source: 'SYSTEM' }, work);

const lockHead = async (tx: Database) => {
  const [head] = await tx.execute<{ epoch: string; seq: string }>(
    sql`select epoch, seq from task_rule_head for update skip locked`,
  );
  return head;
};

interface NextEvents {
  epoch: string;
  seq: number;
  isOtherLog: boolean;
  isBehind: boolean;
  events: { customerId: string; subject: string }[];
}

/** Null where another instance is at it, or nothing has happened. */
async function nextEvents(tx: Database): Promise<NextEvents | null> {
  const head = await lockHead(tx);
  if (!head) return null;
  const next = await queryJson<Omit<NextEvents, 'isBehind'> & { last: number }>(
    tx,
    sql`with page as (select seq, customer_id, subject from event_log where seq > ${head.seq}::bigint order by seq limit ${batchSize}::int)
      select json_build_object('epoch', epoch, 'last', last_seq,
        'isOtherLog', epoch <> ${head.epoch} or trimmed_to > ${head.seq}::bigint or last_seq < ${head.seq}::bigint,
        'seq', coalesce((select max(seq) from page), last_seq),
        'events', (select coalesce(json_agg(json_build_object('customerId', customer_id, 'subject', subject)), '[]')
                   from (select distinct customer_id, subject from page) changed))
      from stream_head`,
  );
  const isFirst = head.epoch === '';
  if (!next.isOtherLog && next.seq === Number(head.seq)) return null;
  if (!next.isOtherLog) return { ...next, isBehind: next.seq < next.last };
  // What was there before the rules is no news.
  return { ...next, seq: next.last, isBehind: false, isOtherLog: !isFirst, events: [] };
}

/** Opens the tasks of a rule for which there is a reason, and closes those whose reason is gone, as far as one step goes. */
async function evaluate(
  tx: Database,
  rule: TaskRule,
  fileIds: readonly string[] | null,
  clock: RuleClock,
): Promise<Step> {
  const files = fileIds && uuids(fileIds);
  const now = sql`${clock.now.toISOString()}::timestamptz`;
  const today = sql`${dateIn(clock.settings.timeZone, clock.now)}::date`;
  const { settings } = clock;
  const scope = { files, now, today, timeZone: sql`${settings.timeZone}::text`, settings };
  const reasons = rule.reasons?.(scope);
  const closed = await findClosed(tx, rule, reasons, rule.holds?.(scope), rule.isOutsideFile ? null : files);
  const opened = reasons ? await findReasons(tx, rule, reasons, closed) : [];
  if (opened.length + closed.length === 0) return idle;
  // In the order in which every write locks files.
  await lockFilesOf(
    tx,
    sql`select unnest(${uuids([...opened.map((reason) => reason.customer_id), ...closed.flatMap((one) => one.customer_id ?? [])])})`,
  );
  const closedIds = closed.map(({ id }) => id);
  await closeTasks(tx, closedIds, messageIn(clock.settings.language, rule.closes), now);
  await openTasks(tx, rule, opened, clock);
  const isBehind = Math.max(opened.length, closed.length) === batchSize;
  return { changes: opened.length + closed.length, isBehind };
}

/** Those for which no task is open, but for one that is to be closed. */
const findReasons = (
  tx: Database,
  { name }: TaskRule,
  reasons: SQL,
  closed: readonly { id: string }[],
): Promise<Reason[]> =>
  queryJson(
    tx,
    sql`select coalesce(json_agg(found), '[]') from (
      select r.* from (${reasons}) r
      where not exists (select from task t where t.rule = ${name} and t.subject_id = r.subject_id
                        and (t.state = 'OPEN' and t.id <> all (${uuids(closed.map(({ id }) => id))}) or t.occasion = r.occasion))
      limit ${batchSize}::int) found`,
  );

const findClosed = (
  tx: Database,
  { name }: TaskRule,
  reasons: SQL | undefined,
  holds: SQL | undefined,
  files: SQL | null,
): Promise<{ id: string; customer_id: string | null }[]> =>
  queryJson(
    tx,
    sql`select coalesce(json_agg(found), '[]') from (select t.id, t.customer_id from task t
      where t.rule = ${name} and t.state = 'OPEN' and ${files ? sql`t.customer_id = any(${files})` : sql`true`}
        and not (${holds ?? sql`exists (select from (${reasons ?? sql`select null::uuid as subject_id, '' as occasion`}) r where r.subject_id = t.subject_id and r.occasion = t.occasion)`})
      limit ${batchSize}::int) found`,
  );

/** Whether the employee `e` can do the task that the row `r` is for; else the file's owner does. */
const mayHold = sql`e.id = r.assignee_id and e.disabled_at is null
  and e.role = any(${texts(taskHolders)})`;

/** When whoever is to do each task works: by their team's calendar, or else the organisation's. Two statements. */
async function calendarsFor(
  tx: Database,
  timeZone: string,
  reasons: readonly Pick<Reason, 'customer_id' | 'assignee_id'>[],
): Promise<WorkingCalendar[]> {
  const holders = reasons.map(({ customer_id, assignee_id }, place) => ({ place, customer_id, assignee_id }));
  const teams = await queryJson<Record<string, string | null>>(
    tx,
    sql`select coalesce(json_object_agg(r.place, case when e.id is null then o.team_id else e.team_id end), '{}')
        from jsonb_to_recordset(${JSON.stringify(holders)}::text::jsonb) r (place integer, customer_id uuid, assignee_id uuid)
        join customer f on f.id = r.customer_id join employee o on o.id = f.owner_id left join employee e on ${mayHold}`,
  );
  const calendars = await readCalendars(tx);
  return reasons.map((_, place) => calendarOf(calendars, timeZone, teams[place] ?? null));
}

/** Writes tasks of a rule. One for which there is none to do it goes to the owner of the file. */
export async function openTasks(
  tx: Database,
  rule: Pick<TaskRule, 'name' | 'kind' | 'title' | 'due' | 'isOutsideFile'>,
  reasons: readonly (Reason & { opened_by_id?: string; department_id?: string | null })[],
  { now, settings }: RuleClock,
): Promise<string[]> {
  if (reasons.length === 0) return [];
  const { within, counting } = rule.due;
  // What is due whether or not anybody works needs no calendar.
  const calendars = counting === 'ELAPSED' ? [] : await calendarsFor(tx, settings.timeZone, reasons);
  const rows = reasons.map((reason, i) => {
    const start = new Date(reason.due_at ?? reason.since);
    const due = dueAt({
      start,
      durationMs: reason.due_at ? 0 : durationMs(isSetting(within) ? settings[within] : within),
      counting,
      calendar: calendars[i] ?? aroundTheClock(settings.timeZone),
    });
    return { ...reason, fields: reason.fields?.map(fieldOf) ?? null, due_at: due?.at.toISOString() ?? null };
  });
  const made = await tx.execute<{ id: string }>(sql`
    insert into task (customer_id, kind, title, rule, subject_prefix, subject_id, occasion, assignee_id, opened_by_id, department_id, due_at,
                      fields, reported, created_at, updated_at)
    select ${rule.isOutsideFile ? sql`null::uuid` : sql`r.customer_id`}, ${rule.kind}, ${messageIn(settings.language, rule.title)}, ${rule.name}, r.subject_prefix, r.subject_id, r.occasion,
           coalesce((select e.id from employee e where ${mayHold}), f.owner_id),
           r.opened_by_id, r.department_id, r.due_at, r.fields, r.reported, ${now.toISOString()}, ${now.toISOString()}
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
           r (customer_id uuid, subject_prefix text, subject_id uuid, occasion text, assignee_id uuid, opened_by_id uuid, department_id uuid,
              due_at timestamptz, fields text[], reported text)
    join customer f on f.id = r.customer_id
    order by r.customer_id
    on conflict do nothing
    returning id`);
  return made.map(({ id }) => id);
}

/** The name of a column's field. */
const fieldOf = (column: string): string =>
  column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

async function closeTasks(tx: Database, ids: readonly string[], outcome: string, now: SQL): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(sql`
    update task set state = 'DONE', outcome = ${outcome}, completed_at = ${now}, snoozed_until = null
    where id = any(${uuids(ids)}) and state = 'OPEN'`);
}
