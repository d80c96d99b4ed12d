import { type SQL, sql } from 'drizzle-orm';
import { assigners } from '../../core/access/policy.ts';
import { asSql, isOwn, isVisible, readable } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';

/**
 * Tasks that concern the viewer themselves, whichever file they are of: as assignee, opener, member or leader of the
 * team, leader of these people, or because they were escalated to them. What does not depend on the task is collected
 * once per statement.
 */
export const ownTasks = ({ id }: Pick<Viewer, 'id'>, alias: Alias): SQL => {
  const me = sql`${id}::uuid`;
  const led = sql`array(select m.id from employee m join team mt on mt.id = m.team_id where mt.leader_id = ${me})`;
  return sql`(${columnOf(alias, 'assignee_id')} = ${me} or ${columnOf(alias, 'opened_by_id')} = ${me}
    or ${columnOf(alias, 'assignee_id')} = any(${led}) or ${columnOf(alias, 'opened_by_id')} = any(${led})
    or ${columnOf(alias, 'team_id')} = any(array(select e.team_id from employee e where e.id = ${me} and e.team_id is not null
                                        union select lt.id from team lt where lt.leader_id = ${me}))
    or ${columnOf(alias, 'id')} = any(array(select s.task_id from task_step s where s.employee_id = ${me} and s.kind = 'ESCALATED')))`;
};

/** Tasks that the viewer can see, for statements about given tasks: the same as what lists of tasks show. */
export function visibleTasks(viewer: Viewer, alias: Alias): SQL {
  const file = fileColumnsOf('tf');
  const opened = [isVisible(viewer, file), readable(viewer, 'business', file)].map(asSql);
  return sql`(exists (select from customer tf where tf.id = ${columnOf(alias, 'customer_id')} and ${sql.join(opened, sql` and `)})
    or ${ownTasks(viewer, alias)})`;
}

/** Steps of the tasks that the viewer can see. */
export const visibleSteps = (viewer: Viewer, alias: Alias): SQL =>
  sql`exists (select from task st where st.id = ${columnOf(alias, 'task_id')} and ${visibleTasks(viewer, 'st')})`;

/** What a viewer is to a task that they can see. */
export interface Responsibility {
  /** It is theirs to do: assigned to them, or to their team and nobody in it. */
  isHolder: boolean;
  isOpener: boolean;
  /** Its file is their own. */
  isOwner: boolean;
  /** They lead the team, its assignee or its opener, or assign work by their role. */
  isLeader: boolean;
}

/** Columns of a {@link Responsibility} on the table `task`. */
export const responsibilityOf = ({ id, role }: Viewer) => {
  const me = sql`${id}::uuid`;
  return {
    isHolder: sql<boolean>`(task.assignee_id is not distinct from ${me}
      or (task.assignee_id is null and exists (select from employee e where e.id = ${me} and e.team_id = task.team_id)))`,
    isOpener: sql<boolean>`task.opened_by_id is not distinct from ${me}`,
    isOwner: sql<boolean>`exists (select from customer f where f.id = task.customer_id and ${isOwn({ id }, fileColumnsOf('f'))})`,
    isLeader: assigners.includes(role)
      ? sql<boolean>`true`
      : sql<boolean>`exists (select from team l left join employee m on m.team_id = l.id
          where l.leader_id = ${me} and (l.id = task.team_id or m.id in (task.assignee_id, task.opened_by_id)))`,
  };
};
