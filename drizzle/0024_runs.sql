CREATE TABLE "run" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"kind" text NOT NULL,
	"period" text NOT NULL,
	"state" text DEFAULT 'RUNNING' NOT NULL,
	"opened_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"chunk_count" integer,
	"chunks_done" integer DEFAULT 0 NOT NULL,
	"chunks_failed" integer DEFAULT 0 NOT NULL,
	"item_count" integer DEFAULT 0 NOT NULL,
	"failure_count" integer DEFAULT 0 NOT NULL,
	"last_failure" text,
	"last_failure_at" timestamp with time zone,
	CONSTRAINT "run_state_check" CHECK ("run"."state" in ('RUNNING', 'DONE', 'FAILED'))
);
--> statement-breakpoint
CREATE TABLE "run_chunk" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"run_id" uuid NOT NULL,
	"place" integer NOT NULL,
	"content" jsonb,
	"state" text DEFAULT 'OPEN' NOT NULL,
	"failure_count" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"done_at" timestamp with time zone,
	CONSTRAINT "run_chunk_state_check" CHECK ("run_chunk"."state" in ('OPEN', 'DONE', 'FAILED'))
);
--> statement-breakpoint
ALTER TABLE "run_chunk" ADD CONSTRAINT "run_chunk_run_id_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."run"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "run_period_key" ON "run" USING btree ("kind","period");--> statement-breakpoint
CREATE INDEX "run_started_idx" ON "run" USING btree ("started_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "run_chunk_place_key" ON "run_chunk" USING btree ("run_id","place");--> statement-breakpoint
CREATE INDEX "run_chunk_open_idx" ON "run_chunk" USING btree ("place","id") WHERE "run_chunk"."state" = 'OPEN';