CREATE TABLE "access_request" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"requester_id" uuid NOT NULL,
	"classes" text[] NOT NULL,
	"purpose" text NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"told_ids" uuid[] NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"decision" text,
	"decided_by_id" uuid,
	"decided_at" timestamp with time zone,
	"decision_reason" text,
	"grant_id" uuid,
	CONSTRAINT "access_request_decision_check" CHECK ("access_request"."decision" in ('APPROVED', 'DECLINED', 'WITHDRAWN', 'LAPSED'))
);
--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "consent_reference" text;--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "end_reason" text;--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "ended_by_id" uuid;--> statement-breakpoint
ALTER TABLE "access_request" ADD CONSTRAINT "access_request_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_request" ADD CONSTRAINT "access_request_requester_id_employee_id_fk" FOREIGN KEY ("requester_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_request" ADD CONSTRAINT "access_request_decided_by_id_employee_id_fk" FOREIGN KEY ("decided_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_request" ADD CONSTRAINT "access_request_grant_id_access_grant_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."access_grant"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "access_request_open_key" ON "access_request" USING btree ("requester_id","customer_id") WHERE "access_request"."decision" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "access_request_grant_key" ON "access_request" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "access_request_customer_idx" ON "access_request" USING btree ("customer_id");--> statement-breakpoint
CREATE INDEX "access_request_created_idx" ON "access_request" USING btree ("created_at","id");--> statement-breakpoint
ALTER TABLE "access_grant" ADD CONSTRAINT "access_grant_ended_by_id_employee_id_fk" FOREIGN KEY ("ended_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_grant" ADD CONSTRAINT "access_grant_consent_check" CHECK ("access_grant"."consent_reference" is not null or not ('special' = any("access_grant"."classes")));--> statement-breakpoint
ALTER TABLE "access_grant" ADD CONSTRAINT "access_grant_end_reason_check" CHECK ("access_grant"."end_reason" in ('RETURNED', 'RECALLED', 'HANDOVER'));