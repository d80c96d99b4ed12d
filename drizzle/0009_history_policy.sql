-- Fields whose past is not kept (R84): declared as `history: 'OVERWRITE'` beside the field, of which this is the copy
-- that the capture goes by. The history says that they changed, when and by whom, never from what to what.
create function overwritten_columns(subject text) returns text[] language sql immutable as $$
  select case subject
    when 'contact' then '{household,religion,health,political_status}'::text[]
    else '{}'::text[] end
$$;
--> statement-breakpoint

-- As in 0004_capture, without the values of overwritten columns.
create or replace function record_change(
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
  overwritten constant text[] := overwritten_columns(subject);
begin
  with difference as materialized (
    select null as field, jsonb_strip_nulls(old_row - derived - overwritten) as old_value,
           jsonb_strip_nulls(new_row - derived - overwritten) as new_value
    where old_row is null or new_row is null
    union all
    select now.key,
           case when now.key <> all (overwritten) then nullif(old_row -> now.key, 'null') end,
           case when now.key <> all (overwritten) then nullif(now.value, 'null') end
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

-- What was kept before goes too.
update file_change
set old_value = case when field is null then old_value - overwritten_columns(subject) end,
    new_value = case when field is null then new_value - overwritten_columns(subject) end
where (field = any (overwritten_columns(subject)))
   or (field is null and (old_value ?| overwritten_columns(subject) or new_value ?| overwritten_columns(subject)));
