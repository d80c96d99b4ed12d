-- Every step of a request for access (访问申请) goes into the change log, once for each person it
-- concerns (grantee_id): who made it, and who could decide it then. It is no change of the file, so it
-- does not raise the file's version; nobody can disturb a colleague's work by asking.

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
    step := 'ACCESS_GRANT_ENDED';
  else
    request := new;
    step := 'ACCESS_' || coalesce(request.decision, 'REQUESTED');
  end if;
  insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, grantee_id, source, request_id,
                      occurred_at, transaction_id)
  select file.id, file.version, step, 'access_request', request.id, '{}',
         nullif(current_setting('app.actor', true), '')::uuid, person,
         coalesce(nullif(current_setting('app.source', true), ''), 'SQL'), nullif(current_setting('app.request', true), ''),
         clock_timestamp(), pg_current_xact_id()::text::bigint
  from customer file, (select distinct unnest(request.told_ids || request.requester_id) as person) concerned
  where file.id = request.customer_id
  order by person;
  return null;
end
$$;
--> statement-breakpoint
create trigger announce_insert after insert on access_request
  for each row execute function announce_access_request();
--> statement-breakpoint
create trigger announce_update after update on access_request for each row
  when (old.decision is distinct from new.decision) execute function announce_access_request();
--> statement-breakpoint
create trigger announce_end after update on access_grant for each row
  when (old.ended_at is null and new.ended_at is not null) execute function announce_access_request();
