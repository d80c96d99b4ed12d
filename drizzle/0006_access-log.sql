-- The access log only grows (R106). The API's role has no right to change it; this refuses everybody else's slips too. What
-- is older than the retention leaves through trim_access_log() alone.

create function refuse_access_log_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('app.trimming_access_log', true) = 'on' then
    return old;
  end if;
  raise exception 'the access log only grows' using errcode = 'insufficient_privilege';
end
$$;

create trigger only_grows before update or delete on access_log
  for each row execute function refuse_access_log_change();

create trigger only_grows_whole before truncate on access_log
  for each statement execute function refuse_access_log_change();

-- Deletes entries from before an instant and returns how many. For the owner, by hand or in a job of their own. Logs of
-- access are kept for six months at least (网络安全法, article 21).
create function trim_access_log(before timestamptz) returns integer language plpgsql as $$
declare
  trimmed integer;
begin
  if before > now() - interval '6 months' then
    raise exception 'access log entries are kept for six months at least';
  end if;
  perform set_config('app.trimming_access_log', 'on', true);
  delete from access_log where occurred_at < before;
  get diagnostics trimmed = row_count;
  perform set_config('app.trimming_access_log', '', true);
  return trimmed;
end
$$;

-- Every request, decision, grant and end of one, by whatever writer, in the transaction that makes it: with what the access
-- is for, and from where and by which operation the step was taken. The API sets app.address and app.operation.
create function log_access_right() returns trigger language plpgsql as $$
declare
  actor constant uuid := nullif(current_setting('app.actor', true), '')::uuid;
  step constant text := case
    when tg_table_name = 'access_grant' then case when tg_op = 'INSERT' then 'GRANTED' else 'GRANT_ENDED' end
    else case when tg_op = 'INSERT' then 'REQUESTED' else 'DECIDED' end end;
begin
  insert into access_log (occurred_at, kind, employee_id, classes, customer_ids, grant_ids, code, purpose, operation_name, request_id, address)
  values (clock_timestamp(), step, actor, new.classes, array[new.customer_id],
          case when tg_table_name = 'access_grant' then array[new.id] else array_remove(array[(to_jsonb(new) ->> 'grant_id')::uuid], null) end,
          coalesce(to_jsonb(new) ->> 'decision', to_jsonb(new) ->> 'end_reason'),
          new.purpose, nullif(current_setting('app.operation', true), ''), nullif(current_setting('app.request', true), ''),
          nullif(current_setting('app.address', true), ''));
  return null;
end
$$;

create trigger log_insert after insert on access_grant for each row execute function log_access_right();

create trigger log_end after update on access_grant for each row
  when (old.ended_at is null and new.ended_at is not null) execute function log_access_right();

create trigger log_insert after insert on access_request for each row execute function log_access_right();

create trigger log_decision after update on access_request for each row
  when (old.decision is distinct from new.decision) execute function log_access_right();
