-- Whoever leaves a team sees its untaken tasks no longer: a notice says so, as when a task itself goes to somebody else
-- (0016_tasks). What they opened, or what was escalated to them, stays in their sight.
create function announce_team_change() returns trigger language plpgsql as $$
declare
  one task;
  done text;
begin
  for one in
    select t.* from task t
    where t.state = 'OPEN' and t.assignee_id is null and t.team_id = old.team_id and t.opened_by_id is distinct from new.id
      and not exists (select from task_step s where s.task_id = t.id and s.employee_id = new.id and s.kind = 'ESCALATED')
      and not exists (select from team where team.id = t.team_id and team.leader_id = new.id)
    order by t.id
  loop
    done := record_task_notice('TASK_LEFT', one, array[new.id]);
  end loop;
  return null;
end
$$;

create trigger announce_team_change after update on employee for each row
  when (old.team_id is not null and old.team_id is distinct from new.team_id and new.disabled_at is null)
  execute function announce_team_change();
