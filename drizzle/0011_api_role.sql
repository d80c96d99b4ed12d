-- The two movers of events run with their owner's rights, because the role that serves the API may neither change nor
-- delete a line of the logs. See src/core/database/api-role.ts; the grants are made at start, for the role that is then known.

alter function sequence_events(integer) security definer set search_path = public, pg_temp;
--> statement-breakpoint
-- Deletes events at the beginning of the log that happened before older_than, at most that many, and returns how many.
-- Only what lies before the first younger event goes, so numbers stay dense.
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
