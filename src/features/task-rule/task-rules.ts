import { type SQL, sql } from 'drizzle-orm';
import { texts } from '../../core/database/rows.ts';
import type { StageOpens } from '../../core/settings/settings.enums.ts';
import { quietRules } from './quiet-rules.ts';
import { inScope, noFields, noTime } from './reason-columns.ts';
import type { RuleScope, TaskRule } from './task-rule.types.ts';
import { verificationRules } from './verification-rules.ts';

/** Tasks opened by `reportChange` have this rule. */
export const contactChangeRule = 'contact-change';

/** Tasks opened by runs have these rules. */
export const fillFieldsRule = 'fill-fields';
export const revisionRule = 'revise-file';
export const accuracyRule = 'accuracy-sample';
/** A value named by the `field` of the task `t` is verified; of another primary contact any of their values, since the task is there. */
const isVerified = sql`exists (
  select from field_check k left join contact c on c.id = k.subject_id
  where k.customer_id = t.customer_id and k.ended_at is null and k.counts
    and (k.subject_id = t.customer_id and k.column_name = lower(regexp_replace(field, '([A-Z])', '_\\1', 'g'))
         or field = 'isPrimary' and c.is_primary and k.verified_at > t.created_at))`;
const isActive = sql`exists (select from customer f where f.id = t.customer_id and f.archived_at is null)`;

const grantEnd = sql`to_char(g.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')`;

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

/**
 * Files that have come to their stage by a way for which the organisation's table says that it opens a task, and since have had
 * no interaction `i` that settles it.
 */
const afterStage = (opens: StageOpens, scope: RuleScope, settles: SQL): SQL => sql`
  select f.id as customer_id, 'cus' as subject_prefix, f.id as subject_id, come.version::text as occasion,
         come.occurred_at as since, null::uuid as assignee_id, ${noFields}, ${noTime}
  from customer f cross join lateral (
    select h.version, h.occurred_at, h.old_value #>> '{}' as stage from file_change h
    where h.customer_id = f.id and h.subject = 'customer' and h.field = 'stage'
    order by h.version desc limit 1) come
  where f.stage = any(${stagesThatOpen(opens, scope)}) and f.archived_at is null and ${inScope(sql`f.id`, scope)}
    and come.occurred_at > ${scope.now} - interval '90 days'
    and ${opens} = (
      select r.opens from jsonb_to_recordset(${JSON.stringify(scope.settings.stageTransitions)}::text::jsonb)
                          r ("from" text, "to" text, kind text, opens text)
      where r."from" = come.stage and r."to" = f.stage and coalesce(r.kind, f.kind) = f.kind order by r.kind limit 1)
    and not exists (select from interaction i where i.customer_id = f.id and i.created_at > come.occurred_at and ${settles})`;
const stagesThatOpen = (opens: StageOpens, { settings }: RuleScope): SQL =>
  texts(settings.stageTransitions.flatMap((row) => (row.opens === opens ? row.to : [])));

/** Of tasks about a whole file, which a run opens and nobody but their assignee settles. */
const untilArchived = {
  closes: 'The file was archived. (档案已封存。)',
  due: { within: 'P14D', counting: 'ELAPSED_ROLLED' },
  watches: ['customer'],
  isTimed: false,
  reasons: null,
  holds: () => isActive,
} as const satisfies Partial<TaskRule>;

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
    name: fillFieldsRule, // R45, R96
    kind: 'FILL_FIELDS',
    title: 'Fill in what the file lacks (补全档案缺失信息)',
    closes: 'What was missing has been filled in, or the file was archived. (缺失信息已补全，或档案已封存。)',
    due: { within: 'P14D', counting: 'ELAPSED_ROLLED' },
    watches: ['customer', 'contact', 'need'],
    isTimed: false,
    reasons: null,
    holds: () => sql`${isActive} and exists (
      select from file_figure g join completeness_field m on m.name = any(t.fields)
      where g.customer_id = t.customer_id and g.filled >> m.bit & 1 = 0)`,
  },
  {
    name: revisionRule, // R97
    kind: 'REVISE_FILE',
    title: 'Go through the whole file and revise it (全面修订核查档案)',
    ...untilArchived,
  },
  {
    name: accuracyRule, // R102
    kind: 'VERIFY',
    title: 'Check whether the file is accurate, by sample (抽查档案准确性)',
    ...untilArchived,
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
    reasons: (scope) => afterStage('CALL_BACK', scope, sql`i.kind = 'RETURN_VISIT'`),
  },
  {
    name: 'stage-follow-up', // R72
    kind: 'FOLLOW_UP',
    title: 'Get in touch about the new stage (阶段变更后跟进)',
    closes: 'There was contact, or the file has another stage. (已有互动，或阶段已再次变更。)',
    due: { within: 'P7D', counting: 'ELAPSED_ROLLED' },
    watches: ['customer', 'interaction'],
    isTimed: false,
    reasons: (scope) => afterStage('FOLLOW_UP', scope, sql`true`),
  },
  {
    name: 'verify-change', // R100
    kind: 'VERIFY',
    title: 'Verify a change of importance (核实重要信息变更)',
    closes: 'What changed was verified, or the file was archived. (变更已核实，或档案已封存。)',
    due: { within: 'P3D', counting: 'ELAPSED_ROLLED' },
    watches: ['customer', 'contact'],
    isTimed: false,
    endsUnnoticed: true,
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
    // Whether it is right is for a person to say, who verifies each value that changed.
    holds: () => sql`${isActive} and exists (select from unnest(t.fields) field where not (${isVerified}))`,
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
  ...quietRules,
  ...verificationRules,
];

/** A rule whose tasks are opened otherwise than by its reasons, by one of the names above. */
export const taskRuleNamed = (wanted: string): TaskRule =>
  taskRules.find(({ name }) => name === wanted) as TaskRule;
