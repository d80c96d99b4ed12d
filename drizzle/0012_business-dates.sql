DROP INDEX "need_created_budget_idx";--> statement-breakpoint
DROP INDEX "need_customer_idx";--> statement-breakpoint
ALTER TABLE "customer" ADD COLUMN "opened_on" date;--> statement-breakpoint
ALTER TABLE "need" ADD COLUMN "raised_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
CREATE INDEX "need_created_idx" ON "need" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "need_raised_budget_idx" ON "need" USING btree ("raised_at","budget_min");--> statement-breakpoint
CREATE INDEX "need_customer_idx" ON "need" USING btree ("customer_id","raised_at","id");--> statement-breakpoint
-- What is there was raised and opened when it was recorded, for all that is known. Another type is no change of a file.
ALTER TABLE "need" ALTER COLUMN "raised_at" TYPE timestamp with time zone USING "created_at";--> statement-breakpoint
ALTER TABLE "customer" ALTER COLUMN "opened_on" TYPE date USING ("created_at" at time zone 'Asia/Shanghai')::date;
