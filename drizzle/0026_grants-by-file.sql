DROP INDEX "access_grant_customer_idx";--> statement-breakpoint
CREATE INDEX "access_grant_customer_idx" ON "access_grant" USING btree ("customer_id","grantee_id");