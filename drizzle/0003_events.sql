-- From the outbox to the event log and the history: docs/decisions/0042-history-by-the-sequencer.md
--
-- A change is written once, into the outbox, with its values. The sequencer gives it a number in the event log and brings
-- its values into the history at the same moment; until then the history is read from the outbox.
--
-- What moves and trims events runs with its owner's rights (`security definer`), because the role that serves the API may
-- neither change nor delete a line of the logs. That role's grants are made at start: src/core/database/api-role.ts

-- Where the log ends. The epoch says to which life of the log a cursor belongs.
insert into stream_head (epoch) values (replace(gen_random_uuid()::text, '-', ''));

-- The history in the changes that still wait in the outbox: a line per changed column, or per row that came or left.
create view waiting_history with (security_invoker = true) as
select e.id, e.customer_id, e.version, e.subject, e.subject_id, e.row_version,
       case when line.field is not null then 'UPDATE' when line.new_value is not null then 'INSERT' else 'DELETE' end
         as operation,
       line.field, line.old_value, line.new_value, e.actor_id, e.source, e.request_id, e.occurred_at
from outbox e, unnest(e.fields, e.old_values, e.new_values) line (field, old_value, new_value)
where e.old_values is not null or e.new_values is not null;

-- The history from the moment a change is committed. For one file: a query that joins it to many scans the outbox for each.
create view file_history with (security_invoker = true) as
select id, customer_id, version, subject, subject_id, row_version, operation, field, old_value, new_value, actor_id, source,
       request_id, occurred_at
from file_change
union all
select * from waiting_history;

-- Gives committed changes their numbers in the event log, at most that many, and their lines in the history; returns how
-- many. Any process may call it at any time, in a transaction of its own at the default isolation: the lock on stream_head
-- orders the callers, and the snapshot of the next statement, taken under the lock, sees everything that an earlier caller
-- saw. So numbers are dense, and no reader ever sees a number before a smaller one.
create function sequence_events(at_most integer) returns integer language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  head bigint;
  ids bigint[];
  moved integer;
begin
  if not exists (select from outbox) then
    return 0;
  end if;
  select last_seq into strict head from stream_head for update;
  ids := array(select id from outbox order by id limit at_most);
  -- One statement, so that no snapshot finds a line twice or not at all.
  with history as (
    insert into file_change (id, customer_id, version, subject, subject_id, row_version, operation, field, old_value,
                             new_value, actor_id, source, request_id, occurred_at)
    select id, customer_id, version, subject, subject_id, row_version, operation, field, old_value, new_value, actor_id,
           source, request_id, occurred_at
    from waiting_history where id = any (ids)
    -- A row that names a column twice, written past the triggers, must not stop all delivery.
    on conflict do nothing
  ), batch as (
    delete from outbox where id = any (ids) returning *
  ), logged as (
    insert into event_log (seq, customer_id, version, type, subject, subject_id, row_version, fields, actor_id,
                           owner_before, owner_after, grantee_id, source, request_id, occurred_at, transaction_id)
    select head + row_number() over (order by id), customer_id, version, type, subject, subject_id, row_version, fields,
           actor_id, owner_before, owner_after, grantee_id, source, request_id, occurred_at, transaction_id
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

-- Deletes events at the beginning of the log that happened before older_than, at most that many, and returns how many.
-- Only what lies before the first younger event is deleted, so numbers stay dense.
create function trim_event_log(older_than timestamptz, at_most integer) returns integer
language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    delete from event_log
    where seq <= (select trimmed_to + at_most from stream_head)
      and seq < coalesce(
        (select seq from event_log where occurred_at >= older_than order by seq limit 1),
        (select last_seq + 1 from stream_head))
    returning seq
  ), head as (
    update stream_head set trimmed_to = greatest(trimmed_to, (select max(seq) from gone))
    where exists (select from gone)
  )
  select count(*)::int from gone
$$;

-- Makes every instance look again at an employee's sockets. Only a hint: rights are read again for every event.
create function announce_access_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('access_changed', case tg_table_name when 'employee' then to_jsonb(old) ->> 'id'
                                                         else to_jsonb(old) ->> 'employee_id' end);
  return null;
end
$$;

create trigger access_changed after update on employee for each row
  when (old.disabled_at is distinct from new.disabled_at or old.role is distinct from new.role
        or old.team_id is distinct from new.team_id)
  execute function announce_access_change();

create trigger access_changed_delete after delete on employee for each row execute function announce_access_change();

create trigger access_changed after update on session for each row
  when (old.ended_at is null and new.ended_at is not null) execute function announce_access_change();

create trigger access_changed_delete after delete on session for each row
  when (old.ended_at is null) execute function announce_access_change();

-- Who leads a team decides requests for its files and sees its grants. Makes every instance end the sockets of who came to
-- lead a team and of who no longer does, as announce_access_change() does of a role.
create function announce_leadership() returns trigger language plpgsql as $$
begin
  perform pg_notify('leadership_changed', leader_id::text)
    from (values (case when tg_op <> 'INSERT' then old.leader_id end),
                 (case when tg_op <> 'DELETE' then new.leader_id end)) led (leader_id)
    where leader_id is not null
      and (tg_op <> 'UPDATE' or old.leader_id is distinct from new.leader_id);
  return null;
end
$$;

create trigger leadership_changed after insert or update of leader_id or delete on team for each row
  execute function announce_leadership();
