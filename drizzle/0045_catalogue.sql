-- The catalogue of a file (R82): docs/decisions/0080-cancelled-numbers-and-catalogue.md

CREATE TABLE "catalogue_counter" (
	"customer_id" uuid PRIMARY KEY NOT NULL,
	"last" integer NOT NULL
);

CREATE TABLE "catalogue_entry" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"number" integer DEFAULT 0 NOT NULL,
	"volume" integer DEFAULT 1 NOT NULL,
	"title" text NOT NULL,
	"kind" text,
	"document_date" date,
	"form" text DEFAULT 'PAPER' NOT NULL,
	"place" text,
	"pages" integer,
	"notes" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT business_now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT business_now() NOT NULL,
	CONSTRAINT "catalogue_entry_volume_check" CHECK ("catalogue_entry"."volume" > 0),
	CONSTRAINT "catalogue_entry_form_check" CHECK ("catalogue_entry"."form" in ('ELECTRONIC', 'PAPER', 'BOTH'))
);

ALTER TABLE "catalogue_counter" ADD CONSTRAINT "catalogue_counter_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "catalogue_entry" ADD CONSTRAINT "catalogue_entry_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;
CREATE UNIQUE INDEX "catalogue_entry_number_key" ON "catalogue_entry" USING btree ("customer_id","number");
CREATE INDEX "catalogue_entry_created_idx" ON "catalogue_entry" USING btree ("created_at","id");
CREATE INDEX "catalogue_entry_updated_idx" ON "catalogue_entry" USING brin ("updated_at");
CREATE INDEX "catalogue_entry_kind_idx" ON "catalogue_entry" USING btree ("kind") WHERE "catalogue_entry"."kind" is not null;

select capture_part('catalogue_entry');

-- Gives a document its number within the file, where its writer names none. Writers lock the file before, so those of one file
-- wait for each other anyway; that of a document which was removed is not given again.
create function number_catalogue_entry() returns trigger language plpgsql as $$
begin
  loop
    insert into catalogue_counter as counter (customer_id, last) values (new.customer_id, 1)
    on conflict (customer_id) do update set last = counter.last + 1
    returning last into new.number;
    exit when not exists (
      select from catalogue_entry where customer_id = new.customer_id and number = new.number);
  end loop;
  return new;
end
$$;

create trigger number_catalogue_entry before insert on catalogue_entry
  for each row when (new.number = 0) execute function number_catalogue_entry();
