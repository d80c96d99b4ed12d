CREATE TABLE "segment_member" (
	"segment_id" uuid NOT NULL,
	"customer_id" uuid NOT NULL,
	CONSTRAINT "segment_member_segment_id_customer_id_pk" PRIMARY KEY("segment_id","customer_id")
);
--> statement-breakpoint
ALTER TABLE "segment" ADD COLUMN "kind" text DEFAULT 'DYNAMIC' NOT NULL;--> statement-breakpoint
ALTER TABLE "segment" ADD COLUMN "listed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "segment_member" ADD CONSTRAINT "segment_member_segment_id_segment_id_fk" FOREIGN KEY ("segment_id") REFERENCES "public"."segment"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "segment_member" ADD CONSTRAINT "segment_member_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "segment_member_customer_idx" ON "segment_member" USING btree ("customer_id");--> statement-breakpoint
ALTER TABLE "segment" ADD CONSTRAINT "segment_kind_check" CHECK ("segment"."kind" in ('DYNAMIC', 'STATIC', 'SNAPSHOT'));