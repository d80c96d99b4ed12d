CREATE TABLE "department" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"name" text NOT NULL,
	"name_key" text collate "C" DEFAULT '' NOT NULL,
	"responsible_for" text[] DEFAULT '{}' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "department_name_unique" UNIQUE("name"),
	CONSTRAINT "department_responsible_for_check" CHECK ("department"."responsible_for" <@ array['REGISTRATION', 'CONTACTS', 'MARKET', 'RELATIONSHIP', 'NEEDS', 'DEALS', 'FINANCE', 'INTERACTIONS', 'KEEPING'])
);
--> statement-breakpoint
ALTER TABLE "employee" ADD COLUMN "department_id" uuid;--> statement-breakpoint
CREATE INDEX "department_name_key_idx" ON "department" USING btree ("name_key","id");--> statement-breakpoint
ALTER TABLE "employee" ADD CONSTRAINT "employee_department_id_department_id_fk" FOREIGN KEY ("department_id") REFERENCES "public"."department"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "employee_department_idx" ON "employee" USING btree ("department_id");
--> statement-breakpoint
create trigger name_key before insert or update of name, name_key on department
  for each row execute function keep_name_key();

create trigger touch_row before update on department for each row execute function touch_row();

create trigger record_change after insert or update or delete on department for each row
  execute function record_scoped_change();

-- A rule may name the department of a file's owner.
select note_reference('department');
