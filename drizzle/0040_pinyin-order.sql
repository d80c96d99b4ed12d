DROP INDEX "segment_name_idx";--> statement-breakpoint
ALTER TABLE "segment" ADD COLUMN "name_key" text collate "C" DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "tag" ADD COLUMN "label_key" text collate "C" DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "tag" ADD COLUMN "facet_key" text collate "C";--> statement-breakpoint
CREATE INDEX "segment_name_key_idx" ON "segment" USING btree ("name_key","id");--> statement-breakpoint
CREATE INDEX "tag_label_key_idx" ON "tag" USING btree ("label_key","id");
--> statement-breakpoint
-- Names of segments and tags in the order in which people read them. Both tables are small, and written by people.
create trigger name_key before insert or update of name, name_key on segment
  for each row execute function keep_name_key();

create function keep_tag_keys() returns trigger language plpgsql as $$
begin
  -- The label is generated after this trigger.
  new.label_key := sort_key(case when new.facet is null then new.value else new.facet || '-' || new.value end);
  new.facet_key := case when new.facet is not null then sort_key(new.facet) end;
  return new;
end
$$;

create trigger label_key before insert or update of facet, value, label_key, facet_key on tag
  for each row execute function keep_tag_keys();

-- Nobody changes them by this: without the triggers that would say so.
alter table segment disable trigger user;
update segment set name_key = sort_key(name);
alter table segment enable trigger user;
alter table tag disable trigger user;
update tag set label_key = sort_key(label), facet_key = case when facet is not null then sort_key(facet) end;
alter table tag enable trigger user;
