DROP INDEX "task_inbox_idx";
DROP INDEX "task_team_idx";
CREATE INDEX "task_inbox_idx" ON "task" USING btree ("assignee_id","state","due_at","id");
CREATE INDEX "task_team_idx" ON "task" USING btree ("team_id","state","due_at","id") WHERE "task"."team_id" is not null;
