ALTER TABLE "access_grant" ADD COLUMN "lapsed_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "access_grant_lapse_idx" ON "access_grant" USING btree ("expires_at") WHERE "access_grant"."ended_at" is null and "access_grant"."lapsed_at" is null;--> statement-breakpoint

-- What happened, in the words of CustomerFileEventType; as in 0004_capture, with grants that end by time. A grant ends
-- once: by being returned or recalled, by its time, or by being deleted.
create or replace function event_type(subject text, old_row jsonb, new_row jsonb) returns text language sql immutable as $$
  select case subject
    when 'customer' then case
      when old_row is null then 'CREATED'
      when new_row is null then 'REMOVED'
      when old_row -> 'archived_at' = 'null' and new_row -> 'archived_at' <> 'null' then 'ARCHIVED'
      when old_row -> 'archived_at' <> 'null' and new_row -> 'archived_at' = 'null' then 'RESTORED'
      when old_row -> 'owner_id' <> new_row -> 'owner_id' then 'OWNER_CHANGED'
      else 'UPDATED' end
    when 'interaction' then case
      when old_row is null then 'INTERACTION_LOGGED'
      when new_row is null then 'INTERACTION_REMOVED'
      else 'INTERACTION_CHANGED' end
    when 'customer_tag' then case when new_row is null then 'UNTAGGED' else 'TAGGED' end
    when 'access_grant' then case
      when old_row -> 'ended_at' <> 'null' or old_row -> 'lapsed_at' <> 'null' then 'ACCESS_CHANGED'
      when new_row is null or new_row -> 'ended_at' <> 'null' or new_row -> 'lapsed_at' <> 'null' then 'ACCESS_ENDED'
      when old_row is null then 'ACCESS_GRANTED'
      else 'ACCESS_CHANGED' end
    else upper(subject) || case
      when old_row is null then '_ADDED'
      when new_row is null then '_REMOVED'
      else '_CHANGED' end
  end
$$;
--> statement-breakpoint

-- Marks grants whose time is over, at most that many, and returns how many: the change is captured and so reaches the
-- borrower as ACCESS_ENDED, also one who is offline now. The right itself ended at expires_at, to the instant; this
-- only tells of it. Any process may call it; a file that somebody is writing is left for the next time.
create function lapse_grants(at_most integer) returns integer language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  due uuid[];
  marked integer;
begin
  select array_agg(g.id) into due from (
    select id from access_grant where ended_at is null and lapsed_at is null and expires_at <= now()
    order by expires_at limit at_most) g;
  if due is null then
    return 0;
  end if;
  perform set_config('app.actor', '', true), set_config('app.source', 'JOB', true);
  -- The file first, as with every write of a file.
  with file as materialized (
    select id from customer where id in (select customer_id from access_grant where id = any (due))
    order by id for no key update skip locked
  )
  update access_grant g set lapsed_at = now() from file
  where g.customer_id = file.id and g.id = any (due) and g.ended_at is null and g.lapsed_at is null;
  get diagnostics marked = row_count;
  return marked;
end
$$;
