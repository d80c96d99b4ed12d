-- Change capture. Every committed change of a file (客户档案), by whatever writer, psql included,
-- raises the file's version, writes its history (file_change) and announces itself (outbox).
--
-- Statement-level triggers with transition tables: one call per statement, so that a bulk
-- statement costs per row only what it writes. The actor, source and request travel as the
-- transaction-local settings app.actor, app.source and app.request; a writer that sets none is 'SQL'.
--
-- Without `jit = off` a plan made for a bulk statement, expensive by estimate, would be compiled anew for
-- each later statement of the session: a second per row (PostgreSQL 15 as Debian builds it).
--
-- app.capturing is 'on' only while bump_files() raises versions: that update is no change of its own.

insert into stream_head (epoch) values (replace(gen_random_uuid()::text, '-', ''));
--> statement-breakpoint
-- Emptied and filled all day: without this, finding its first row wades through dead ones.
alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint

-- Keeps version and updated_at (and what else is derived) out of writers' hands. A row written
-- back unchanged keeps both, and the capture below then sees no difference.
create function touch_row() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'customer' then
    if current_setting('app.capturing', true) = 'on' then
      return new;
    end if;
    new.last_interaction_at := old.last_interaction_at;
  end if;
  new.version := old.version;
  new.updated_at := old.updated_at;
  if new is distinct from old then
    new.version := old.version + 1;
    -- Not now(): a writer that waited for the row must not appear to have come before the one it waited for.
    new.updated_at := clock_timestamp();
  end if;
  return new;
end
$$;
--> statement-breakpoint
create trigger touch_row before update on customer for each row execute function touch_row();
--> statement-breakpoint
create trigger touch_row before update on contact for each row execute function touch_row();
--> statement-breakpoint
create trigger touch_row before update on interaction for each row execute function touch_row();
--> statement-breakpoint
create trigger touch_row before update on need for each row execute function touch_row();
--> statement-breakpoint
create trigger touch_row before update on deal for each row execute function touch_row();
--> statement-breakpoint
create trigger touch_row before update on segment for each row execute function touch_row();
--> statement-breakpoint
create trigger touch_row before update on employee for each row execute function touch_row();
--> statement-breakpoint
create trigger touch_row before update on team for each row execute function touch_row();
--> statement-breakpoint

-- What happened, in the words of CustomerFileEventType.
create function event_type(subject text, old_row jsonb, new_row jsonb) returns text language sql immutable as $$
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
      when new_row is null or new_row -> 'ended_at' <> 'null' then 'ACCESS_ENDED'
      when old_row is null then 'ACCESS_GRANTED'
      else 'ACCESS_CHANGED' end
    else upper(subject) || case
      when old_row is null then '_ADDED'
      when new_row is null then '_REMOVED'
      else '_CHANGED' end
  end
$$;
--> statement-breakpoint

-- Writes one change into the history and the outbox. A null old_row means that the row came into
-- the file, a null new_row that it left.
create function record_change(
  subject text, file_id uuid, file_version integer, old_owner uuid, new_owner uuid,
  old_row jsonb, new_row jsonb, happened_at timestamptz
) returns void language plpgsql as $$
declare
  some_row constant jsonb := coalesce(new_row, old_row);
  row_id constant uuid := case subject when 'customer_tag' then some_row ->> 'tag_id' else some_row ->> 'id' end;
  grantee constant uuid := case subject when 'access_grant' then some_row ->> 'grantee_id' end;
  kind constant text := event_type(subject, old_row, new_row);
  operation constant text := case when old_row is null then 'INSERT' when new_row is null then 'DELETE' else 'UPDATE' end;
  actor constant uuid := nullif(current_setting('app.actor', true), '');
  origin constant text := coalesce(nullif(current_setting('app.source', true), ''), 'SQL');
  request constant text := nullif(current_setting('app.request', true), '');
  transaction constant bigint := pg_current_xact_id()::text::bigint;
  -- They follow from other columns, and change with every event.
  derived constant text[] := '{version,updated_at,last_interaction_at}';
begin
  with difference as materialized (
    select null as field, jsonb_strip_nulls(old_row - derived) as old_value, jsonb_strip_nulls(new_row - derived) as new_value
    where old_row is null or new_row is null
    union all
    select now.key, nullif(old_row -> now.key, 'null'), nullif(now.value, 'null')
    from jsonb_each(new_row - derived) now
    where old_row is not null and now.value is distinct from old_row -> now.key
  ), event as (
    insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, owner_before, owner_after,
                        grantee_id, source, request_id, occurred_at, transaction_id)
    values (file_id, file_version, kind, subject, row_id,
            array(select field from difference where field is not null order by field),
            actor, old_owner, new_owner, grantee, origin, request, happened_at, transaction)
  )
  insert into file_change (customer_id, version, subject, subject_id, operation, field, old_value, new_value,
                           actor_id, source, request_id, occurred_at)
  select file_id, file_version, subject, row_id, operation, field, old_value, new_value,
         actor, origin, request, happened_at
  from difference
  order by field;
end
$$;
--> statement-breakpoint

-- Raises the versions of files by the number of changes in each, and so orders the events of one
-- file: whoever holds its row comes first. Rows are taken in id order, so that two statements over
-- the same files cannot deadlock. A file that is going away has no row any more and is left alone.
create function bump_files(subject text, ids uuid[], changes integer[]) returns boolean language plpgsql
-- Planned once: with plans made for the arrays at hand, planning took longer than the update.
set plan_cache_mode = force_generic_plan as $$
declare
  -- Assigned to, because an assignment evaluates a call at a tenth of the cost of `perform`.
  done text;
begin
  if cardinality(ids) > 1 then
    perform from customer where id = any (ids) order by id for no key update;
  end if;
  done := set_config('app.capturing', 'on', true);
  update customer file
  set version = file.version + bump.changes,
      -- A right that comes or goes is an event of the file but no change in it.
      updated_at = case when subject = 'access_grant' then file.updated_at else clock_timestamp() end,
      last_interaction_at = case
        when subject = 'interaction' then (select max(i.occurred_at) from interaction i where i.customer_id = file.id)
        else file.last_interaction_at end
  from unnest(ids, changes) bump (id, changes)
  where file.id = bump.id;
  done := set_config('app.capturing', '', true);
  return true;
end
$$;
--> statement-breakpoint

create function capture_customer() returns trigger language plpgsql set jit = off as $$
begin
  if tg_op = 'INSERT' then
    perform record_change('customer', n.id, n.version, null, n.owner_id, null, to_jsonb(n), clock_timestamp())
    from new_rows n;
  elsif tg_op = 'DELETE' then
    perform record_change('customer', o.id, o.version + 1, o.owner_id, null, to_jsonb(o), null, clock_timestamp())
    from old_rows o;
  elsif current_setting('app.capturing', true) is distinct from 'on' then
    -- A full join because it is never planned as a nested loop: the plan is kept from a first
    -- statement of one row for a later one of 100,000. An id that changed shows as out and in.
    perform record_change('customer', coalesce(n.id, o.id), coalesce(n.version, o.version + 1), o.owner_id, n.owner_id,
                          case when o.id is not null then to_jsonb(o) end, case when n.id is not null then to_jsonb(n) end,
                          coalesce(n.updated_at, clock_timestamp()))
    from old_rows o full join new_rows n on n.id = o.id
    where o is distinct from n;
  end if;
  return null;
end
$$;
--> statement-breakpoint

-- Rows that came into files: contacts, interactions, needs, deals, tags, grants.
create function capture_added() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
  changes integer[];
  bumped boolean;
begin
  select array_agg(f.customer_id order by f.customer_id), array_agg(f.changes order by f.customer_id) into ids, changes
  from (select r.customer_id, count(*)::integer as changes from new_rows r group by r.customer_id) f;
  if ids is null then
    return null;
  end if;
  bumped := bump_files(tg_table_name, ids, changes);
  perform record_change(tg_table_name, c.file_id, c.file_version, c.owner_id, c.owner_id, null, c.new_row, clock_timestamp())
  from (
    select file.id as file_id, file.owner_id, to_jsonb(r) as new_row,
           (file.version + row_number() over same_file - count(*) over same_file)::integer as file_version
    from new_rows r
    join customer file on file.id = r.customer_id
    window same_file as (partition by file.id rows between unbounded preceding and unbounded following)
    order by file.id, file_version
  ) c;
  return null;
end
$$;
--> statement-breakpoint

-- Rows that left files.
create function capture_removed() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
  changes integer[];
  bumped boolean;
begin
  select array_agg(f.customer_id order by f.customer_id), array_agg(f.changes order by f.customer_id) into ids, changes
  from (select r.customer_id, count(*)::integer as changes from old_rows r group by r.customer_id) f;
  if ids is null then
    return null;
  end if;
  bumped := bump_files(tg_table_name, ids, changes);
  perform record_change(tg_table_name, c.file_id, c.file_version, c.owner_id, c.owner_id, c.old_row, null, clock_timestamp())
  from (
    select file.id as file_id, file.owner_id, to_jsonb(r) as old_row,
           (file.version + row_number() over same_file - count(*) over same_file)::integer as file_version
    from old_rows r
    join customer file on file.id = r.customer_id
    window same_file as (partition by file.id rows between unbounded preceding and unbounded following)
    order by file.id, file_version
  ) c;
  return null;
end
$$;
--> statement-breakpoint

-- Rows that changed in files. One that moved leaves its old file and comes into its new one.
create function capture_changed() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
  changes integer[];
  bumped boolean;
begin
  select array_agg(f.customer_id order by f.customer_id), array_agg(f.changes order by f.customer_id) into ids, changes
  from (
    select touched.customer_id, count(*)::integer as changes
    from old_rows o full join new_rows n on n.id = o.id,
         lateral (select o.customer_id union select n.customer_id) touched
    where o is distinct from n and touched.customer_id is not null
    group by touched.customer_id
  ) f;
  if ids is null then
    return null;
  end if;
  bumped := bump_files(tg_table_name, ids, changes);
  perform record_change(tg_table_name, c.file_id, c.file_version, c.owner_id, c.owner_id, c.old_row, c.new_row,
                        clock_timestamp())
  from (
    select file.id as file_id, file.owner_id,
           case when o.customer_id = file.id then to_jsonb(o) end as old_row,
           case when n.customer_id = file.id then to_jsonb(n) end as new_row,
           (file.version + row_number() over same_file - count(*) over same_file)::integer as file_version
    from old_rows o full join new_rows n on n.id = o.id
    join customer file on file.id in (o.customer_id, n.customer_id)
    where o is distinct from n
    window same_file as (partition by file.id rows between unbounded preceding and unbounded following)
    order by file.id, file_version
  ) c;
  return null;
end
$$;
--> statement-breakpoint

create function refuse_truncate() returns trigger language plpgsql as $$
begin
  raise exception 'truncate of % would leave no trace in the history: delete the rows instead', tg_table_name;
end
$$;
--> statement-breakpoint

create trigger capture_insert after insert on customer referencing new table as new_rows
  for each statement execute function capture_customer();
--> statement-breakpoint
create trigger capture_update after update on customer referencing old table as old_rows new table as new_rows
  for each statement execute function capture_customer();
--> statement-breakpoint
create trigger capture_delete after delete on customer referencing old table as old_rows
  for each statement execute function capture_customer();
--> statement-breakpoint

do $$
declare
  part text;
begin
  foreach part in array array['contact', 'interaction', 'need', 'deal', 'access_grant', 'customer_tag'] loop
    execute format('create trigger capture_insert after insert on %I referencing new table as new_rows
                      for each statement execute function capture_added()', part);
    execute format('create trigger capture_delete after delete on %I referencing old table as old_rows
                      for each statement execute function capture_removed()', part);
    -- An assignment of a tag has no id of its own: edited, it is one taken and one given.
    if part = 'customer_tag' then
      create trigger capture_update_from after update on customer_tag referencing old table as old_rows
        for each statement execute function capture_removed();
      create trigger capture_update_to after update on customer_tag referencing new table as new_rows
        for each statement execute function capture_added();
    else
      execute format('create trigger capture_update after update on %I
                        referencing old table as old_rows new table as new_rows
                        for each statement execute function capture_changed()', part);
    end if;
  end loop;
  foreach part in array array['customer', 'contact', 'interaction', 'need', 'deal', 'access_grant', 'customer_tag'] loop
    execute format('create trigger refuse_truncate before truncate on %I
                      for each statement execute function refuse_truncate()', part);
  end loop;
end
$$;
--> statement-breakpoint

-- Gives committed changes their place in the event log, at most that many, and returns how many.
-- Any process may call it at any time, in a transaction of its own at the default isolation: the
-- lock on stream_head orders the callers, and the next statement's snapshot, taken under the lock,
-- sees everything that a caller before saw. So numbers are dense, and no reader ever sees a number
-- before a smaller one.
create function sequence_events(at_most integer) returns integer language plpgsql as $$
declare
  head bigint;
  moved integer;
begin
  if not exists (select from outbox) then
    return 0;
  end if;
  select last_seq into strict head from stream_head for update;
  with batch as (
    delete from outbox where id = any (array(select id from outbox order by id limit at_most)) returning *
  ), logged as (
    insert into event_log (seq, customer_id, version, type, subject, subject_id, fields, actor_id, owner_before,
                           owner_after, grantee_id, source, request_id, occurred_at, transaction_id)
    select head + row_number() over (order by id), customer_id, version, type, subject, subject_id, fields, actor_id,
           owner_before, owner_after, grantee_id, source, request_id, occurred_at, transaction_id
    from batch
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
--> statement-breakpoint

-- Tells every instance to look again at an employee's sockets. Only a hint: rights are read anew
-- for every event.
create function announce_access_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('access_changed', case tg_table_name when 'employee' then to_jsonb(old) ->> 'id'
                                                         else to_jsonb(old) ->> 'employee_id' end);
  return null;
end
$$;
--> statement-breakpoint
create trigger access_changed after update on employee for each row
  when (old.disabled_at is distinct from new.disabled_at or old.role is distinct from new.role
        or old.team_id is distinct from new.team_id)
  execute function announce_access_change();
--> statement-breakpoint
create trigger access_changed_delete after delete on employee for each row execute function announce_access_change();
--> statement-breakpoint
create trigger access_changed after update on session for each row
  when (old.ended_at is null and new.ended_at is not null) execute function announce_access_change();
--> statement-breakpoint
create trigger access_changed_delete after delete on session for each row
  when (old.ended_at is null) execute function announce_access_change();
