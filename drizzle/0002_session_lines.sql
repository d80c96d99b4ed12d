ALTER TABLE "refresh_token" ADD COLUMN "predecessor_hash" text;--> statement-breakpoint
CREATE INDEX "refresh_token_expires_idx" ON "refresh_token" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "refresh_token_live_key" ON "refresh_token" USING btree ("session_id") WHERE "refresh_token"."used_at" is null;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_end_reason_check" CHECK ("session"."end_reason" in ('LOGOUT', 'REUSE', 'DISABLED'));