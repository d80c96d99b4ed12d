CREATE TABLE "customer_export" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"employee_id" uuid NOT NULL,
	"format" text NOT NULL,
	"columns" text[] NOT NULL,
	"filter" jsonb,
	"segment_id" uuid,
	"locale" text NOT NULL,
	"purpose" text NOT NULL,
	"status" text DEFAULT 'READY' NOT NULL,
	"row_count" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone,
	"touched_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "customer_export_format_check" CHECK ("customer_export"."format" in ('CSV', 'XLSX')),
	CONSTRAINT "customer_export_status_check" CHECK ("customer_export"."status" in ('READY', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED', 'EXPIRED'))
);
--> statement-breakpoint
ALTER TABLE "access_log" DROP CONSTRAINT "access_log_kind_check";--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "purpose" text;--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "row_count" integer;--> statement-breakpoint
ALTER TABLE "customer_export" ADD CONSTRAINT "customer_export_employee_id_employee_id_fk" FOREIGN KEY ("employee_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "customer_export_created_idx" ON "customer_export" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "customer_export_open_idx" ON "customer_export" USING btree ("status") WHERE "customer_export"."status" in ('READY', 'RUNNING');--> statement-breakpoint
CREATE UNIQUE INDEX "customer_export_running_key" ON "customer_export" USING btree ("employee_id") WHERE "customer_export"."status" = 'RUNNING';--> statement-breakpoint
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_kind_check" CHECK ("access_log"."kind" in ('READ', 'EXPORT_STARTED', 'EXPORTED', 'REFUSED', 'REQUESTED', 'DECIDED', 'GRANTED', 'GRANT_ENDED', 'SIGNED_IN', 'SIGN_IN_REFUSED'));