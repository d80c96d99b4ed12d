-- The capture of one change with less work still; what it takes: docs/decisions/0041-what-capture-costs.md
-- A changed file is compared column by column, by a function written from the catalogue; rows that come and go are `jsonb`
-- from the start; what an added interaction does to its file is told by that interaction.

-- One index in the order the history is read in; the key on `id` beside it served nobody. Names are drizzle's.
alter table file_change drop constraint file_change_pkey;
--> statement-breakpoint
drop index file_change_customer_idx;
--> statement-breakpoint
alter table file_change add constraint file_change_customer_id_version_id_pk primary key (customer_id, version, id);
--> statement-breakpoint

drop trigger capture_update on customer;
--> statement-breakpoint
drop function capture_customer_update();
--> statement-breakpoint
drop function capture_one(text, uuid, json, json);
--> statement-breakpoint
drop function record_change(text, text, uuid, integer, uuid, uuid, json, json, timestamptz);
--> statement-breakpoint
drop function event_type(text, json, json);
--> statement-breakpoint

-- What happened to a row of a file, in the words of CustomerFileEventType. A grant ends once: by being returned or
-- recalled, by its time, or by being deleted.
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
--> statement-breakpoint

-- Columns that follow from others, and change with every event: no change of a file by themselves.
create function derived_columns() returns text[] language sql immutable as $$
  select '{version,updated_at,last_interaction_at}'::text[]
$$;
--> statement-breakpoint

-- Who changes what, on whose request, as a writer may say for its transaction; see 0004_capture.
create function acting_employee() returns uuid language sql stable as $$
  select nullif(current_setting('app.actor', true), '')::uuid
$$;
--> statement-breakpoint
create function acting_source() returns text language sql stable as $$
  select coalesce(nullif(current_setting('app.source', true), ''), 'SQL')
$$;
--> statement-breakpoint
create function acting_request() returns text language sql stable as $$
  select nullif(current_setting('app.request', true), '')
$$;
--> statement-breakpoint

-- Writes into outbox and history that a row came into a file or left it: of old_row and new_row one is null.
create function record_row(
  kind text, subject text, file_id uuid, file_version integer, owner_before uuid, owner_after uuid,
  old_row jsonb, new_row jsonb, happened_at timestamptz
) returns void language plpgsql as $$
declare
  some_row constant jsonb := coalesce(new_row, old_row);
  row_id constant uuid := (some_row ->> case subject when 'customer_tag' then 'tag_id' else 'id' end)::uuid;
  kept constant jsonb := jsonb_strip_nulls(some_row) - derived_columns() - overwritten_columns(subject);
begin
  insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, owner_before, owner_after,
                      grantee_id, source, request_id, occurred_at, transaction_id)
  values (file_id, file_version, kind, subject, row_id, '{}', acting_employee(), owner_before, owner_after,
          (some_row ->> 'grantee_id')::uuid, acting_source(), acting_request(), happened_at,
          pg_current_xact_id()::text::bigint);
  insert into file_change (customer_id, version, subject, subject_id, operation, old_value, new_value,
                           actor_id, source, request_id, occurred_at)
  values (file_id, file_version, subject, row_id, case when old_row is null then 'INSERT' else 'DELETE' end,
          case when new_row is null then kept end, case when old_row is null then kept end,
          acting_employee(), acting_source(), acting_request(), happened_at);
end
$$;
--> statement-breakpoint

-- Writes into outbox and history that columns of a row changed: their names, with the values before and after.
create function record_fields(
  kind text, subject text, row_id uuid, grantee uuid, file_id uuid, file_version integer, owner_before uuid,
  owner_after uuid, fields text[], old_values jsonb[], new_values jsonb[], happened_at timestamptz
) returns void language plpgsql as $$
begin
  insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, owner_before, owner_after,
                      grantee_id, source, request_id, occurred_at, transaction_id)
  values (file_id, file_version, kind, subject, row_id, fields, acting_employee(), owner_before, owner_after,
          grantee, acting_source(), acting_request(), happened_at, pg_current_xact_id()::text::bigint);
  insert into file_change (customer_id, version, subject, subject_id, operation, field, old_value, new_value,
                           actor_id, source, request_id, occurred_at)
  select file_id, file_version, subject, row_id, 'UPDATE', change.field, change.old_value, change.new_value,
         acting_employee(), acting_source(), acting_request(), happened_at
  from unnest(fields, old_values, new_values) change (field, old_value, new_value);
end
$$;
--> statement-breakpoint

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
--> statement-breakpoint

-- Records what happened to one row of a file. A null old_row means that it came in, a null new_row that it left.
create function record_part(
  subject text, file_id uuid, file_version integer, owner uuid, old_row jsonb, new_row jsonb
) returns void language plpgsql as $$
declare
  change record;
  -- Assigned to, because an assignment evaluates a call at a tenth of the cost of `perform`.
  done text;
begin
  if old_row is null or new_row is null then
    done := record_row(event_type(subject, old_row, new_row), subject, file_id, file_version, owner, owner, old_row,
                       new_row, clock_timestamp());
  else
    change := compare_rows(subject, old_row, new_row);
    done := record_fields(event_type(subject, old_row, new_row), subject, (new_row ->> 'id')::uuid,
                          (new_row ->> 'grantee_id')::uuid, file_id, file_version, owner, owner,
                          change.fields, change.old_values, change.new_values, clock_timestamp());
  end if;
end
$$;
--> statement-breakpoint

create or replace function capture_customer() returns trigger language plpgsql set jit = off as $$
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
--> statement-breakpoint

-- Raises the versions of files by the number of changes in each, and so orders the events of one file: whoever holds its
-- row comes first. Rows are taken in id order, so that two statements over the same files cannot deadlock, and by a
-- statement of its own: the next one sees what was committed while this one waited. A file that is going away has no row
-- any more and is left alone.
create or replace function bump_files(subject text, ids uuid[], changes integer[]) returns boolean language plpgsql
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
--> statement-breakpoint

-- The same for one row in one file, and its record. Only an interaction that moved or left needs those that are still there.
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
--> statement-breakpoint

-- Rows that came into files, as in 0004_capture; one by itself.
create or replace function capture_added() returns trigger language plpgsql set jit = off as $$
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
--> statement-breakpoint

-- Rows that left files, as in 0004_capture; one by itself.
create or replace function capture_removed() returns trigger language plpgsql set jit = off as $$
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
--> statement-breakpoint

-- Rows that changed in files, as in 0004_capture; one that stays in its file by itself.
create or replace function capture_changed() returns trigger language plpgsql set jit = off as $$
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
--> statement-breakpoint

-- Writes the capture of a changed file from the columns that `customer` has now; it runs after the migrations, at each
-- start. A migration that takes a column away or renames it and changes files afterwards calls it in between.
--
-- By row, not by statement: nothing of one file depends on another, and most of these calls come of a version that was
-- raised, for which a join of all rows before and after has nothing to find.
--
-- What differs is made alike as it is noted. Whatever differs after that is a column the function does not know, added by
-- hand since it was written: those are found from the rows as they are.
create function prepare_capture() returns void language plpgsql as $$
declare
  compared text;
  body text;
begin
  select string_agg(format($column$
  if new.%1$I is distinct from old.%1$I then
    fields := array_append(fields, %1$L);
    old_values := array_append(old_values, %2$s);
    new_values := array_append(new_values, %3$s);
    old.%1$I := new.%1$I;
  end if;$column$,
      attname,
      case when is_kept then format('to_jsonb(old.%I)', attname) else 'null' end,
      case when is_kept then format('to_jsonb(new.%I)', attname) else 'null' end), '' order by attname)
  into compared
  from pg_attribute, lateral (values (attname <> all (overwritten_columns('customer')))) policy (is_kept)
  where attrelid = 'customer'::regclass and attnum > 0 and not attisdropped
    and attname <> 'id' and attname <> all (derived_columns());
  body := format($body$
declare
  kind constant text := case
    when old.archived_at is null and new.archived_at is not null then 'ARCHIVED'
    when old.archived_at is not null and new.archived_at is null then 'RESTORED'
    when old.owner_id <> new.owner_id then 'OWNER_CHANGED'
    else 'UPDATED' end;
  owner_before constant uuid := old.owner_id;
  fields text[] := '{}'::text[];
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
  if old is distinct from new then
    unknown := compare_rows('customer', to_jsonb(old), to_jsonb(new));
    fields := fields || unknown.fields;
    old_values := old_values || unknown.old_values;
    new_values := new_values || unknown.new_values;
  end if;
  if cardinality(fields) > 0 then
    done := record_fields(kind, 'customer', new.id, null, new.id, new.version, owner_before, new.owner_id,
                          fields, old_values, new_values, new.updated_at);
  end if;
  return null;
end
$body$, compared, (select string_agg(format(E'\n  old.%1$I := new.%1$I;', name), '') from unnest(derived_columns()) name));
  -- Not written again as it is: every session would prepare it anew.
  if not exists (select from pg_proc where oid = to_regproc('capture_customer_update') and prosrc = body) then
    execute format('create or replace function capture_customer_update() returns trigger language plpgsql as %L', body);
  end if;
end
$$;
--> statement-breakpoint
select prepare_capture();
--> statement-breakpoint
create trigger capture_update after update on customer for each row execute function capture_customer_update();
