-- The capture of one row costs what it writes. Nearly every write changes one row of one file, and for it the
-- statements made for many (sums by file, windows, arrays, columns compared that are not there) took longer than the
-- rows they wrote: logging an interaction was twice as slow with the capture as without.

-- As in 0009_history_policy; of a row that came or left there are no columns to compare.
create or replace function record_change(
  subject text, file_id uuid, file_version integer, old_owner uuid, new_owner uuid,
  old_row jsonb, new_row jsonb, happened_at timestamptz
) returns void language plpgsql as $$
declare
  some_row constant jsonb := coalesce(new_row, old_row);
  row_id constant uuid := case subject when 'customer_tag' then some_row ->> 'tag_id' else some_row ->> 'id' end;
  grantee constant uuid := case subject when 'access_grant' then some_row ->> 'grantee_id' end;
  kind constant text := event_type(subject, old_row, new_row);
  actor constant uuid := nullif(current_setting('app.actor', true), '');
  origin constant text := coalesce(nullif(current_setting('app.source', true), ''), 'SQL');
  request constant text := nullif(current_setting('app.request', true), '');
  transaction constant bigint := pg_current_xact_id()::text::bigint;
  -- They follow from other columns, and change with every event.
  derived constant text[] := '{version,updated_at,last_interaction_at}';
  overwritten constant text[] := overwritten_columns(subject);
begin
  if old_row is null or new_row is null then
    insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, owner_before, owner_after,
                        grantee_id, source, request_id, occurred_at, transaction_id)
    values (file_id, file_version, kind, subject, row_id, '{}', actor, old_owner, new_owner, grantee, origin, request,
            happened_at, transaction);
    insert into file_change (customer_id, version, subject, subject_id, operation, old_value, new_value,
                             actor_id, source, request_id, occurred_at)
    values (file_id, file_version, subject, row_id, case when old_row is null then 'INSERT' else 'DELETE' end,
            jsonb_strip_nulls(old_row - derived - overwritten), jsonb_strip_nulls(new_row - derived - overwritten),
            actor, origin, request, happened_at);
    return;
  end if;
  with difference as materialized (
    select now.key as field,
           case when now.key <> all (overwritten) then nullif(old_row -> now.key, 'null') end as old_value,
           case when now.key <> all (overwritten) then nullif(now.value, 'null') end as new_value
    from jsonb_each(new_row - derived) now
    where now.value is distinct from old_row -> now.key
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

-- What bump_files() and record_change() do for many, for one row in one file. A file that is going away has no row any
-- more and is left alone.
create or replace function capture_one(subject text, file_id uuid, old_row jsonb, new_row jsonb) returns boolean language plpgsql as $$
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
    done := record_change(subject, file_id, file_version, owner, owner, old_row, new_row, clock_timestamp());
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
  one_row jsonb;
  done boolean;
begin
  select r.customer_id, to_jsonb(r) into one_file, one_row from new_rows r where (select count(*) from new_rows) = 1;
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

-- Rows that left files, as in 0004_capture; one by itself.
create or replace function capture_removed() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
  changes integer[];
  one_file uuid;
  one_row jsonb;
  done boolean;
begin
  select r.customer_id, to_jsonb(r) into one_file, one_row from old_rows r where (select count(*) from old_rows) = 1;
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

-- Rows that changed in files, as in 0004_capture; one that stays in its file by itself.
create or replace function capture_changed() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
  changes integer[];
  one_file uuid;
  old_one jsonb;
  new_one jsonb;
  done boolean;
begin
  select n.customer_id, to_jsonb(o), to_jsonb(n) into one_file, old_one, new_one
  from old_rows o join new_rows n on n.id = o.id and n.customer_id = o.customer_id
  where (select count(*) from new_rows) = 1;
  if found then
    if old_one <> new_one then
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
