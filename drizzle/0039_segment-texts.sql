-- A segment's description is a part of its definition as well: whoever wrote it is among those who wrote the segment.
drop trigger record_definition_update on segment;
--> statement-breakpoint
create trigger record_definition_update after update on segment for each row
  when ((old.name, old.description, old.rule, old.shared) is distinct from (new.name, new.description, new.rule, new.shared))
  execute function record_definition();
