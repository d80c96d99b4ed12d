ALTER TABLE "access_log" DROP CONSTRAINT "access_log_kind_check";--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "search" text;--> statement-breakpoint
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_reason_check" CHECK ("access_log"."reason" in ('ROLE', 'GRANT', 'EXPORT', 'DIRECTORY'));--> statement-breakpoint
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_kind_check" CHECK ("access_log"."kind" in ('READ', 'LOOKED_UP', 'EXPORT_STARTED', 'EXPORTED', 'REFUSED', 'REQUESTED', 'DECIDED', 'GRANTED', 'GRANT_ENDED', 'SIGNED_IN', 'SIGN_IN_REFUSED'));