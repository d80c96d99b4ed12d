-- What the system writes into files by itself leaves their updated_at alone: a tier by the rule, the tasks of rules and of
-- audits. It says when people last changed a file, which is what lists are sorted by and silence is measured by. Version,
-- event and line of history are as of every change.

-- Keeps version and updated_at (and what else is derived) out of writers' hands. A row written back unchanged keeps both,
-- and the capture then sees no difference.
create or replace function touch_row() returns trigger language plpgsql as $$
declare
  shown record;
begin
  if tg_table_name = 'customer' then
    if current_setting('app.capturing', true) = 'on' then
      return new;
    end if;
    new.last_interaction_at := old.last_interaction_at;
  end if;
  new.version := old.version;
  new.updated_at := old.updated_at;
  if tg_table_name = 'employee' then
    shown := new;
    shown.password_hash := old.password_hash;
    if shown is not distinct from old then
      return new;
    end if;
  end if;
  if new is distinct from old then
    new.version := old.version + 1;
    -- Not now(): a writer that waited for the row must not appear to have come before the one it waited for.
    if tg_table_name <> 'customer' or current_setting('app.source', true) is distinct from 'SYSTEM' then
      new.updated_at := clock_timestamp();
    end if;
  end if;
  return new;
end
$$;

-- Raises the versions of files by the number of changes in each, and so orders the events of one file: whoever holds its
-- row comes first. Rows are locked in the order of their ids, so that two statements over the same files cannot deadlock,
-- and by a statement of its own: the next one sees what was committed while this one waited. A file that is being deleted
-- has no row any more and is left alone.
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
      -- A right that comes or goes is an event of the file but no change in it; nor is what the system does by itself.
      updated_at = case when subject = 'access_grant' or current_setting('app.source', true) = 'SYSTEM' then file.updated_at
                        else clock_timestamp() end,
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
create or replace function capture_one(subject text, file_id uuid, old_row jsonb, new_row jsonb) returns void language plpgsql as $$
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
        updated_at = case when subject = 'access_grant' or current_setting('app.source', true) = 'SYSTEM' then file.updated_at
                          else clock_timestamp() end,
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
create or replace function prepare_capture() returns void language plpgsql as $$
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
                          case when acting_source() = 'SYSTEM' then clock_timestamp() else new.updated_at end);
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

--------------------------------------------------------------------------------------------------------------------------
-- Tiers given back
--------------------------------------------------------------------------------------------------------------------------

-- Whoever takes a tier away gives the file back to the rule, which has it at once what it is due; also where it was the
-- rule that had set it.
drop trigger raise_tier on customer;
create trigger raise_tier after update on customer for each row
  when (new.tier_set_by is distinct from 'PERSON' and new.archived_at is null
        and (new.stage = 'WON' and old.stage <> 'WON' or new.nature is distinct from old.nature
             or new.tier is null and old.tier is not null or old.archived_at is not null))
  execute function raise_tier_of_file();
