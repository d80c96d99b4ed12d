CREATE TABLE "handover_file" (
	"handover_id" uuid NOT NULL,
	"receiver_id" uuid NOT NULL,
	"customer_id" uuid NOT NULL,
	"owner_before_id" uuid NOT NULL,
	"custodian_before_id" uuid,
	"as_owner" boolean NOT NULL,
	"as_custodian" boolean NOT NULL,
	CONSTRAINT "handover_file_handover_id_receiver_id_customer_id_pk" PRIMARY KEY("handover_id","receiver_id","customer_id")
);
--> statement-breakpoint
CREATE TABLE "handover_reception" (
	"handover_id" uuid NOT NULL,
	"employee_id" uuid NOT NULL,
	"customers" integer NOT NULL,
	"custodianships" integer NOT NULL,
	"confirmed_at" timestamp with time zone,
	CONSTRAINT "handover_reception_handover_id_employee_id_pk" PRIMARY KEY("handover_id","employee_id")
);
--> statement-breakpoint
ALTER TABLE "handover" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "handover" ADD COLUMN "archived_customers" integer;--> statement-breakpoint
ALTER TABLE "handover" ADD COLUMN "custodianships" integer;--> statement-breakpoint
ALTER TABLE "handover" ADD COLUMN "confirmed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "handover_file" ADD CONSTRAINT "handover_file_handover_id_handover_id_fk" FOREIGN KEY ("handover_id") REFERENCES "public"."handover"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_file" ADD CONSTRAINT "handover_file_receiver_id_employee_id_fk" FOREIGN KEY ("receiver_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_file" ADD CONSTRAINT "handover_file_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_file" ADD CONSTRAINT "handover_file_owner_before_id_employee_id_fk" FOREIGN KEY ("owner_before_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_file" ADD CONSTRAINT "handover_file_custodian_before_id_employee_id_fk" FOREIGN KEY ("custodian_before_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_reception" ADD CONSTRAINT "handover_reception_handover_id_handover_id_fk" FOREIGN KEY ("handover_id") REFERENCES "public"."handover"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_reception" ADD CONSTRAINT "handover_reception_employee_id_employee_id_fk" FOREIGN KEY ("employee_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "handover_file_customer_idx" ON "handover_file" USING btree ("customer_id");--> statement-breakpoint
CREATE INDEX "handover_reception_employee_idx" ON "handover_reception" USING btree ("employee_id");--> statement-breakpoint
CREATE INDEX "customer_custodian_idx" ON "customer" USING btree ("custodian_id");--> statement-breakpoint
-- What earlier records tell: owners alone, and no list.
INSERT INTO "handover_reception" ("handover_id", "employee_id", "customers", "custodianships")
SELECT h.id, r."employeeId", r.customers, 0 FROM "handover" h, jsonb_to_recordset(h.receptions) r ("employeeId" uuid, customers integer);--> statement-breakpoint
UPDATE "handover" SET "reason" = CASE WHEN "disabled" THEN 'LEAVING' ELSE 'CHANGE_OF_POST' END, "archived_customers" = 0, "custodianships" = 0;--> statement-breakpoint
ALTER TABLE "handover" ALTER COLUMN "reason" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "handover" ALTER COLUMN "archived_customers" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "handover" ALTER COLUMN "custodianships" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "handover" DROP COLUMN "receptions";--> statement-breakpoint
ALTER TABLE "handover" ADD CONSTRAINT "handover_reason_check" CHECK ("handover"."reason" in ('LEAVING', 'CHANGE_OF_POST'));