DROP INDEX "task_occasion_key";--> statement-breakpoint
DROP INDEX "task_open_key";--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "department_id" uuid;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_department_id_department_id_fk" FOREIGN KEY ("department_id") REFERENCES "public"."department"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "task_occasion_key" ON "task" USING btree ("rule","subject_id","occasion",coalesce("team_id", "department_id", '00000000-0000-0000-0000-000000000000')) WHERE "task"."rule" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "task_open_key" ON "task" USING btree ("rule","subject_id",coalesce("team_id", "department_id", '00000000-0000-0000-0000-000000000000')) WHERE "task"."rule" is not null and "task"."state" = 'OPEN';