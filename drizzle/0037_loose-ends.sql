-- Of delegations that begin or end together, the next one is the same in every process.
create or replace function turn_delegation() returns boolean language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  due record;
  turned delegation;
  file_ids uuid[];
  done text;
begin
  perform set_config('app.actor', '', true), set_config('app.source', 'JOB', true);
  select id, employee_id into due from delegation
  where closed_at is null and (least(ends_at, ended_at) <= now() or begun_at is null and starts_at <= now())
  order by starts_at, id limit 1;
  if not found then
    return false;
  end if;
  -- The files first and in the order of their ids, as with every write of several: a handover ends delegations as well. No
  -- others later on: a file that comes to the employee meanwhile has an event of that.
  file_ids := array(
    select f.id from (select id from customer where owner_id = due.employee_id order by id for no key update) f);
  select * into turned from delegation
  where id = due.id and closed_at is null and (least(ends_at, ended_at) <= now() or begun_at is null)
  for update;
  -- Where another process was quicker, there may be more to do.
  if not found then
    return true;
  end if;
  if least(turned.ends_at, turned.ended_at) > now() then
    done := record_delegation('ACCESS_GRANTED', turned, file_ids);
    update delegation set begun_at = now() where id = turned.id;
  else
    if turned.ended_at is null or turned.ended_at > turned.starts_at then
      done := record_delegation('ACCESS_ENDED', turned, file_ids);
    end if;
    update delegation set closed_at = now() where id = turned.id;
  end if;
  return true;
end
$$;
--> statement-breakpoint

-- Whoever leaves a team sees its untaken tasks no longer, and whoever joins one sees them from now on: a notice says so, as when a
-- task itself goes to somebody else (0016_tasks). What they opened, what was escalated to them, and what is given to a team that
-- they lead is in their sight either way.
create or replace function announce_team_change() returns trigger language plpgsql as $$
declare
  one task;
  done text;
begin
  for one in
    select t.* from task t
    where t.state = 'OPEN' and t.assignee_id is null and t.team_id in (old.team_id, new.team_id)
      and t.opened_by_id is distinct from new.id
      and not exists (select from task_step s where s.task_id = t.id and s.employee_id = new.id and s.kind = 'ESCALATED')
      and not exists (select from team where team.id = t.team_id and team.leader_id = new.id)
    order by t.id
  loop
    done := record_task_notice(case when one.team_id = new.team_id then 'TASK_ASSIGNED' else 'TASK_LEFT' end, one, array[new.id]);
  end loop;
  return null;
end
$$;
--> statement-breakpoint
drop trigger announce_team_change on employee;
--> statement-breakpoint
create trigger announce_team_change after update on employee for each row
  when (old.team_id is distinct from new.team_id and new.disabled_at is null)
  execute function announce_team_change();
--> statement-breakpoint

-- Why a person gave a tier up, where they said so, stays with the file until it has one again (setTier); else as 0029_tiers.
create or replace function keep_tier_source() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    new.tier_set_by := coalesce(new.tier_set_by, 'PERSON');
  elsif new.tier is null then
    new.tier_set_by := null;
    if current_setting('app.tier_stated', true) is distinct from 'on' then
      new.tier_reason := null;
    end if;
    new.tier_until := null;
  elsif (new.tier_set_by, new.tier_reason, new.tier_until) is not distinct from (old.tier_set_by, old.tier_reason, old.tier_until)
        and acting_source() <> 'SYSTEM' and current_setting('app.tier_stated', true) is distinct from 'on' then
    new.tier_set_by := 'PERSON';
    new.tier_reason := null;
    new.tier_until := null;
  end if;
  return new;
end
$$;
