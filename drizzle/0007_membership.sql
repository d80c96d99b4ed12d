-- What live membership of segments (src/features/membership) has to know beside the event log, and the history of
-- definitions: docs/decisions/0021-live-membership.md

-- How far membership has come.
insert into membership_head default values;

--------------------------------------------------------------------------------------------------------------------------
-- Rows outside of files
--
-- Notes that something changed which the rules of segments may read. One line per statement, whoever writes; always, because
-- a segment that is becoming live just then does not show yet. The worker deletes the lines.
--------------------------------------------------------------------------------------------------------------------------

create function note_reference_change() returns trigger language plpgsql set jit = off as $$
begin
  if exists (select from old_rows o full join new_rows n on n.id = o.id where o is distinct from n) then
    insert into reference_change (subject, actor_id, occurred_at)
    values (tg_table_name, nullif(current_setting('app.actor', true), '')::uuid, clock_timestamp());
  end if;
  return null;
end
$$;

-- Rows that came or went may be reached by a rule as well: an employee joins a team whose leader's files a rule selects.
create function note_reference_rows() returns trigger language plpgsql as $$
begin
  if exists (select from changed_rows) then
    insert into reference_change (subject, actor_id, occurred_at)
    values (tg_table_name, nullif(current_setting('app.actor', true), '')::uuid, clock_timestamp());
  end if;
  return null;
end
$$;

-- For a table outside of files that the rules of segments can reach, as the models' relations and conditions say.
create function note_reference(reference regclass) returns void language plpgsql as $$
begin
  execute format('create trigger note_reference_change after update on %s
                    referencing old table as old_rows new table as new_rows
                    for each statement execute function note_reference_change()', reference);
  execute format('create trigger note_reference_insert after insert on %s referencing new table as changed_rows
                    for each statement execute function note_reference_rows()', reference);
  execute format('create trigger note_reference_delete after delete on %s referencing old table as changed_rows
                    for each statement execute function note_reference_rows()', reference);
end
$$;

select note_reference('employee');
select note_reference('team');
select note_reference('tag');

--------------------------------------------------------------------------------------------------------------------------
-- Segments
--------------------------------------------------------------------------------------------------------------------------

-- The lists of STATIC and SNAPSHOT segments.
create function note_list_change() returns trigger language plpgsql as $$
begin
  insert into reference_change (subject, subject_id, actor_id, occurred_at)
  select distinct 'segment', segment_id, nullif(current_setting('app.actor', true), '')::uuid, clock_timestamp()
  from changed_rows;
  return null;
end
$$;

create trigger note_list_insert after insert on segment_member referencing new table as changed_rows
  for each statement execute function note_list_change();

create trigger note_list_delete after delete on segment_member referencing old table as changed_rows
  for each statement execute function note_list_change();

-- Keeps each definition that a segment has had, and notes that its rule is another one now.
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

create trigger record_definition_insert after insert on segment for each row execute function record_definition();

-- The description is part of the definition: whoever wrote it is among those who wrote the segment.
create trigger record_definition_update after update on segment for each row
  when ((old.name, old.description, old.rule, old.shared) is distinct from (new.name, new.description, new.rule, new.shared))
  execute function record_definition();

create trigger record_definition_delete after delete on segment for each row execute function record_definition();
