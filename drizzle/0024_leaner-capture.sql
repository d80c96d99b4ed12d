-- The capture of one change with less work. What it took, and what was tried: docs/decisions/0041-what-capture-costs.md

-- Asked only of statements that name these columns: the condition of a trigger is read and prepared anew for each
-- statement, and every change of a contact or an interaction raises its file's version.
drop trigger active_owner on customer;
--> statement-breakpoint
create constraint trigger active_owner after update of owner_id, archived_at on customer
  deferrable initially deferred for each row
  when (new.archived_at is null and (new.owner_id <> old.owner_id or old.archived_at is not null))
  execute function require_active_owner();
--> statement-breakpoint

drop trigger capture_update on customer;
--> statement-breakpoint
drop function record_change(text, uuid, integer, uuid, uuid, jsonb, jsonb, timestamptz);
--> statement-breakpoint
drop function capture_one(text, uuid, jsonb, jsonb);
--> statement-breakpoint
drop function event_type(text, jsonb, jsonb);
--> statement-breakpoint

-- What happened to a row of a file, in the words of CustomerFileEventType. A grant ends once: by being returned or
-- recalled, by its time, or by being deleted.
create function event_type(subject text, old_row json, new_row json) returns text language sql immutable as $$
  select case subject
    when 'interaction' then case
      when old_row is null then 'INTERACTION_LOGGED'
      when new_row is null then 'INTERACTION_REMOVED'
      else 'INTERACTION_CHANGED' end
    when 'customer_tag' then case when new_row is null then 'UNTAGGED' else 'TAGGED' end
    when 'access_grant' then case
      when coalesce(old_row ->> 'ended_at', old_row ->> 'lapsed_at') is not null then 'ACCESS_CHANGED'
      when new_row is null or coalesce(new_row ->> 'ended_at', new_row ->> 'lapsed_at') is not null then 'ACCESS_ENDED'
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
-- the file, a null new_row that it left. Rows as `json`, whose fields keep the order of the columns: two versions of a row
-- are compared side by side. Making `jsonb` of both took longer than all else.
create function record_change(
  kind text, subject text, file_id uuid, file_version integer, old_owner uuid, new_owner uuid,
  old_row json, new_row json, happened_at timestamptz
) returns void language plpgsql as $$
declare
  actor constant uuid := nullif(current_setting('app.actor', true), '');
  origin constant text := coalesce(nullif(current_setting('app.source', true), ''), 'SQL');
  request constant text := nullif(current_setting('app.request', true), '');
  transaction constant bigint := pg_current_xact_id()::text::bigint;
  -- They follow from other columns, and change with every event.
  derived constant text[] := '{version,updated_at,last_interaction_at}';
  overwritten constant text[] := overwritten_columns(subject);
  some_row constant json := coalesce(new_row, old_row);
  row_id constant uuid := case subject
    when 'customer' then file_id
    when 'customer_tag' then (some_row ->> 'tag_id')::uuid
    else (some_row ->> 'id')::uuid end;
  grantee constant uuid := case subject when 'access_grant' then some_row ->> 'grantee_id' end;
  kept jsonb;
begin
  if old_row is null or new_row is null then
    kept := json_strip_nulls(some_row)::jsonb - derived - overwritten;
    insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, owner_before, owner_after,
                        grantee_id, source, request_id, occurred_at, transaction_id)
    values (file_id, file_version, kind, subject, row_id, '{}', actor, old_owner, new_owner, grantee, origin, request,
            happened_at, transaction);
    insert into file_change (customer_id, version, subject, subject_id, operation, old_value, new_value,
                             actor_id, source, request_id, occurred_at)
    values (file_id, file_version, subject, row_id, case when old_row is null then 'INSERT' else 'DELETE' end,
            case when new_row is null then kept end, case when old_row is null then kept end,
            actor, origin, request, happened_at);
    return;
  end if;
  with difference as materialized (
    select field,
           case when field <> all (overwritten) then nullif(old_value::jsonb, 'null') end as old_value,
           case when field <> all (overwritten) then nullif(new_value::jsonb, 'null') end as new_value
    from rows from (json_each(old_row), json_each(new_row)) as versions (field, old_value, same_field, new_value)
    where old_value::text <> new_value::text and field <> all (derived)
  ), event as (
    insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, owner_before, owner_after,
                        grantee_id, source, request_id, occurred_at, transaction_id)
    values (file_id, file_version, kind, subject, row_id, array(select field from difference order by field),
            actor, old_owner, new_owner, grantee, origin, request, happened_at, transaction)
  )
  insert into file_change (customer_id, version, subject, subject_id, operation, field, old_value, new_value,
                           actor_id, source, request_id, occurred_at)
  select file_id, file_version, subject, row_id, 'UPDATE', field, old_value, new_value,
         actor, origin, request, happened_at
  from difference
  order by field;
end
$$;
--> statement-breakpoint

create or replace function capture_customer() returns trigger language plpgsql set jit = off as $$
begin
  if tg_op = 'INSERT' then
    perform record_change('CREATED', 'customer', n.id, n.version, null, n.owner_id, null, row_to_json(n), clock_timestamp())
    from new_rows n;
  else
    perform record_change('REMOVED', 'customer', o.id, o.version + 1, o.owner_id, null, row_to_json(o), null,
                          clock_timestamp())
    from old_rows o;
  end if;
  return null;
end
$$;
--> statement-breakpoint

-- By row, not by statement: nothing of one file depends on another, and most of these calls come of a version that was
-- raised, for which a join of all rows before and after has nothing to find.
create function capture_customer_update() returns trigger language plpgsql as $$
declare
  -- Assigned to, because an assignment evaluates a call at a tenth of the cost of `perform`.
  done text;
begin
  if current_setting('app.capturing', true) = 'on' or new is not distinct from old then
    return null;
  end if;
  -- An id that changed shows as out and in.
  if new.id <> old.id then
    done := record_change('REMOVED', 'customer', old.id, old.version + 1, old.owner_id, null, row_to_json(old), null,
                          new.updated_at);
    done := record_change('CREATED', 'customer', new.id, new.version, null, new.owner_id, null, row_to_json(new),
                          new.updated_at);
    return null;
  end if;
  done := record_change(
    case
      when old.archived_at is null and new.archived_at is not null then 'ARCHIVED'
      when old.archived_at is not null and new.archived_at is null then 'RESTORED'
      when old.owner_id <> new.owner_id then 'OWNER_CHANGED'
      else 'UPDATED' end,
    'customer', new.id, new.version, old.owner_id, new.owner_id, row_to_json(old), row_to_json(new), new.updated_at);
  return null;
end
$$;
--> statement-breakpoint
create trigger capture_update after update on customer for each row execute function capture_customer_update();
--> statement-breakpoint

-- What bump_files() and record_change() do for many, for one row in one file. A file that is going away has no row any
-- more and is left alone.
create function capture_one(subject text, file_id uuid, old_row json, new_row json) returns boolean language plpgsql as $$
declare
  file_version integer;
  owner uuid;
  -- Assigned to, because an assignment evaluates a call at a tenth of the cost of `perform`.
  done text;
begin
  done := set_config('app.capturing', 'on', true);
  update customer file
  set version = file.version + 1,
      -- A right that comes or goes is an event of the file but no change in it.
      updated_at = case when subject = 'access_grant' then file.updated_at else clock_timestamp() end,
      last_interaction_at = case
        when subject = 'interaction' then (select max(i.occurred_at) from interaction i where i.customer_id = file.id)
        else file.last_interaction_at end
  where file.id = file_id
  returning file.version, file.owner_id into file_version, owner;
  done := set_config('app.capturing', '', true);
  if file_version is not null then
    done := record_change(event_type(subject, old_row, new_row), subject, file_id, file_version, owner, owner,
                          old_row, new_row, clock_timestamp());
  end if;
  return true;
end
$$;
--> statement-breakpoint

-- Rows that came into files, as in 0004_capture; one by itself.
create or replace function capture_added() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
  changes integer[];
  one_file uuid;
  one_row json;
  done boolean;
begin
  select r.customer_id, row_to_json(r) into one_file, one_row from new_rows r where not exists (select from new_rows offset 1);
  if found then
    done := capture_one(tg_table_name, one_file, null, one_row);
    return null;
  end if;
  select array_agg(f.customer_id order by f.customer_id), array_agg(f.changes order by f.customer_id) into ids, changes
  from (select r.customer_id, count(*)::integer as changes from new_rows r group by r.customer_id) f;
  if ids is null then
    return null;
  end if;
  done := bump_files(tg_table_name, ids, changes);
  perform record_change(event_type(tg_table_name, null, c.new_row), tg_table_name, c.file_id, c.file_version, c.owner_id,
                        c.owner_id, null, c.new_row, clock_timestamp())
  from (
    select file.id as file_id, file.owner_id, row_to_json(r) as new_row,
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

-- Rows that left files, as in 0004_capture; one by itself.
create or replace function capture_removed() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
  changes integer[];
  one_file uuid;
  one_row json;
  done boolean;
begin
  select r.customer_id, row_to_json(r) into one_file, one_row from old_rows r where not exists (select from old_rows offset 1);
  if found then
    done := capture_one(tg_table_name, one_file, one_row, null);
    return null;
  end if;
  select array_agg(f.customer_id order by f.customer_id), array_agg(f.changes order by f.customer_id) into ids, changes
  from (select r.customer_id, count(*)::integer as changes from old_rows r group by r.customer_id) f;
  if ids is null then
    return null;
  end if;
  done := bump_files(tg_table_name, ids, changes);
  perform record_change(event_type(tg_table_name, c.old_row, null), tg_table_name, c.file_id, c.file_version, c.owner_id,
                        c.owner_id, c.old_row, null, clock_timestamp())
  from (
    select file.id as file_id, file.owner_id, row_to_json(r) as old_row,
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

-- Rows that changed in files, as in 0004_capture; one that stays in its file by itself.
create or replace function capture_changed() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
  changes integer[];
  one_file uuid;
  old_one json;
  new_one json;
  done boolean;
begin
  select n.customer_id, row_to_json(o), row_to_json(n) into one_file, old_one, new_one
  from old_rows o join new_rows n on n.id = o.id and n.customer_id = o.customer_id
  where not exists (select from new_rows offset 1);
  if found then
    if old_one::text <> new_one::text then
      done := capture_one(tg_table_name, one_file, old_one, new_one);
    end if;
    return null;
  end if;
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
  done := bump_files(tg_table_name, ids, changes);
  perform record_change(event_type(tg_table_name, c.old_row, c.new_row), tg_table_name, c.file_id, c.file_version, c.owner_id,
                        c.owner_id, c.old_row, c.new_row, clock_timestamp())
  from (
    select file.id as file_id, file.owner_id,
           case when o.customer_id = file.id then row_to_json(o) end as old_row,
           case when n.customer_id = file.id then row_to_json(n) end as new_row,
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
