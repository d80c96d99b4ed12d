ALTER TABLE "handover_reception" ADD COLUMN "confirmed_by_id" uuid;--> statement-breakpoint
ALTER TABLE "handover_reception" ADD CONSTRAINT "handover_reception_confirmed_by_id_employee_id_fk" FOREIGN KEY ("confirmed_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "team_leader_idx" ON "team" USING btree ("leader_id");