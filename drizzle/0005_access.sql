-- Who owns files, who is granted access to them, and for how long.

--------------------------------------------------------------------------------------------------------------------------
-- Owners
--
-- No active file without an active owner (R12, R116), whoever writes. Checked at commit, so that a handover may come in any
-- order inside its transaction; files that are inserted are checked at once, one statement for many.
--------------------------------------------------------------------------------------------------------------------------

-- The owner's row is locked before it is read: otherwise a file could be given to somebody who is being disabled at the same
-- moment, and neither transaction would see the other.
create function refuse_orphans(owners uuid[]) returns void language plpgsql as $$
begin
  perform from employee where id = any (owners) order by id for share;
  -- A statement of its own, for the lock may have been waited for.
  if exists (
    select from customer file join employee owner on owner.id = file.owner_id
    where owner.id = any (owners) and owner.disabled_at is not null and file.archived_at is null
  ) then
    raise exception 'an active file needs an active owner'
      using errcode = 'check_violation', constraint = 'customer_active_owner';
  end if;
end
$$;

create function require_active_owner() returns trigger language plpgsql as $$
declare
  owners uuid[];
begin
  if tg_table_name = 'employee' then
    owners := array[new.id];
  elsif tg_op = 'INSERT' then
    select array_agg(distinct n.owner_id) into owners from new_rows n where n.archived_at is null;
  else
    owners := array[new.owner_id];
  end if;
  if owners is not null then
    perform refuse_orphans(owners);
  end if;
  return null;
end
$$;

create trigger active_owner_insert after insert on customer referencing new table as new_rows
  for each statement execute function require_active_owner();

-- Only for statements that name these columns: the condition of a trigger is read and prepared again for each statement, and
-- every change of a contact or an interaction raises its file's version.
create constraint trigger active_owner after update of owner_id, archived_at on customer
  deferrable initially deferred for each row
  when (new.archived_at is null and (new.owner_id <> old.owner_id or old.archived_at is not null))
  execute function require_active_owner();

create constraint trigger active_owner after update on employee deferrable initially deferred for each row
  when (new.disabled_at is not null and old.disabled_at is null)
  execute function require_active_owner();

--------------------------------------------------------------------------------------------------------------------------
-- Requests for access (访问申请)
--------------------------------------------------------------------------------------------------------------------------

-- Every step of a request goes into the event log, once for each person it concerns (grantee_id): who made it, who could
-- decide it then, and who owns the file at that moment. It is no change of the file and does not raise its version: nobody
-- can disturb a colleague's work by making requests.
create function announce_access_request() returns trigger language plpgsql as $$
declare
  request access_request;
  step text;
begin
  if tg_table_name = 'access_grant' then
    select * into request from access_request where grant_id = new.id;
    if not found then
      return null;
    end if;
    step := case when new.ended_at is null then 'ACCESS_GRANT_EXPIRED' else 'ACCESS_GRANT_ENDED' end;
  else
    request := new;
    step := 'ACCESS_' || coalesce(request.decision, 'REQUESTED');
  end if;
  insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, grantee_id, source, request_id,
                      occurred_at, transaction_id)
  select file.id, file.version, step, 'access_request', request.id, '{}', acting_employee(), person, acting_source(),
         acting_request(), clock_timestamp(), pg_current_xact_id()::text::bigint
  from customer file
  cross join lateral (select distinct unnest(request.told_ids || request.requester_id || file.owner_id) as person) concerned
  where file.id = request.customer_id
  order by person;
  return null;
end
$$;

create trigger announce_insert after insert on access_request
  for each row execute function announce_access_request();

create trigger announce_update after update on access_request for each row
  when (old.decision is distinct from new.decision) execute function announce_access_request();

create trigger announce_end after update on access_grant for each row
  when (old.ended_at is null and new.ended_at is not null) execute function announce_access_request();

create trigger announce_lapse after update on access_grant for each row
  when (old.lapsed_at is null and new.lapsed_at is not null and new.ended_at is null)
  execute function announce_access_request();

--------------------------------------------------------------------------------------------------------------------------
-- The end by time
--------------------------------------------------------------------------------------------------------------------------

-- Marks grants whose time is over, at most that many, and settles requests that nobody decided before the time they asked
-- for was over; returns how many of both. The marks are captured and so reach the grantee as ACCESS_ENDED, also one who is
-- offline now; whoever waits for a request hears of its end. The right itself ended at expires_at, to the instant.
--
-- Any process may call it; a file that somebody is writing is left for the next time. With its owner's rights, as in
-- 0003_events.
create function lapse_grants(at_most integer) returns integer language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  due uuid[];
  marked integer := 0;
  settled integer;
begin
  perform set_config('app.actor', '', true), set_config('app.source', 'JOB', true);
  select array_agg(g.id) into due from (
    select id from access_grant where ended_at is null and lapsed_at is null and expires_at <= now()
    order by expires_at limit at_most) g;
  if due is not null then
    -- The file first, as with every write of a file.
    with file as materialized (
      select id from customer where id in (select customer_id from access_grant where id = any (due))
      order by id for no key update skip locked
    )
    update access_grant g set lapsed_at = now() from file
    where g.customer_id = file.id and g.id = any (due) and g.ended_at is null and g.lapsed_at is null;
    get diagnostics marked = row_count;
  end if;
  with request as materialized (
    select id from access_request where decision is null and until <= now()
    order by id limit at_most for update skip locked
  )
  update access_request r set decision = 'LAPSED', decided_at = now() from request where r.id = request.id;
  get diagnostics settled = row_count;
  return marked + settled;
end
$$;
