CREATE TABLE "access_log" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"occurred_at" timestamp with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"employee_id" uuid,
	"session_id" uuid,
	"classes" text[] DEFAULT '{}' NOT NULL,
	"customer_ids" uuid[] DEFAULT '{}' NOT NULL,
	"grant_ids" uuid[] DEFAULT '{}' NOT NULL,
	"fields" text[] DEFAULT '{}' NOT NULL,
	"code" text,
	"operation_name" text,
	"request_id" text,
	"address" text,
	CONSTRAINT "access_log_kind_check" CHECK ("access_log"."kind" in ('READ', 'EXPORTED', 'REFUSED', 'REQUESTED', 'DECIDED', 'GRANTED', 'GRANT_ENDED', 'SIGNED_IN', 'SIGN_IN_REFUSED'))
);
--> statement-breakpoint
CREATE INDEX "access_log_occurred_idx" ON "access_log" USING btree ("occurred_at","id");--> statement-breakpoint
CREATE INDEX "access_log_employee_idx" ON "access_log" USING btree ("employee_id","occurred_at");--> statement-breakpoint
CREATE INDEX "access_log_customers_idx" ON "access_log" USING gin ("customer_ids");