-- Every step of a request for access goes into the change log, once for each person it concerns (grantee_id): who made
-- it, who could decide it then, and who owns the file at that moment. As in 0008_access_request_steps, with the owner and
-- with the time of a grant that is over.
create or replace function announce_access_request() returns trigger language plpgsql as $$
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
--> statement-breakpoint
create trigger announce_lapse after update on access_grant for each row
  when (old.lapsed_at is null and new.lapsed_at is not null and new.ended_at is null)
  execute function announce_access_request();
--> statement-breakpoint

-- As in 0014_grant_lapse, and settles requests that nobody decided before the time they asked for was over, so that
-- whoever waits for them hears of it.
create or replace function lapse_grants(at_most integer) returns integer language plpgsql
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
