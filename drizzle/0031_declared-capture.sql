-- How a table comes to be captured, said once: its migration calls one of these, and its model says the same by its `kind`.
-- The server does not start where one of the two is missing (src/model-check.ts). Names and definitions of the triggers are
-- those of 0004_capture and 0020_membership-notes, whose tables have them already.

-- What is an event of a file without a history of fields: such as a right on it. Rows have `id` and `customer_id`.
create function capture_only(captured regclass) returns void language plpgsql as $$
begin
  execute format('create trigger capture_insert after insert on %s referencing new table as new_rows
                    for each statement execute function capture_added()', captured);
  execute format('create trigger capture_delete after delete on %s referencing old table as old_rows
                    for each statement execute function capture_removed()', captured);
  execute format('create trigger capture_update after update on %s referencing old table as old_rows new table as new_rows
                    for each statement execute function capture_changed()', captured);
  execute format('create trigger refuse_truncate before truncate on %s
                    for each statement execute function refuse_truncate()', captured);
end
$$;
--> statement-breakpoint

-- A part of a file. Rows have `version` and `updated_at` as well.
create function capture_part(part regclass) returns void language plpgsql as $$
begin
  execute format('create trigger touch_row before update on %s for each row execute function touch_row()', part);
  perform capture_only(part);
end
$$;
--> statement-breakpoint

-- Rows that tie a file to rows outside of it, and have no id of their own: edited, one is taken and one given. The column by
-- which history and events speak of them is in record_row().
create function capture_link(link regclass) returns void language plpgsql as $$
begin
  execute format('create trigger capture_insert after insert on %s referencing new table as new_rows
                    for each statement execute function capture_added()', link);
  execute format('create trigger capture_delete after delete on %s referencing old table as old_rows
                    for each statement execute function capture_removed()', link);
  execute format('create trigger capture_update_from after update on %s referencing old table as old_rows
                    for each statement execute function capture_removed()', link);
  execute format('create trigger capture_update_to after update on %s referencing new table as new_rows
                    for each statement execute function capture_added()', link);
  execute format('create trigger refuse_truncate before truncate on %s
                    for each statement execute function refuse_truncate()', link);
end
$$;
--> statement-breakpoint

-- A table outside of files that the rules of segments can reach.
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
