-- Co-owners (协办人): docs/decisions/0067-co-owners.md

CREATE TABLE "event_sharer" (
	"employee_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"had" boolean NOT NULL,
	"has" boolean NOT NULL,
	CONSTRAINT "event_sharer_employee_id_seq_pk" PRIMARY KEY("employee_id","seq")
);
--> statement-breakpoint
CREATE TABLE "customer_coowner" (
	"customer_id" uuid NOT NULL,
	"employee_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "customer_coowner_customer_id_employee_id_pk" PRIMARY KEY("customer_id","employee_id")
);
--> statement-breakpoint
ALTER TABLE "handover" ADD COLUMN "co_ownerships" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "customer_coowner" ADD CONSTRAINT "customer_coowner_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_coowner" ADD CONSTRAINT "customer_coowner_employee_id_employee_id_fk" FOREIGN KEY ("employee_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "event_sharer_seq_idx" ON "event_sharer" USING btree ("seq");--> statement-breakpoint
CREATE INDEX "customer_coowner_employee_idx" ON "customer_coowner" USING btree ("employee_id","customer_id");--> statement-breakpoint
--------------------------------------------------------------------------------------------------------------------------
-- Capture: functions of 0002_capture, written again in full. A co-owner is named by the employee's id.
--------------------------------------------------------------------------------------------------------------------------

-- What happened to a row of a file, as a CustomerFileEventType: a copy of what the models declare. A null old_row means that
-- the row came into the file, a null new_row that it left. A grant ends once: by being returned or recalled, by its time, or
-- by being deleted.
create or replace function event_type(subject text, old_row jsonb, new_row jsonb) returns text language plpgsql immutable as $$
begin
  if subject = 'interaction' then
    return case
      when old_row is null then 'INTERACTION_LOGGED'
      when new_row is null then 'INTERACTION_REMOVED'
      else 'INTERACTION_CHANGED' end;
  elsif subject = 'customer_tag' then
    return case when new_row is null then 'UNTAGGED' else 'TAGGED' end;
  elsif subject = 'customer_coowner' then
    return case when new_row is null then 'CO_OWNER_REMOVED' else 'CO_OWNER_ADDED' end;
  elsif subject = 'access_grant' then
    return case
      when coalesce(old_row ->> 'ended_at', old_row ->> 'lapsed_at') is not null then 'ACCESS_CHANGED'
      when new_row is null or coalesce(new_row ->> 'ended_at', new_row ->> 'lapsed_at') is not null then 'ACCESS_ENDED'
      when old_row is null then 'ACCESS_GRANTED'
      else 'ACCESS_CHANGED' end;
  end if;
  return upper(subject) || case
    when old_row is null then '_ADDED'
    when new_row is null then '_REMOVED'
    else '_CHANGED' end;
end
$$;

-- The same for a row that came into a file or left it: one of old_row and new_row is null.
create or replace function record_row(
  kind text, subject text, file_id uuid, file_version integer, owner_before uuid, owner_after uuid,
  old_row jsonb, new_row jsonb, happened_at timestamptz
) returns void language plpgsql as $$
declare
  some_row constant jsonb := coalesce(new_row, old_row);
  row_key constant text := case subject when 'customer_tag' then 'tag_id' when 'customer_coowner' then 'employee_id' else 'id' end;
  -- What left would have had the next one.
  row_version constant integer := (some_row ->> 'version')::integer + (new_row is null)::integer;
  kept constant jsonb[] := array[jsonb_strip_nulls(some_row) - derived_columns() - overwritten_columns(subject)];
  done text;
begin
  done := record_change(kind, subject, (some_row ->> row_key)::uuid, row_version, (some_row ->> 'grantee_id')::uuid, file_id,
                        file_version, owner_before, owner_after, '{}', case when new_row is null then kept end,
                        case when old_row is null then kept end, happened_at);
end
$$;

select capture_link('customer_coowner');

-- Whoever comes to own a file is its co-owner no longer, whoever writes. 0.02 ms, and only where an owner changes.
create function end_co_ownership() returns trigger language plpgsql as $$
begin
  delete from customer_coowner where customer_id = new.id and employee_id = new.owner_id;
  return null;
end
$$;

create trigger end_co_ownership after update of owner_id on customer for each row
  when (new.owner_id <> old.owner_id) execute function end_co_ownership();

--------------------------------------------------------------------------------------------------------------------------
-- Events: functions of 0003_events, written again in full. Who works on a file beside its owner follows its events; it is
-- written down where an event gets its place, so a write of a file costs nothing more.
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
    returning seq, customer_id, type, subject, subject_id, occurred_at
  ), shared as (
    insert into event_sharer (employee_id, seq, had, has)
    select share.employee_id, e.seq, bool_or(share.had), bool_or(share.has)
    from logged e cross join lateral (
      select c.employee_id, true, true from customer_coowner c
      -- Not of what happened before they came.
      where c.customer_id = e.customer_id and c.created_at <= e.occurred_at
        and (e.subject <> 'customer_coowner' or c.employee_id <> e.subject_id)
      union all
      select e.subject_id, e.type = 'CO_OWNER_REMOVED', e.type = 'CO_OWNER_ADDED' where e.subject = 'customer_coowner'
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

-- Deletes events at the beginning of the log that happened before older_than, at most that many, and returns how many.
-- Only what lies before the first younger event is deleted, so numbers stay dense.
create or replace function trim_event_log(older_than timestamptz, at_most integer) returns integer
language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    delete from event_log
    where seq <= (select trimmed_to + at_most from stream_head)
      and seq < coalesce(
        (select seq from event_log where occurred_at >= older_than order by seq limit 1),
        (select last_seq + 1 from stream_head))
    returning seq
  ), shared as (
    delete from event_sharer where seq <= (select max(seq) from gone)
  ), head as (
    update stream_head set trimmed_to = greatest(trimmed_to, (select max(seq) from gone))
    where exists (select from gone)
  )
  select count(*)::int from gone
$$;
