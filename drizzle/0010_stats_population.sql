CREATE TABLE "stats_population" (
	"viewer_id" uuid NOT NULL,
	"fingerprint" text NOT NULL,
	"filters" jsonb NOT NULL,
	"asked_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stats_population_viewer_id_fingerprint_pk" PRIMARY KEY("viewer_id","fingerprint")
);
--> statement-breakpoint
ALTER TABLE "stats_population" ADD CONSTRAINT "stats_population_viewer_id_employee_id_fk" FOREIGN KEY ("viewer_id") REFERENCES "public"."employee"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "stats_population_asked_idx" ON "stats_population" USING btree ("viewer_id","asked_at");--> statement-breakpoint
CREATE INDEX "file_change_field_idx" ON "file_change" USING btree ("subject","field","occurred_at") WHERE "file_change"."field" is not null;