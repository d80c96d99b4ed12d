CREATE TABLE "live_member" (
	"segment_id" uuid NOT NULL,
	"customer_id" uuid NOT NULL,
	CONSTRAINT "live_member_segment_id_customer_id_pk" PRIMARY KEY("segment_id","customer_id")
);
--> statement-breakpoint
CREATE TABLE "live_segment" (
	"segment_id" uuid PRIMARY KEY NOT NULL,
	"followed_at" timestamp with time zone NOT NULL,
	"stale_cause" text,
	"stale_actor_id" uuid,
	"stale_since" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "membership_head" (
	"only" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"epoch" text DEFAULT '' NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL,
	"ticked_at" timestamp with time zone DEFAULT now() NOT NULL,
	"generation" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "membership_head_only_check" CHECK ("membership_head"."only" = 1)
);
--> statement-breakpoint
CREATE TABLE "reference_change" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "reference_change_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"subject" text NOT NULL,
	"subject_id" uuid,
	"actor_id" uuid,
	"occurred_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "segment_definition" (
	"segment_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"name" text NOT NULL,
	"rule" jsonb NOT NULL,
	"shared" boolean NOT NULL,
	"actor_id" uuid,
	"occurred_at" timestamp with time zone NOT NULL,
	CONSTRAINT "segment_definition_segment_id_version_pk" PRIMARY KEY("segment_id","version")
);
--> statement-breakpoint
CREATE TABLE "segment_size" (
	"segment_id" uuid NOT NULL,
	"day" date NOT NULL,
	"sizes" jsonb,
	"taken_at" timestamp with time zone NOT NULL,
	CONSTRAINT "segment_size_segment_id_day_pk" PRIMARY KEY("segment_id","day")
);
--> statement-breakpoint
ALTER TABLE "live_member" ADD CONSTRAINT "live_member_segment_id_live_segment_segment_id_fk" FOREIGN KEY ("segment_id") REFERENCES "public"."live_segment"("segment_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "live_segment" ADD CONSTRAINT "live_segment_segment_id_segment_id_fk" FOREIGN KEY ("segment_id") REFERENCES "public"."segment"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "segment_definition" ADD CONSTRAINT "segment_definition_segment_id_segment_id_fk" FOREIGN KEY ("segment_id") REFERENCES "public"."segment"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "segment_size" ADD CONSTRAINT "segment_size_segment_id_segment_id_fk" FOREIGN KEY ("segment_id") REFERENCES "public"."segment"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "segment_size_day_idx" ON "segment_size" USING btree ("day");--> statement-breakpoint
CREATE INDEX "event_log_segment_idx" ON "event_log" USING btree ("subject_id","seq") WHERE "event_log"."subject" = 'segment_membership';