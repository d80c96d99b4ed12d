DROP INDEX "event_log_occurred_idx";--> statement-breakpoint
DROP INDEX "file_change_version_idx";--> statement-breakpoint
DROP INDEX "file_change_customer_idx";--> statement-breakpoint
ALTER TABLE "event_log" ADD COLUMN "grantee_id" uuid;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "grantee_id" uuid;--> statement-breakpoint
CREATE INDEX "event_log_owner_idx" ON "event_log" USING btree ("owner_after","seq");--> statement-breakpoint
CREATE INDEX "event_log_former_owner_idx" ON "event_log" USING btree ("owner_before","seq") WHERE "event_log"."owner_before" is distinct from "event_log"."owner_after";--> statement-breakpoint
CREATE INDEX "event_log_grantee_idx" ON "event_log" USING btree ("grantee_id","seq") WHERE "event_log"."grantee_id" is not null;--> statement-breakpoint
CREATE INDEX "file_change_customer_idx" ON "file_change" USING btree ("customer_id","version","id");