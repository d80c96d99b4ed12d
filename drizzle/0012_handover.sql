CREATE TABLE "handover" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"from_employee_id" uuid NOT NULL,
	"performed_by_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled" boolean NOT NULL,
	"customers" integer NOT NULL,
	"deals" integer NOT NULL,
	"grants" integer NOT NULL,
	"segments" integer NOT NULL,
	"receptions" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "handover" ADD CONSTRAINT "handover_from_employee_id_employee_id_fk" FOREIGN KEY ("from_employee_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover" ADD CONSTRAINT "handover_performed_by_id_employee_id_fk" FOREIGN KEY ("performed_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "handover_created_idx" ON "handover" USING btree ("created_at","id");