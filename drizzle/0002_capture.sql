-- Change capture. Every committed change of a file (客户档案), by whatever writer, psql included, raises the file's version
-- and is written into the outbox with its values. From there 0003_events brings it into the event log and the history.
--
-- In this file: what a writer may say of itself; versions; the words of a change; writing it down; raising the file; the
-- triggers of files, then of parts; and how a table comes to be captured.
--
-- What it costs, and what was tried: docs/decisions/0041-what-capture-costs.md

--------------------------------------------------------------------------------------------------------------------------
-- What a writer may say of itself
--
-- Who changes what, on whose request: settings local to the transaction. A writer that sets none is 'SQL'.
--
-- app.capturing is not for writers: it is 'on' only while the capture itself raises versions, which is no change of a file.
--------------------------------------------------------------------------------------------------------------------------

create function acting_employee() returns uuid language sql stable as $$
  select nullif(current_setting('app.actor', true), '')::uuid
$$;

create function acting_source() returns text language sql stable as $$
  select coalesce(nullif(current_setting('app.source', true), ''), 'SQL')
$$;

create function acting_request() returns text language sql stable as $$
  select nullif(current_setting('app.request', true), '')
$$;

--------------------------------------------------------------------------------------------------------------------------
-- Versions
--------------------------------------------------------------------------------------------------------------------------

-- Keeps version and updated_at (and what else is derived) out of writers' hands. A row written back unchanged keeps both,
-- and the capture then sees no difference.
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

--------------------------------------------------------------------------------------------------------------------------
-- The words of a change
--------------------------------------------------------------------------------------------------------------------------

-- Columns that follow from others and change with every event: no change of a file by themselves.
create function derived_columns() returns text[] language sql immutable as $$
  select '{version,updated_at,last_interaction_at,name_key}'::text[]
$$;

-- Fields whose past is not kept (R84). Declared as `history: 'OVERWRITE'` beside the field; this is the copy that the
-- capture reads. The history says that they changed, when and by whom, never from what to what.
create function overwritten_columns(subject text) returns text[] language sql immutable as $$
  select case subject
    when 'contact' then '{household,religion,health,political_status}'::text[]
    else '{}'::text[] end
$$;

-- What happened to a row of a file, as a CustomerFileEventType: a copy of what the models declare. A null old_row means that
-- the row came into the file, a null new_row that it left. A grant ends once: by being returned or recalled, by its time, or
-- by being deleted.
create function event_type(subject text, old_row jsonb, new_row jsonb) returns text language plpgsql immutable as $$
begin
  if subject = 'interaction' then
    return case
      when old_row is null then 'INTERACTION_LOGGED'
      when new_row is null then 'INTERACTION_REMOVED'
      else 'INTERACTION_CHANGED' end;
  elsif subject = 'customer_tag' then
    return case when new_row is null then 'UNTAGGED' else 'TAGGED' end;
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

-- The columns that differ between two versions of a row, in the order of their names, with their values; of overwritten
-- columns the names alone.
create function compare_rows(
  subject text, old_row jsonb, new_row jsonb, out fields text[], out old_values jsonb[], out new_values jsonb[]
) language sql immutable as $$
  select coalesce(array_agg(now.key order by now.key), '{}'),
         array_agg(case when is_kept then nullif(old_row -> now.key, 'null') end order by now.key),
         array_agg(case when is_kept then nullif(now.value, 'null') end order by now.key)
  from jsonb_each(new_row) now, lateral (values (now.key <> all (overwritten_columns(subject)))) policy (is_kept)
  where now.value is distinct from old_row -> now.key and now.key <> all (derived_columns())
$$;

--------------------------------------------------------------------------------------------------------------------------
-- Writing a change down
--
-- Functions are called by assigning their result, also where there is none: an assignment evaluates a call at a tenth of
-- the cost of `perform`.
--------------------------------------------------------------------------------------------------------------------------

-- The outbox is filled and emptied all day: without this, finding its first row wades through dead ones.
alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Writes a change into the outbox: the names of the columns that changed, with their values before and after. The version
-- of the row is what a client's `expectedVersion` of it is compared with (docs/decisions/0053-conflict-by-field.md).
create function record_change(
  kind text, subject text, row_id uuid, row_version integer, grantee uuid, file_id uuid, file_version integer,
  owner_before uuid, owner_after uuid, fields text[], old_values jsonb[], new_values jsonb[], happened_at timestamptz
) returns void language plpgsql as $$
begin
  insert into outbox (customer_id, version, type, subject, subject_id, row_version, fields, old_values, new_values,
                      actor_id, owner_before, owner_after, grantee_id, source, request_id, occurred_at, transaction_id)
  values (file_id, file_version, kind, subject, row_id, row_version, fields, old_values, new_values, acting_employee(),
          owner_before, owner_after, grantee, acting_source(), acting_request(), happened_at,
          pg_current_xact_id()::text::bigint);
end
$$;

-- The same for a row that came into a file or left it: one of old_row and new_row is null.
create function record_row(
  kind text, subject text, file_id uuid, file_version integer, owner_before uuid, owner_after uuid,
  old_row jsonb, new_row jsonb, happened_at timestamptz
) returns void language plpgsql as $$
declare
  some_row constant jsonb := coalesce(new_row, old_row);
  row_id constant uuid := (some_row ->> case subject when 'customer_tag' then 'tag_id' else 'id' end)::uuid;
  -- What left would have had the next one.
  row_version constant integer := (some_row ->> 'version')::integer + (new_row is null)::integer;
  kept constant jsonb[] := array[jsonb_strip_nulls(some_row) - derived_columns() - overwritten_columns(subject)];
  done text;
begin
  done := record_change(kind, subject, row_id, row_version, (some_row ->> 'grantee_id')::uuid, file_id, file_version,
                        owner_before, owner_after, '{}', case when new_row is null then kept end,
                        case when old_row is null then kept end, happened_at);
end
$$;

-- The same for whatever happened to one row of a part. A null old_row means that it came in, a null new_row that it left.
create function record_part(
  subject text, file_id uuid, file_version integer, owner uuid, old_row jsonb, new_row jsonb
) returns void language plpgsql as $$
declare
  change record;
  done text;
begin
  if old_row is null or new_row is null then
    done := record_row(event_type(subject, old_row, new_row), subject, file_id, file_version, owner, owner, old_row,
                       new_row, clock_timestamp());
  else
    change := compare_rows(subject, old_row, new_row);
    done := record_change(event_type(subject, old_row, new_row), subject, (new_row ->> 'id')::uuid,
                          (new_row ->> 'version')::integer, (new_row ->> 'grantee_id')::uuid, file_id, file_version, owner,
                          owner, change.fields, change.old_values, change.new_values, clock_timestamp());
  end if;
end
$$;

--------------------------------------------------------------------------------------------------------------------------
-- Raising the file
--------------------------------------------------------------------------------------------------------------------------

-- Raises the versions of files by the number of changes in each, and so orders the events of one file: whoever holds its
-- row comes first. Rows are locked in the order of their ids, so that two statements over the same files cannot deadlock,
-- and by a statement of its own: the next one sees what was committed while this one waited. A file that is being deleted
-- has no row any more and is left alone.
create function bump_files(subject text, ids uuid[], changes integer[]) returns boolean language plpgsql
-- Planned once: with plans made for the arrays at hand, planning took longer than the update.
set plan_cache_mode = force_generic_plan as $$
declare
  done text;
begin
  perform from customer where id = any (ids) order by id for no key update;
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

-- The same for one row in one file, with its record: nearly every write changes one row of one file, and what is made for
-- many (arrays, sums, windows) would cost it more than the rows it writes. Only an interaction that moved or left has to
-- look at those that are still there.
create function capture_one(subject text, file_id uuid, old_row jsonb, new_row jsonb) returns void language plpgsql as $$
declare
  file_version integer;
  owner uuid;
  done text;
begin
  if subject = 'interaction' and old_row is not null then
    done := bump_files(subject, array[file_id], '{1}'::integer[]);
    select version, owner_id into file_version, owner from customer where id = file_id;
  else
    done := set_config('app.capturing', 'on', true);
    update customer file
    set version = file.version + 1,
        updated_at = case when subject = 'access_grant' then file.updated_at else clock_timestamp() end,
        last_interaction_at = case
          when subject = 'interaction' then greatest(file.last_interaction_at, (new_row ->> 'occurred_at')::timestamptz)
          else file.last_interaction_at end
    where file.id = file_id
    returning file.version, file.owner_id into file_version, owner;
    done := set_config('app.capturing', '', true);
  end if;
  if file_version is not null then
    done := record_part(subject, file_id, file_version, owner, old_row, new_row);
  end if;
end
$$;

--------------------------------------------------------------------------------------------------------------------------
-- Triggers of files
--
-- Triggers by statement, with transition tables: one call per statement, so that a bulk statement costs per row only what
-- it writes. Without `jit = off` a plan made for a bulk statement, expensive by estimate, would be compiled again for each
-- later statement of the session: a second per row (PostgreSQL 15 as Debian builds it).
--------------------------------------------------------------------------------------------------------------------------

-- A truncate fires no trigger that sees rows.
create function refuse_truncate() returns trigger language plpgsql as $$
begin
  raise exception 'truncate of % would leave no trace in the history: delete the rows instead', tg_table_name;
end
$$;

-- Files that came or left.
create function capture_customer() returns trigger language plpgsql set jit = off as $$
begin
  if tg_op = 'INSERT' then
    perform record_row('CREATED', 'customer', n.id, n.version, null, n.owner_id, null, to_jsonb(n), clock_timestamp())
    from new_rows n;
  else
    perform record_row('REMOVED', 'customer', o.id, o.version + 1, o.owner_id, null, to_jsonb(o), null, clock_timestamp())
    from old_rows o;
  end if;
  return null;
end
$$;

-- Writes capture_customer_update(), the capture of a changed file, from the columns that `customer` has now. It runs after
-- the migrations, at each start. A migration that drops or renames a column and changes files afterwards calls it in between.
--
-- That capture is by row, not by statement: nothing of one file depends on another, and most calls come from a version that
-- was raised, for which a join of all rows before and after would find nothing.
--
-- Whatever differs is noted and then made equal in the old row, so that one comparison of the rows, byte for byte, shows
-- whether anything is left. The columns that daily work changes come first, because each comparison has its price; then all
-- others that existed when the function was written. What still differs then is a column added by hand since; it is found by
-- comparing the rows as they are.
create function prepare_capture() returns void language plpgsql as $$
declare
  daily constant text[] := '{address,city,credit_limit,owner_id,stage,tier}';
  daily_columns text;
  other_columns text;
  body text;
begin
  with compared as (
    select attname, attname = any (daily) as is_daily, format($column$
  if new.%1$I is distinct from old.%1$I then%4$s
    fields := array_append(fields, %1$L);
    old_values := array_append(old_values, %2$s);
    new_values := array_append(new_values, %3$s);
    old.%1$I := new.%1$I;
  end if;$column$,
      attname,
      case when is_kept then format('to_jsonb(old.%I)', attname) else 'null' end,
      case when is_kept then format('to_jsonb(new.%I)', attname) else 'null' end,
      case attname
        when 'archived_at' then $kind$
    kind := case when new.archived_at is null then 'RESTORED' when old.archived_at is null then 'ARCHIVED' else kind end;$kind$
        when 'owner_id' then $kind$
    kind := 'OWNER_CHANGED';
    owner_before := old.owner_id;$kind$
        else '' end) as comparison
    from pg_attribute, lateral (values (attname <> all (overwritten_columns('customer')))) policy (is_kept)
    where attrelid = 'customer'::regclass and attnum > 0 and not attisdropped
      and attname <> 'id' and attname <> all (derived_columns())
  )
  select string_agg(comparison, '' order by attname) filter (where is_daily),
         string_agg(comparison, '' order by attname) filter (where not is_daily)
  into daily_columns, other_columns
  from compared;
  body := format($body$
declare
  -- Null as long as there is nothing to say: what is not assigned costs nothing.
  kind text;
  owner_before uuid;
  fields text[];
  old_values jsonb[];
  new_values jsonb[];
  unknown record;
  -- Assigned to, because an assignment evaluates a call at a tenth of the cost of `perform`.
  done text;
begin
  if current_setting('app.capturing', true) = 'on' then
    return null;
  end if;
  -- An id that changed shows as out and in.
  if new.id <> old.id then
    done := record_row('REMOVED', 'customer', old.id, old.version + 1, old.owner_id, null, to_jsonb(old), null,
                       new.updated_at);
    done := record_row('CREATED', 'customer', new.id, new.version, null, new.owner_id, null, to_jsonb(new),
                       new.updated_at);
    return null;
  end if;%s%s
  if old *<> new then%s
    if old *<> new then
      unknown := compare_rows('customer', to_jsonb(old), to_jsonb(new));
      fields := fields || nullif(unknown.fields, '{}');
      old_values := old_values || unknown.old_values;
      new_values := new_values || unknown.new_values;
    end if;
  end if;
  if fields is not null then
    done := record_change(coalesce(kind, 'UPDATED'), 'customer', new.id, new.version, null, new.id, new.version,
                          coalesce(owner_before, new.owner_id), new.owner_id, fields, old_values, new_values,
                          new.updated_at);
  end if;
  return null;
end
$body$, (select string_agg(format(E'\n  old.%1$I := new.%1$I;', name), '') from unnest(derived_columns()) name),
    daily_columns, other_columns);
  -- Not written again as it is: every session would prepare it again.
  if not exists (select from pg_proc where oid = to_regproc('capture_customer_update') and prosrc = body) then
    execute format('create or replace function capture_customer_update() returns trigger language plpgsql as %L', body);
  end if;
end
$$;

select prepare_capture();

create trigger touch_row before update on customer for each row execute function touch_row();

create trigger capture_insert after insert on customer referencing new table as new_rows
  for each statement execute function capture_customer();

create trigger capture_update after update on customer for each row execute function capture_customer_update();

create trigger capture_delete after delete on customer referencing old table as old_rows
  for each statement execute function capture_customer();

create trigger refuse_truncate before truncate on customer for each statement execute function refuse_truncate();

--------------------------------------------------------------------------------------------------------------------------
-- Triggers of what belongs to files
--
-- One row goes the short way, through capture_one(). Several share one update of their files; each change gets the version
-- that its file would have had if they had been made one by one.
--------------------------------------------------------------------------------------------------------------------------

-- Rows that came into files.
create function capture_added() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
  changes integer[];
  one_file uuid;
  one_row jsonb;
  done text;
begin
  select r.customer_id, to_jsonb(r) into one_file, one_row from new_rows r where not exists (select from new_rows offset 1);
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
  perform record_part(tg_table_name, c.file_id, c.file_version, c.owner_id, null, c.new_row)
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

-- Rows that left files.
create function capture_removed() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
  changes integer[];
  one_file uuid;
  one_row jsonb;
  done text;
begin
  select r.customer_id, to_jsonb(r) into one_file, one_row from old_rows r where not exists (select from old_rows offset 1);
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
  perform record_part(tg_table_name, c.file_id, c.file_version, c.owner_id, c.old_row, null)
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

-- Rows that changed in files. One that moved leaves its old file and comes into its new one.
create function capture_changed() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
  changes integer[];
  one_file uuid;
  old_one jsonb;
  new_one jsonb;
  done text;
begin
  select n.customer_id, to_jsonb(o), to_jsonb(n) into one_file, old_one, new_one
  from old_rows o join new_rows n on n.id = o.id and n.customer_id = o.customer_id
  where not exists (select from new_rows offset 1);
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
  perform record_part(tg_table_name, c.file_id, c.file_version, c.owner_id, c.old_row, c.new_row)
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

--------------------------------------------------------------------------------------------------------------------------
-- How a table comes to be captured
--
-- Its migration calls one of these, and its model says the same by its `kind`. The server does not start where one of the
-- two is missing (src/model-check.ts).
--------------------------------------------------------------------------------------------------------------------------

-- What is an event of a file without a history of fields, such as a right on it. Rows have `id` and `customer_id`.
create function capture_only(captured regclass) returns void language plpgsql as $$
begin
  execute format('create trigger capture_insert after insert on %s referencing new table as new_rows
                    for each statement execute function capture_added()', captured);
  execute format('create trigger capture_delete after delete on %s referencing old table as old_rows
                    for each statement execute function capture_removed()', captured);
  execute format('create trigger capture_update after update on %s referencing old table as old_rows new table as new_rows
                    for each statement execute function capture_changed()', captured);
  execute format('create trigger refuse_truncate before truncate on %s
                    for each statement execute function refuse_truncate()', captured);
end
$$;

-- A part of a file. Rows have `version` and `updated_at` as well.
create function capture_part(part regclass) returns void language plpgsql as $$
begin
  execute format('create trigger touch_row before update on %s for each row execute function touch_row()', part);
  perform capture_only(part);
end
$$;

-- Rows that tie a file to rows outside of it and have no id of their own: changing one is taking it away and giving another.
-- The column by which history and events name them is in record_row().
create function capture_link(link regclass) returns void language plpgsql as $$
begin
  execute format('create trigger capture_insert after insert on %s referencing new table as new_rows
                    for each statement execute function capture_added()', link);
  execute format('create trigger capture_delete after delete on %s referencing old table as old_rows
                    for each statement execute function capture_removed()', link);
  execute format('create trigger capture_update_from after update on %s referencing old table as old_rows
                    for each statement execute function capture_removed()', link);
  execute format('create trigger capture_update_to after update on %s referencing new table as new_rows
                    for each statement execute function capture_added()', link);
  execute format('create trigger refuse_truncate before truncate on %s
                    for each statement execute function refuse_truncate()', link);
end
$$;

select capture_part('contact');
select capture_part('interaction');
select capture_part('need');
select capture_part('deal');
select capture_only('access_grant');
select capture_link('customer_tag');

-- Rows with a version of their own outside of files.
create trigger touch_row before update on segment for each row execute function touch_row();
create trigger touch_row before update on employee for each row execute function touch_row();
create trigger touch_row before update on team for each row execute function touch_row();
