import { type SQL, sql } from 'drizzle-orm';
import type { RuleScope, TaskRule } from './task-rule.types.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

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

/** What a reason must name; see `Reason`. */
const noFields = sql`null::text[] as fields`;
const noTime = sql`null::timestamptz as due_at`;

/** Every rule that opens tasks. The next one is a declaration here. */
export const taskRules: readonly TaskRule[] = [
  {
    name: contactChangeRule, // R93
    kind: 'UPDATE_CONTACT_CHANGE',
    title: 'Check a reported change and enter it (核实并更新上报的变更)',
    closes: 'The reported field was changed. (上报的字段已更新。)',
    due: { withinMs: 24 * hourMs, counting: 'ELAPSED_ROLLED' },
    watches: ['customer', 'contact'],
    isTimed: false,
    reasons: null,
    holds: () => sql`not exists (
      select from file_change h where h.customer_id = t.customer_id and h.subject_id = t.subject_id and h.occurred_at > t.created_at
        and (h.field is null and h.operation = 'DELETE'
             or h.field in (select lower(regexp_replace(name, '([A-Z])', '_\\1', 'g')) from unnest(t.fields) name)))`,
  },
  {
    name: 'need-change', // R94
    kind: 'RECORD_NEED_CHANGE',
    title: 'Record how the needs have changed (登记需求变更)',
    closes: 'A need was written since. (需求已更新。)',
    due: { withinMs: hourMs, counting: 'ELAPSED_ROLLED' },
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
    due: { withinMs: 0, counting: 'ELAPSED_ROLLED' },
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
    due: { withinMs: 7 * dayMs, counting: 'ELAPSED_ROLLED' },
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
    due: { withinMs: 3 * dayMs, counting: 'ELAPSED_ROLLED' },
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
    due: { withinMs: 0, counting: 'ELAPSED' },
    watches: ['access_grant'],
    // Opened three days before: the reminder.
    isTimed: true,
    reasons: (scope) => sql`
      select g.customer_id, 'grant' as subject_prefix, g.id as subject_id,
             to_char(g.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as occasion, ${scope.now} as since,
             g.grantee_id as assignee_id, ${noFields}, g.expires_at as due_at
      from access_grant g
      where g.ended_at is null and g.expires_at < ${scope.now} + interval '3 days'
        and g.expires_at > ${scope.now} - interval '90 days' and ${inScope(sql`g.customer_id`, scope)}`,
  },
  {
    name: 'no-contact', // R72, R133
    kind: 'FOLLOW_UP',
    title: 'There was no contact for long: get in touch (久未联系，请跟进)',
    closes: 'There was contact again. (已再次联系。)',
    due: { withinMs: 3 * dayMs, counting: 'ELAPSED_ROLLED' },
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
