import { type SQL, sql } from 'drizzle-orm';
import type { RuleScope, TaskRule } from './task-rule.types.ts';

/** Of a column that holds a file's id. */
const inScope = (column: SQL, { files }: RuleScope): SQL =>
  files ? sql`${column} = any(${files})` : sql`true`;

/** Tasks opened by `reportChange` have this rule. */
export const contactChangeRule = 'contact-change';

/** After how many days without contact a file is followed up, by its stage, and how many such tasks a day one owner gets. */
const quietDays = { POTENTIAL: 30, INTENT: 14, WON: 60 };
const mostQuietADay = 5;
const lastContact = sql`coalesce(f.last_interaction_at, f.created_at)`;
const quietSince = sql`to_char(${lastContact} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')`;

const grantEnd = sql`to_char(g.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')`;

/** What a reason must name; see `Reason`. */
const noFields = sql`null::text[] as fields`;
const noTime = sql`null::timestamptz as due_at`;

/**
 * The days for which something is to be prepared, today first, each with its `month_day`. What was on 29 February is on the
 * 28th of a common year.
 */
const daysAhead = ({ today }: RuleScope): SQL => sql`(
  select day::date as at, key from generate_series(${today}, ${today} + ${preparedDays}::int, interval '1 day') day
  cross join lateral (select month_day(day::date) union
                      select 229 where month_day(day::date) = 228 and month_day(day::date + 1) = 301) keys (key))`;
const preparedDays = 7;
const birthdayOf = sql`(month_day(c.birthday) || ' ' || f.owner_id)`;
const isFirstOrder = sql`d.stage = 'WON' and f.archived_at is null and not exists (
  select from deal e where e.customer_id = d.customer_id and e.stage = 'WON' and (e.effective_on, e.id) < (d.effective_on, d.id))`;
const onTheMorning = ({ timeZone }: RuleScope): SQL =>
  sql`((days.at + time '09:00') at time zone ${timeZone}) as due_at`;

/** Every rule that opens tasks. The next one is a declaration here. */
export const taskRules: readonly TaskRule[] = [
  {
    name: contactChangeRule, // R93
    kind: 'UPDATE_CONTACT_CHANGE',
    title: 'Check a reported change and enter it (核实并更新上报的变更)',
    closes: 'The reported field was changed. (上报的字段已更新。)',
    due: { within: 'changeDueWithin', counting: 'ELAPSED_ROLLED' },
    watches: ['customer', 'contact'],
    isTimed: false,
    reasons: null,
    holds: () => sql`not exists (
      select from file_change h where h.customer_id = t.customer_id and h.subject_id = t.subject_id and h.occurred_at > t.created_at
        and (h.field is null and h.operation = 'DELETE'
             or h.field in (select lower(regexp_replace(name, '([A-Z])', '_\\1', 'g')) from unnest(t.fields) name)))`,
  },
  {
    name: 'invalid-number', // R93
    kind: 'UPDATE_CONTACT_CHANGE',
    title: 'Find the right telephone number (核实无效号码)',
    closes:
      'The number was changed or is valid after all, or the file is in other hands. (号码已更新或有效，或档案已换负责人。)',
    due: { within: 'changeDueWithin', counting: 'ELAPSED_ROLLED' },
    watches: ['contact', 'customer'],
    isTimed: false,
    // That a number is invalid is for those who read numbers, and not all do who read a file's tasks.
    isOutsideFile: true,
    reasons: (scope) => sql`
      select c.customer_id, 'con' as subject_prefix, c.id as subject_id, coalesce(marked.version, 0) || ' ' || f.owner_id as occasion,
             coalesce(marked.occurred_at, ${scope.now}) as since,
             f.owner_id as assignee_id, array_remove(array[case when c.phone_fault is not null then 'phone' end,
                                                           case when c.mobile_fault is not null then 'mobile' end], null) as fields, ${noTime}
      from contact c join customer f on f.id = c.customer_id
      left join lateral (
        select h.version, h.occurred_at from file_change h
        where h.customer_id = c.customer_id and h.subject_id = c.id and h.field in ('phone_fault', 'mobile_fault') and h.new_value is not null
        order by h.version desc limit 1) marked on true
      where (c.phone_fault is not null or c.mobile_fault is not null) and f.archived_at is null and ${inScope(sql`c.customer_id`, scope)}`,
    // A second number of theirs is no second task.
    holds: () => sql`exists (
      select from contact c join customer f on f.id = c.customer_id
      where c.id = t.subject_id and (c.phone_fault is not null or c.mobile_fault is not null) and f.archived_at is null
        and split_part(t.occasion, ' ', 2) = f.owner_id::text)`,
  },
  {
    name: 'need-change', // R94
    kind: 'RECORD_NEED_CHANGE',
    title: 'Record how the needs have changed (登记需求变更)',
    closes: 'A need was written since. (需求已更新。)',
    due: { within: 'needDueWithin', counting: 'ELAPSED_ROLLED' },
    watches: ['interaction', 'need'],
    isTimed: false,
    reasons: (scope) => sql`
      select i.customer_id, 'int' as subject_prefix, i.id as subject_id, i.id::text as occasion, i.created_at as since,
             null::uuid as assignee_id, ${noFields}, ${noTime}
      from interaction i
      where i.needs_changed and ${inScope(sql`i.customer_id`, scope)} and i.created_at > ${scope.now} - interval '90 days'
        and not exists (select from need n where n.customer_id = i.customer_id and n.updated_at > i.created_at)`,
  },
  {
    name: 'next-step', // R57, R130
    kind: 'FOLLOW_UP',
    title: 'Take the next step that was agreed (执行约定的下一步)',
    closes: 'There was contact again since. (之后已有新的互动。)',
    // People agreed on the time, whether or not others work then.
    due: { within: 'PT0S', counting: 'ELAPSED' },
    watches: ['interaction', 'customer'],
    isTimed: false,
    reasons: (scope) => sql`
      select i.customer_id, 'int' as subject_prefix, i.id as subject_id, i.id::text as occasion, i.created_at as since,
             i.employee_id as assignee_id, ${noFields}, i.next_step_at as due_at
      from interaction i join customer f on f.id = i.customer_id
      where i.next_step_at is not null and ${inScope(sql`i.customer_id`, scope)} and f.archived_at is null
        and i.created_at > ${scope.now} - interval '90 days'
        and not exists (select from interaction later where later.customer_id = i.customer_id
                        and later.occurred_at > i.occurred_at and later.created_at > i.created_at)`,
  },
  {
    name: 'call-back', // R129
    kind: 'CALL_BACK',
    title: 'Call on the lost customer (流失客户回访)',
    closes: 'The customer was visited, or is no longer lost. (已回访，或客户已不再流失。)',
    due: { within: 'P7D', counting: 'ELAPSED_ROLLED' },
    watches: ['customer', 'interaction'],
    isTimed: false,
    reasons: (scope) => sql`
      select f.id as customer_id, 'cus' as subject_prefix, f.id as subject_id, lost.version::text as occasion,
             lost.occurred_at as since, null::uuid as assignee_id, ${noFields}, ${noTime}
      from customer f cross join lateral (
        select h.version, h.occurred_at from file_change h
        where h.customer_id = f.id and h.subject = 'customer' and h.field = 'stage' and h.new_value = '"LOST"'
        order by h.version desc limit 1) lost
      where f.stage = 'LOST' and f.archived_at is null and ${inScope(sql`f.id`, scope)}
        and lost.occurred_at > ${scope.now} - interval '90 days'
        and not exists (select from interaction i where i.customer_id = f.id and i.kind = 'RETURN_VISIT' and i.created_at > lost.occurred_at)`,
  },
  {
    name: 'verify-change', // R100
    kind: 'VERIFY',
    title: 'Verify a change of importance (核实重要信息变更)',
    closes: 'The file was archived. (档案已封存。)',
    due: { within: 'P3D', counting: 'ELAPSED_ROLLED' },
    watches: ['customer', 'contact'],
    isTimed: false,
    reasons: (scope) => sql`
      select f.id as customer_id, 'cus' as subject_prefix, f.id as subject_id, changed.version::text as occasion,
             changed.occurred_at as since, f.custodian_id as assignee_id, changed.fields, ${noTime}
      from customer f cross join lateral (
        select max(h.version) as version, max(h.occurred_at) as occurred_at, array_agg(distinct h.field) as fields
        from file_change h
        where h.customer_id = f.id and h.operation = 'UPDATE' and h.occurred_at > ${scope.now} - interval '30 days'
          and (h.subject = 'customer' and h.field in ('name', 'legal_representative') and h.old_value is not null
               or h.subject = 'contact' and h.field = 'is_primary' and h.new_value = 'true')) changed
      where changed.version is not null and f.archived_at is null and ${inScope(sql`f.id`, scope)}`,
    // Whether it is right is for a person to say.
    holds: () => sql`exists (select from customer f where f.id = t.customer_id and f.archived_at is null)`,
  },
  {
    name: 'return-file', // R108, R109
    kind: 'RETURN_FILE',
    title: 'Return the file (归还借阅的档案)',
    closes: 'It was returned or recalled, or access was extended. (已归还、收回或续借。)',
    due: { within: 'PT0S', counting: 'ELAPSED' },
    watches: ['access_grant'],
    // Opened three days before: the reminder.
    isTimed: true,
    isOutsideFile: true,
    reasons: (scope) => sql`
      select g.customer_id, 'grant' as subject_prefix, g.id as subject_id,
             ${grantEnd} as occasion, ${scope.now} as since,
             g.grantee_id as assignee_id, ${noFields}, g.expires_at as due_at
      from access_grant g
      where g.ended_at is null and g.expires_at < ${scope.now} + interval '3 days'
        and g.expires_at > ${scope.now} - interval '90 days' and ${inScope(sql`g.customer_id`, scope)}`,
    holds: () => sql`exists (
      select from access_grant g where g.id = t.subject_id and g.ended_at is null and t.occasion = ${grantEnd})`,
  },
  {
    name: 'birthday', // R132
    kind: 'BIRTHDAY',
    title: 'Congratulate on the birthday (生日祝贺)',
    closes: 'The birthday was changed, or the file is in other hands. (生日已更改，或档案已换负责人。)',
    due: { within: 'PT0S', counting: 'ELAPSED' },
    watches: ['contact', 'customer'],
    // Opened a week before: time to order a cake.
    isTimed: true,
    isOutsideFile: true,
    reasons: (scope) => sql`
      select c.customer_id, 'con' as subject_prefix, c.id as subject_id, to_char(days.at, 'YYYY-MM-DD ') || ${birthdayOf} as occasion,
             ${scope.now} as since, f.owner_id as assignee_id, ${noFields}, ${onTheMorning(scope)}
      from ${daysAhead(scope)} days join contact c on month_day(c.birthday) = days.key join customer f on f.id = c.customer_id
      where f.archived_at is null and ${inScope(sql`c.customer_id`, scope)}`,
    holds: () => sql`exists (
      select from contact c join customer f on f.id = c.customer_id
      where c.id = t.subject_id and f.archived_at is null and substr(t.occasion, 12) = ${birthdayOf})`,
  },
  {
    name: 'anniversary', // R132
    kind: 'ANNIVERSARY',
    title: 'Mark the anniversary of the first order (首单周年纪念)',
    closes: 'The first order is another now, or the file was archived. (首单已更改，或档案已封存。)',
    due: { within: 'PT0S', counting: 'ELAPSED' },
    watches: ['deal', 'customer'],
    isTimed: true,
    reasons: (scope) => sql`
      select d.customer_id, 'deal' as subject_prefix, d.id as subject_id, to_char(days.at, 'YYYY-MM-DD ') || d.effective_on as occasion,
             ${scope.now} as since, null::uuid as assignee_id, ${noFields}, ${onTheMorning(scope)}
      from ${daysAhead(scope)} days join deal d on month_day(d.effective_on) = days.key join customer f on f.id = d.customer_id
      where d.effective_on < days.at - 300 and ${inScope(sql`d.customer_id`, scope)} and ${isFirstOrder}`,
    holds: () => sql`exists (
      select from deal d join customer f on f.id = d.customer_id
      where d.id = t.subject_id and substr(t.occasion, 12) = d.effective_on::text and ${isFirstOrder})`,
  },
  {
    name: 'no-contact', // R72, R133
    kind: 'FOLLOW_UP',
    title: 'There was no contact for long: get in touch (久未联系，请跟进)',
    closes: 'There was contact again. (已再次联系。)',
    due: { within: 'P3D', counting: 'ELAPSED_ROLLED' },
    watches: ['interaction'],
    isTimed: true,
    reasons: (scope) => sql`
      select customer_id, 'cus' as subject_prefix, customer_id as subject_id, occasion, ${scope.now} as since, null::uuid as assignee_id,
             ${noFields}, ${noTime}
      from (
        select f.id as customer_id, ${quietSince} as occasion, f.owner_id,
               row_number() over (partition by f.owner_id order by f.tier nulls last, ${lastContact}, f.id) as place
        from customer f
        where f.archived_at is null and ${inScope(sql`f.id`, scope)}
          and ${lastContact} < ${scope.now} - case f.stage ${sql.join(
            Object.entries(quietDays).map(
              ([stage, days]) => sql`when ${stage} then make_interval(days => ${days})`,
            ),
            sql` `,
          )} else interval '100 years' end
          and not exists (select from task t where t.rule = 'no-contact' and t.subject_id = f.id and (t.state = 'OPEN' or t.occasion = ${quietSince}))
      ) quiet
      where place <= ${mostQuietADay} - (select count(*) from task t where t.rule = 'no-contact' and t.assignee_id = quiet.owner_id
                                         and t.created_at > ${scope.now} - interval '1 day')`,
    holds: () =>
      sql`exists (select from customer f where f.id = t.customer_id and f.archived_at is null and t.occasion = ${quietSince})`,
  },
];
