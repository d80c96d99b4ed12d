ALTER TABLE "handover" ADD COLUMN "segments_to_id" uuid;--> statement-breakpoint
ALTER TABLE "handover" ADD CONSTRAINT "handover_segments_to_id_employee_id_fk" FOREIGN KEY ("segments_to_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- Before lists were kept nobody was asked to confirm, and where no files moved nobody could: none of these waits.
UPDATE "handover_reception" r SET "confirmed_at" = h.created_at FROM "handover" h
WHERE h.id = r.handover_id AND r.confirmed_at IS NULL AND NOT EXISTS (SELECT FROM "handover_file" f WHERE f.handover_id = h.id);--> statement-breakpoint
UPDATE "handover" h SET "confirmed_at" = h.created_at
WHERE h.confirmed_at IS NULL AND NOT EXISTS (SELECT FROM "handover_file" f WHERE f.handover_id = h.id);
