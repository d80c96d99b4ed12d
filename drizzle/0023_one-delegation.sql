-- Delegations, of which several may begin at the same time: replaces functions of 0021_delegations. A transaction locks the
-- files of one employee only, in the order of their ids: those of several, employee by employee, are in no such order, and
-- whoever writes many files waited for ever. And a version of a file has a line in its history, or nobody who read the
-- version before it can write any more.

drop function turn_delegations(integer);
--> statement-breakpoint
drop function record_delegation(text, delegation);
--> statement-breakpoint

-- Raises the versions of files, which are locked, and writes down for each that a right to it began or ended. The line of
-- history is an empty row that came or left: a right is no change in the file.
create function record_delegation(step text, turned delegation, file_ids uuid[]) returns void language plpgsql as $$
declare
  done text;
begin
  -- A right that comes or goes is an event of the file but no change in it.
  done := set_config('app.capturing', 'on', true);
  update customer set version = version + 1 where id = any (file_ids);
  done := set_config('app.capturing', '', true);
  perform record_change(step, 'delegation', turned.id, null, turned.delegate_id, f.id, f.version, f.owner_id, f.owner_id,
                        '{}', case step when 'ACCESS_ENDED' then array['{}'::jsonb] end,
                        case step when 'ACCESS_GRANTED' then array['{}'::jsonb] end, clock_timestamp())
  from (select * from customer where id = any (file_ids) order by id) f;
end
$$;
--> statement-breakpoint

-- Marks a delegation that has begun or is over, and returns whether there was one; so it is called until there is none, each
-- time in a transaction of its own. One that nobody noticed while it lasted ends all the same, for its delegate may have read
-- files by it; one that was cancelled before it began does not. Any number of processes may call it. With its owner's
-- rights, as in 0003_events.
create function turn_delegation() returns boolean language plpgsql
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
  order by starts_at limit 1;
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
