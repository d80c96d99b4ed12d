CREATE INDEX "contact_created_idx" ON "contact" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "customer_archived_idx" ON "customer" USING btree ("archived_at") WHERE "customer"."archived_at" is not null;--> statement-breakpoint
CREATE INDEX "deal_created_idx" ON "deal" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "deal_closed_idx" ON "deal" USING btree ("closed_at") WHERE "deal"."closed_at" is not null;--> statement-breakpoint
CREATE INDEX "interaction_created_idx" ON "interaction" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "interaction_updated_idx" ON "interaction" USING brin ("updated_at");--> statement-breakpoint
CREATE INDEX "interaction_next_step_idx" ON "interaction" USING btree ("next_step_at") WHERE "interaction"."next_step_at" is not null;--> statement-breakpoint
CREATE INDEX "need_updated_idx" ON "need" USING brin ("updated_at");--> statement-breakpoint
CREATE INDEX "need_expected_idx" ON "need" USING btree ("expected_at") WHERE "need"."expected_at" is not null;