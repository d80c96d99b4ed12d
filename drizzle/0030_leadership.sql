-- Who leads a team decides requests for its files and sees its grants. Tells every instance to end the sockets of who came
-- to lead a team and who no longer does, as `access_changed` does of a role. Only a hint: rights are read for every event.
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
--> statement-breakpoint
create trigger leadership_changed after insert or update of leader_id or delete on team for each row
  execute function announce_leadership();
