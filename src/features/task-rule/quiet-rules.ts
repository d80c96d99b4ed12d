import { type SQL, sql } from 'drizzle-orm';
import { inScope, noFields, noTime } from './reason-columns.ts';
import type { RuleScope, TaskRule } from './task-rule.types.ts';

const lastContact = sql`coalesce(f.last_interaction_at, f.created_at)`;
const quietSince = sql`to_char(${lastContact} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')`;
/** How many such tasks a day one owner gets of each rule. */
const mostADay = 5;

/** How long the file `f` may be without contact; never too long where the settings say nothing of its stage. */
const patience = ({ settings }: RuleScope): SQL => {
  const rows = [...settings.followUps].sort((a, b) => Number(a.tier === null) - Number(b.tier === null));
  const cases = rows.map(({ stage, tier, within }) => {
    const ofTier = tier === null ? sql`true` : sql`f.tier = ${tier}`;
    return sql`when f.stage = ${stage} and ${ofTier} then ${within}::interval`;
  });
  return sql`case ${sql.join([...cases, sql`else interval '1000 years'`], sql` `)} end`;
};

/** No need and no deal of the file `f` was entered or changed since. */
const isSilentSince = (
  moment: SQL,
): SQL => sql`not exists (select from need n where n.customer_id = f.id and n.updated_at > ${moment})
  and not exists (select from deal d where d.customer_id = f.id and d.updated_at > ${moment})`;

/** Active files that `isQuiet`, those of best tier and longest silence first, as many as their owners get a day. */
const quietFiles = (rule: string, scope: RuleScope, isQuiet: SQL): SQL => sql`
  select customer_id, 'cus' as subject_prefix, customer_id as subject_id, occasion, ${scope.now} as since, null::uuid as assignee_id,
         ${noFields}, ${noTime}
  from (
    select f.id as customer_id, ${quietSince} as occasion, f.owner_id,
           row_number() over (partition by f.owner_id order by f.tier nulls last, ${lastContact}, f.id) as place
    from customer f
    where f.archived_at is null and ${inScope(sql`f.id`, scope)} and ${isQuiet}
      and not exists (select from task t where t.rule = ${rule} and t.subject_id = f.id and (t.state = 'OPEN' or t.occasion = ${quietSince}))
  ) quiet
  where place <= ${mostADay}::int and place <= ${mostADay}::int - (select count(*) from task t where t.rule = ${rule} and t.assignee_id = quiet.owner_id
                                and t.created_at > ${scope.now} - interval '1 day')`;

const stillQuiet = sql`f.id = t.customer_id and f.archived_at is null and t.occasion = ${quietSince}`;

/** Rules about files in which nothing happens. */
export const quietRules: readonly TaskRule[] = [
  {
    name: 'no-contact', // R72, R73, R133
    kind: 'FOLLOW_UP',
    title: 'There was no contact for long: get in touch (久未联系，请跟进)',
    closes: 'There was contact again. (已再次联系。)',
    due: { within: 'P3D', counting: 'ELAPSED_ROLLED' },
    watches: ['interaction'],
    isTimed: true,
    reasons: (scope) =>
      quietFiles('no-contact', scope, sql`${lastContact} < ${scope.now} - ${patience(scope)}`),
    holds: () => sql`exists (select from customer f where ${stillQuiet})`,
  },
  {
    name: 'inactive', // R99
    kind: 'REVIEW_INACTIVE',
    title:
      'Nothing has happened for long: archive the file, or take it up again (长期不活跃，请确认封存或重新跟进)',
    closes: 'Something happened again, or the file was archived. (档案已恢复活跃，或已封存。)',
    due: { within: 'P14D', counting: 'ELAPSED_ROLLED' },
    watches: ['interaction', 'need', 'deal', 'customer'],
    isTimed: true,
    reasons: (scope) => {
      const since = sql`${scope.now} - ${scope.settings.inactiveAfter}::interval`;
      return quietFiles('inactive', scope, sql`${lastContact} < ${since} and ${isSilentSince(since)}`);
    },
    holds: () =>
      sql`exists (select from customer f where ${stillQuiet} and ${isSilentSince(sql`t.created_at`)})`,
  },
];
