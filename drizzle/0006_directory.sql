CREATE TABLE "directory_lookup" (
	"employee_id" uuid NOT NULL,
	"period" text NOT NULL,
	"lookups" integer NOT NULL,
	"window_started_at" timestamp with time zone NOT NULL,
	CONSTRAINT "directory_lookup_employee_id_period_pk" PRIMARY KEY("employee_id","period"),
	CONSTRAINT "directory_lookup_period_check" CHECK ("directory_lookup"."period" in ('BURST', 'DAY'))
);
--> statement-breakpoint
ALTER TABLE "directory_lookup" ADD CONSTRAINT "directory_lookup_employee_id_employee_id_fk" FOREIGN KEY ("employee_id") REFERENCES "public"."employee"("id") ON DELETE cascade ON UPDATE no action;