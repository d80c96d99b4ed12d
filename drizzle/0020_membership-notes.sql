-- What live membership (src/features/membership) has to know of beside the event log, and the history of definitions.

insert into membership_head default values;
--> statement-breakpoint

-- Notes that rows outside of files changed which the rules of segments may read. One line per statement, whoever writes;
-- always, because a segment that is becoming live just then does not show yet. The worker takes the lines away.
create function note_reference_change() returns trigger language plpgsql set jit = off as $$
begin
  if exists (select from old_rows o full join new_rows n on n.id = o.id where o is distinct from n) then
    insert into reference_change (subject, actor_id, occurred_at)
    values (tg_table_name, nullif(current_setting('app.actor', true), '')::uuid, clock_timestamp());
  end if;
  return null;
end
$$;
--> statement-breakpoint
create trigger note_reference_change after update on employee referencing old table as old_rows new table as new_rows
  for each statement execute function note_reference_change();
--> statement-breakpoint
create trigger note_reference_change after update on team referencing old table as old_rows new table as new_rows
  for each statement execute function note_reference_change();
--> statement-breakpoint
create trigger note_reference_change after update on tag referencing old table as old_rows new table as new_rows
  for each statement execute function note_reference_change();
--> statement-breakpoint

-- Rows that came or went may be reached by a rule as well: an employee joins a team whose leader's files are asked for.
create function note_reference_rows() returns trigger language plpgsql as $$
begin
  if exists (select from changed_rows) then
    insert into reference_change (subject, actor_id, occurred_at)
    values (tg_table_name, nullif(current_setting('app.actor', true), '')::uuid, clock_timestamp());
  end if;
  return null;
end
$$;
--> statement-breakpoint
do $$
declare
  part text;
begin
  foreach part in array array['employee', 'team', 'tag'] loop
    execute format('create trigger note_reference_insert after insert on %I referencing new table as changed_rows
                      for each statement execute function note_reference_rows()', part);
    execute format('create trigger note_reference_delete after delete on %I referencing old table as changed_rows
                      for each statement execute function note_reference_rows()', part);
  end loop;
end
$$;
--> statement-breakpoint

-- The lists of STATIC and SNAPSHOT segments.
create function note_list_change() returns trigger language plpgsql as $$
begin
  insert into reference_change (subject, subject_id, actor_id, occurred_at)
  select distinct 'segment', segment_id, nullif(current_setting('app.actor', true), '')::uuid, clock_timestamp()
  from changed_rows;
  return null;
end
$$;
--> statement-breakpoint
create trigger note_list_insert after insert on segment_member referencing new table as changed_rows
  for each statement execute function note_list_change();
--> statement-breakpoint
create trigger note_list_delete after delete on segment_member referencing old table as changed_rows
  for each statement execute function note_list_change();
--> statement-breakpoint

-- Each definition that a segment has had, and that it is another one now.
create function record_definition() returns trigger language plpgsql as $$
declare
  actor constant uuid := nullif(current_setting('app.actor', true), '')::uuid;
begin
  if tg_op <> 'DELETE' then
    insert into segment_definition (segment_id, version, name, rule, shared, actor_id, occurred_at)
    values (new.id, new.version, new.name, new.rule, new.shared, actor, clock_timestamp());
  end if;
  if tg_op = 'DELETE' or (tg_op = 'UPDATE' and old.rule is distinct from new.rule) then
    insert into reference_change (subject, subject_id, actor_id, occurred_at)
    values ('segment', old.id, actor, clock_timestamp());
  end if;
  return null;
end
$$;
--> statement-breakpoint
create trigger record_definition_insert after insert on segment for each row execute function record_definition();
--> statement-breakpoint
create trigger record_definition_update after update on segment for each row
  when ((old.name, old.rule, old.shared) is distinct from (new.name, new.rule, new.shared))
  execute function record_definition();
--> statement-breakpoint
create trigger record_definition_delete after delete on segment for each row execute function record_definition();
--> statement-breakpoint
insert into segment_definition (segment_id, version, name, rule, shared, actor_id, occurred_at)
select id, version, name, rule, shared, null, updated_at from segment;
