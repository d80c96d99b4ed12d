import { sql } from 'drizzle-orm';
import { taskHolders } from '../../core/access/policy.ts';
import type { Database } from '../../core/database/database.ts';
import { texts } from '../../core/database/rows.ts';

/** Open tasks of an employee in files that a handover moved go to the new owners of these files. */
export const moveTasksOfFiles = (tx: Database, fromId: string, handoverId: string) =>
  tx.execute(sql`
    update task t set assignee_id = f.owner_id, snoozed_until = null
    from handover_file moved join customer f on f.id = moved.customer_id
    where moved.handover_id = ${handoverId}::uuid and t.customer_id = f.id and t.assignee_id = ${fromId}::uuid
      and t.state = 'OPEN' and f.owner_id <> ${fromId}::uuid`);

/**
 * Open tasks of an employee who leaves, or whose role has none, go to the owners of their files; those without a file, or in a file of their own, to the
 * leader of their team, or where there is none that can have tasks to whoever changes them. The caller has locked the files.
 */
export async function passOnTasks(tx: Database, fromId: string, performerId: string): Promise<void> {
  await tx.execute(sql`
    update task t
    set snoozed_until = null, assignee_id = coalesce(
      (select o.id from customer f join employee o on o.id = f.owner_id
       where f.id = t.customer_id and o.id <> ${fromId}::uuid and o.disabled_at is null),
      (select l.id from employee e join team on team.id = e.team_id join employee l on l.id = team.leader_id
       where e.id = ${fromId}::uuid and l.id <> e.id and l.disabled_at is null and l.role = any(${texts(taskHolders)})),
      ${performerId}::uuid)
    where t.assignee_id = ${fromId}::uuid and t.state = 'OPEN'`);
}
