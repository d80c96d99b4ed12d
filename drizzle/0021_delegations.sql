-- Delegates during leave (代理人): docs/decisions/0067-co-owners.md

CREATE TABLE "delegation" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"employee_id" uuid NOT NULL,
	"delegate_id" uuid NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"created_by_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"ended_by_id" uuid,
	"begun_at" timestamp with time zone,
	"closed_at" timestamp with time zone,
	CONSTRAINT "delegation_period_check" CHECK ("delegation"."ends_at" > "delegation"."starts_at"),
	CONSTRAINT "delegation_persons_check" CHECK ("delegation"."employee_id" <> "delegation"."delegate_id")
);
--> statement-breakpoint
ALTER TABLE "handover" ADD COLUMN "delegations" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "delegation" ADD CONSTRAINT "delegation_employee_id_employee_id_fk" FOREIGN KEY ("employee_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delegation" ADD CONSTRAINT "delegation_delegate_id_employee_id_fk" FOREIGN KEY ("delegate_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delegation" ADD CONSTRAINT "delegation_created_by_id_employee_id_fk" FOREIGN KEY ("created_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delegation" ADD CONSTRAINT "delegation_ended_by_id_employee_id_fk" FOREIGN KEY ("ended_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "delegation_delegate_idx" ON "delegation" USING btree ("delegate_id","employee_id");--> statement-breakpoint
CREATE INDEX "delegation_employee_idx" ON "delegation" USING btree ("employee_id","ends_at");--> statement-breakpoint
CREATE INDEX "delegation_open_idx" ON "delegation" USING btree ("starts_at") WHERE "delegation"."closed_at" is null;--> statement-breakpoint
--------------------------------------------------------------------------------------------------------------------------
-- A period begins and ends by itself, in every predicate. Its delegate's feed is notified by events of the files, as of a
-- grant, when somebody notices: also one who is offline now, and after the server was down.
--------------------------------------------------------------------------------------------------------------------------

-- Raises the versions of an employee's files, which are locked, and writes down for each that a right to it began or ended.
create function record_delegation(step text, turned delegation) returns void language plpgsql as $$
declare
  done text;
begin
  -- A right that comes or goes is an event of the file but no change in it.
  done := set_config('app.capturing', 'on', true);
  update customer set version = version + 1 where owner_id = turned.employee_id;
  done := set_config('app.capturing', '', true);
  perform record_change(step, 'delegation', turned.id, null, turned.delegate_id, f.id, f.version, f.owner_id, f.owner_id,
                        '{}', null, null, clock_timestamp())
  from (select * from customer where owner_id = turned.employee_id order by id) f;
end
$$;

-- Marks delegations that have begun or are over, at most that many, and returns how many. One that nobody noticed while it
-- lasted ends all the same, for its delegate may have read files by it; one that was cancelled before it began does not.
-- Any number of processes may call it. With its owner's rights, as in 0003_events.
create function turn_delegations(at_most integer) returns integer language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  due record;
  turned delegation;
  done text;
  marked integer := 0;
begin
  perform set_config('app.actor', '', true), set_config('app.source', 'JOB', true);
  for due in
    select id, employee_id from delegation
    where closed_at is null and (least(ends_at, ended_at) <= now() or begun_at is null and starts_at <= now())
    order by starts_at limit at_most
  loop
    -- The files first and in the order of their ids, as with every write of several: a handover ends delegations as well.
    perform from customer where owner_id = due.employee_id order by id for no key update;
    select * into turned from delegation
    where id = due.id and closed_at is null and (least(ends_at, ended_at) <= now() or begun_at is null)
    for update;
    continue when not found;
    if least(turned.ends_at, turned.ended_at) > now() then
      done := record_delegation('ACCESS_GRANTED', turned);
      update delegation set begun_at = now() where id = turned.id;
    else
      if turned.ended_at is null or turned.ended_at > turned.starts_at then
        done := record_delegation('ACCESS_ENDED', turned);
      end if;
      update delegation set closed_at = now() where id = turned.id;
    end if;
    marked := marked + 1;
  end loop;
  return marked;
end
$$;

--------------------------------------------------------------------------------------------------------------------------
-- Events: as in 0020_co-owners, with delegates
--------------------------------------------------------------------------------------------------------------------------

-- Gives committed changes their numbers in the event log, at most that many, and their lines in the history; returns how
-- many. Any process may call it at any time, in a transaction of its own at the default isolation: the lock on stream_head
-- orders the callers, and the snapshot of the next statement, taken under the lock, sees everything that an earlier caller
-- saw. So numbers are dense, and no reader ever sees a number before a smaller one.
create or replace function sequence_events(at_most integer) returns integer language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  head bigint;
  ids bigint[];
  moved integer;
begin
  if not exists (select from outbox) then
    return 0;
  end if;
  select last_seq into strict head from stream_head for update;
  ids := array(select id from outbox order by id limit at_most);
  -- One statement, so that no snapshot finds a line twice or not at all.
  with history as (
    insert into file_change (id, customer_id, version, subject, subject_id, row_version, operation, field, old_value,
                             new_value, actor_id, source, request_id, occurred_at)
    select id, customer_id, version, subject, subject_id, row_version, operation, field, old_value, new_value, actor_id,
           source, request_id, occurred_at
    from waiting_history where id = any (ids)
    -- A row that names a column twice, written past the triggers, must not stop all delivery.
    on conflict do nothing
  ), batch as (
    delete from outbox where id = any (ids) returning *
  ), logged as (
    insert into event_log (seq, customer_id, version, type, subject, subject_id, row_version, fields, actor_id,
                           owner_before, owner_after, grantee_id, source, request_id, occurred_at, transaction_id)
    select head + row_number() over (order by id), customer_id, version, type, subject, subject_id, row_version, fields,
           actor_id, owner_before, owner_after, grantee_id, source, request_id, occurred_at, transaction_id
    from batch
    returning seq, customer_id, type, subject, subject_id, owner_before, owner_after, grantee_id, occurred_at
  ), shared as (
    insert into event_sharer (employee_id, seq, had, has)
    select share.employee_id, e.seq, bool_or(share.had), bool_or(share.has)
    from logged e cross join lateral (
      -- Co-owners, not of what happened before they came, and of a right only the one whom it concerns.
      select c.employee_id, true, true from customer_coowner c
      where c.customer_id = e.customer_id and c.created_at <= e.occurred_at
        and (e.subject <> 'customer_coowner' or c.employee_id <> e.subject_id)
        and (e.subject <> 'delegation' or c.employee_id = e.grantee_id)
      union all
      select e.subject_id, e.type = 'CO_OWNER_REMOVED', e.type = 'CO_OWNER_ADDED' where e.subject = 'customer_coowner'
      union all
      -- Who stands in for the owner now, or for one whose file went to another before the end of it was noticed.
      select d.delegate_id, d.employee_id is not distinct from e.owner_before,
             d.employee_id is not distinct from e.owner_after and running.now
      from delegation d, lateral (
        select d.starts_at <= e.occurred_at and d.ends_at > now() and d.ended_at is null) running (now)
      where d.employee_id in (e.owner_before, e.owner_after) and e.subject <> 'delegation'
        and (running.now or d.starts_at <= now() and d.closed_at is null and e.owner_before is distinct from e.owner_after)
      union all
      select e.grantee_id, e.type = 'ACCESS_ENDED', e.type = 'ACCESS_GRANTED' where e.subject = 'delegation'
    ) share (employee_id, had, has)
    -- These have readers of their own.
    where e.subject <> all ('{access_grant,access_request,task_notice,segment_membership}')
    group by share.employee_id, e.seq
  )
  select count(*) into moved from batch;
  if moved > 0 then
    update stream_head set last_seq = head + moved;
    -- One per batch, never one per change: a notification takes a global lock at commit.
    perform pg_notify('event_log', (head + moved)::text);
  end if;
  return moved;
end
$$;

--------------------------------------------------------------------------------------------------------------------------
-- Requests for access: as in 0005_access, with delegates
--------------------------------------------------------------------------------------------------------------------------

-- Every step of a request goes into the event log, once for each person it concerns (grantee_id): who made it, who could
-- decide it then, who owns the file at that moment, and who stands in for the owner. It is no change of the file and does not raise its version: nobody
-- can disturb a colleague's work by making requests.
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
  cross join lateral (
    select unnest(request.told_ids || request.requester_id || file.owner_id) as person
    union
    select d.delegate_id from delegation d
    where d.employee_id = file.owner_id and d.starts_at <= now() and d.ends_at > now() and d.ended_at is null
  ) concerned
  where file.id = request.customer_id
  order by person;
  return null;
end
$$;
