-- As before, and with the name of the operation that took the step.
create or replace function log_access_right() returns trigger language plpgsql as $$
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
