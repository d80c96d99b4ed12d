import { sql } from 'drizzle-orm';
import { taskHolders } from '../../core/access/policy.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { texts } from '../../core/database/rows.ts';
import { chunksOf } from '../../core/run/chunks.ts';
import { beganInMonth } from '../../core/run/first-month.ts';
import { declareRun, monthFrom, type RunTime } from '../../core/run/run.types.ts';
import { restrictedShares } from '../../domains/customer/completeness-field.ts';
import { openTasks } from '../task-rule/task-rule.write.ts';
import { fillFieldsRule, taskRuleNamed } from '../task-rule/task-rules.ts';

/** A task to be opened: which department is to fill in what a file lacks, and who of it. */
interface Duty {
  customer_id: string;
  department_id: string | null;
  assignee_id: string;
}

/** Tasks in one transaction. */
const chunkSize = 100;
/** For each task that an owner can get, so many of their files are looked at: departments divide what these lack. */
const candidatesPerTask = 4;

/**
 * The audit of a month (R45, R96): a task for each file and department to fill in what the file lacks, the most important files
 * first, and no more open ones for anybody than the setting allows. Who gets which is decided once, for all chunks.
 */
export const completenessAudit = declareRun<readonly Duty[]>({
  name: 'completeness-audit',
  period: (clock) => monthFrom(clock.settings.auditDay, clock),
  cut: async (tx, run) => {
    const { settings } = run;
    if (await beganInMonth(tx, run, settings.auditDay)) return [];
    const duties = await findDuties(tx, settings.auditTasksPerPerson);
    return chunksOf(duties, chunkSize);
  },
  work: async (tx, duties, run) => openDuties(tx, duties, run),
});

const isHolder = sql`e.disabled_at is null and e.role = any(${texts(taskHolders)})`;

/**
 * The owner answers for what no department answers for, and for their own department. Else it is the members' turn, each
 * for files of their own by the file's id.
 */
const findDuties = (tx: Database, perPerson: number): Promise<Duty[]> =>
  queryJson(
    tx,
    sql`with candidate as (
        select f.id, f.owner_id, f.kind, f.customer_type, f.nature, f.tier, f.importance, g.filled, g.completeness_score,
               case f.importance when 'KEY' then 0 when 'SPECIAL' then 1 else 2 end as rank,
               row_number() over (partition by f.owner_id order by case f.importance when 'KEY' then 0 when 'SPECIAL' then 1 else 2 end,
                                  f.tier nulls last, g.completeness_score, f.id) as place
        from customer f join file_figure g on g.customer_id = f.id
        where f.archived_at is null and g.completeness_score < 100
      ), lacking as (
        select c.id, c.owner_id, c.rank, c.tier, d.id as department_id, sum(r.weight) as weight
        from candidate c
        cross join lateral required_fields(c.kind, c.customer_type, c.nature, c.tier, c.importance) r
        left join department d on r.field_group = any(d.responsible_for)
        where r.share < ${restrictedShares}::int and c.place <= ${perPerson * candidatesPerTask}::int and c.filled >> r.filled_bit & 1 = 0
        group by c.id, c.owner_id, c.rank, c.tier, d.id
      ), held as (
        select l.*, coalesce(case when o.department_id is distinct from l.department_id then m.id end, o.id) as assignee_id
        from lacking l join employee o on o.id = l.owner_id
        left join lateral (
          select (array_agg(e.id order by e.id))[1 + abs(hashtext(l.id::text)) % count(*)::int] as id
          from employee e where e.department_id = l.department_id and ${isHolder}) m on true
      ), ranked as (
        select h.*, row_number() over (partition by assignee_id order by rank, tier nulls last, weight desc, h.id) as turn,
               (select count(*) from task t where t.assignee_id = h.assignee_id and t.state = 'OPEN' and t.kind = 'FILL_FIELDS') as open
        from held h
        where not exists (select from task t where t.rule = ${fillFieldsRule} and t.subject_id = h.id and t.state = 'OPEN'
                          and t.department_id is not distinct from h.department_id)
      )
      select coalesce(json_agg(json_build_object('customer_id', id, 'department_id', department_id, 'assignee_id', assignee_id)
                               order by id, department_id), '[]')
      from ranked where turn + open <= ${perPerson}::int`,
  );

/** Nobody gets a task for what has been filled in since the run was cut. */
async function openDuties(tx: Database, duties: readonly Duty[], run: RunTime): Promise<number> {
  const reasons = await queryJson<(Duty & { fields: string[] })[]>(
    tx,
    sql`select coalesce(json_agg(json_build_object('customer_id', f.id, 'department_id', duty.department_id,
                                                   'assignee_id', duty.assignee_id, 'fields', lacking.names)), '[]')
      from jsonb_to_recordset(${JSON.stringify(duties)}::text::jsonb) duty (customer_id uuid, department_id uuid, assignee_id uuid)
      join customer f on f.id = duty.customer_id join file_figure g on g.customer_id = f.id
      cross join lateral (
        select array_agg(r.name order by r.weight desc, r.place) as names
        from required_fields(f.kind, f.customer_type, f.nature, f.tier, f.importance) r
        left join department d on r.field_group = any(d.responsible_for)
        where r.share < ${restrictedShares}::int and g.filled >> r.filled_bit & 1 = 0 and d.id is not distinct from duty.department_id) lacking
      where f.archived_at is null and lacking.names is not null`,
  );
  const opened = await openTasks(
    tx,
    taskRuleNamed(fillFieldsRule),
    reasons.map((reason) => ({
      ...reason,
      subject_prefix: 'cus',
      subject_id: reason.customer_id,
      occasion: run.period,
      since: run.openedAt.toISOString(),
      due_at: null,
    })),
    { now: run.openedAt, settings: run.settings },
  );
  return opened.length;
}
