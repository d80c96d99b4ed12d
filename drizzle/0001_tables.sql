CREATE TABLE "access_grant" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"grantee_id" uuid NOT NULL,
	"classes" text[] NOT NULL,
	"purpose" text NOT NULL,
	"granted_by_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "event_log" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"type" text NOT NULL,
	"subject" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"fields" text[] NOT NULL,
	"actor_id" uuid,
	"owner_before" uuid,
	"owner_after" uuid,
	"source" text NOT NULL,
	"request_id" text,
	"occurred_at" timestamp with time zone NOT NULL,
	"transaction_id" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "file_change" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "file_change_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"customer_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"subject" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"operation" text NOT NULL,
	"field" text,
	"old_value" jsonb,
	"new_value" jsonb,
	"actor_id" uuid,
	"source" text NOT NULL,
	"request_id" text,
	"occurred_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"customer_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"type" text NOT NULL,
	"subject" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"fields" text[] NOT NULL,
	"actor_id" uuid,
	"owner_before" uuid,
	"owner_after" uuid,
	"source" text NOT NULL,
	"request_id" text,
	"occurred_at" timestamp with time zone NOT NULL,
	"transaction_id" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stream_head" (
	"only" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"epoch" text NOT NULL,
	"last_seq" bigint DEFAULT 0 NOT NULL,
	"trimmed_to" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "stream_head_only_check" CHECK ("stream_head"."only" = 1)
);
--> statement-breakpoint
CREATE TABLE "contact" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"name" text NOT NULL,
	"title" text,
	"department" text,
	"role" text,
	"phone" text,
	"mobile" text,
	"email" text,
	"wechat" text,
	"birthday" date,
	"gender" text,
	"household" text,
	"preferences" text,
	"religion" text,
	"health" text,
	"political_status" text,
	"is_primary" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "contact_role_check" CHECK ("contact"."role" in ('BUYER', 'DECISION_MAKER', 'INFLUENCER', 'USER', 'EXTERNAL_LIAISON')),
	CONSTRAINT "contact_gender_check" CHECK ("contact"."gender" in ('FEMALE', 'MALE', 'OTHER'))
);
--> statement-breakpoint
CREATE TABLE "customer" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"file_number" text DEFAULT new_file_number() NOT NULL,
	"kind" text DEFAULT 'ORGANIZATION' NOT NULL,
	"name" text NOT NULL,
	"short_name" text,
	"unified_social_credit_code" text,
	"legal_representative" text,
	"founded_on" date,
	"registered_capital" numeric(18, 2),
	"business_scope" text,
	"employee_count" integer,
	"annual_revenue" numeric(18, 2),
	"industry" text,
	"region" text,
	"country" text DEFAULT 'CN' NOT NULL,
	"province" text,
	"city" text,
	"address" text,
	"website" text,
	"size" text,
	"stage" text DEFAULT 'POTENTIAL' NOT NULL,
	"tier" text,
	"credit_grade" text,
	"credit_limit" numeric(18, 2),
	"source" text,
	"owner_id" uuid NOT NULL,
	"custodian_id" uuid,
	"last_interaction_at" timestamp with time zone,
	"archived_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "customer_file_number_unique" UNIQUE("file_number"),
	CONSTRAINT "customer_kind_check" CHECK ("customer"."kind" in ('ORGANIZATION', 'PERSON')),
	CONSTRAINT "customer_region_check" CHECK ("customer"."region" in ('EAST_CHINA', 'NORTH_CHINA', 'SOUTH_CHINA', 'CENTRAL_CHINA', 'NORTHEAST', 'NORTHWEST', 'SOUTHWEST', 'HONG_KONG_MACAO_TAIWAN', 'OVERSEAS')),
	CONSTRAINT "customer_size_check" CHECK ("customer"."size" in ('MICRO', 'SMALL', 'MEDIUM', 'LARGE')),
	CONSTRAINT "customer_stage_check" CHECK ("customer"."stage" in ('POTENTIAL', 'INTENT', 'WON', 'LOST')),
	CONSTRAINT "customer_tier_check" CHECK ("customer"."tier" in ('A', 'B', 'C')),
	CONSTRAINT "customer_credit_grade_check" CHECK ("customer"."credit_grade" in ('AAA', 'AA', 'A', 'B', 'C', 'D')),
	CONSTRAINT "customer_source_check" CHECK ("customer"."source" in ('IN_PERSON', 'PHONE', 'WEB_FORM', 'WECHAT', 'WEIBO', 'SALES', 'EXPO', 'PROMOTION', 'SERVICE_DESK', 'PARTNER', 'REFERRAL', 'SURVEY', 'PUBLIC_RECORD', 'IMPORT', 'OTHER'))
);
--> statement-breakpoint
CREATE TABLE "customer_search" (
	"customer_id" uuid PRIMARY KEY NOT NULL,
	"card" text NOT NULL,
	"basic" text NOT NULL,
	"contact" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "external_key" (
	"source" text NOT NULL,
	"subject" text NOT NULL,
	"key" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "external_key_source_subject_key_pk" PRIMARY KEY("source","subject","key")
);
--> statement-breakpoint
CREATE TABLE "idempotency_key" (
	"employee_id" uuid NOT NULL,
	"operation" text NOT NULL,
	"key" text NOT NULL,
	"input_hash" text NOT NULL,
	"result_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_key_employee_id_operation_key_pk" PRIMARY KEY("employee_id","operation","key")
);
--> statement-breakpoint
CREATE TABLE "deal" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"owner_id" uuid NOT NULL,
	"title" text NOT NULL,
	"product" text,
	"stage" text DEFAULT 'OPEN' NOT NULL,
	"amount" numeric(18, 2),
	"contract_amount" numeric(18, 2),
	"currency" text DEFAULT 'CNY' NOT NULL,
	"started_on" date,
	"effective_on" date,
	"closed_at" timestamp with time zone,
	"lost_reason" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "deal_won_check" CHECK ("deal"."stage" <> 'WON' or ("deal"."contract_amount" is not null and "deal"."effective_on" is not null)),
	CONSTRAINT "deal_stage_check" CHECK ("deal"."stage" in ('OPEN', 'WON', 'LOST'))
);
--> statement-breakpoint
CREATE TABLE "employee" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"title" text,
	"team_id" uuid,
	"password_hash" text,
	"disabled_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "employee_role_check" CHECK ("employee"."role" in ('SALES', 'CUSTOMER_SERVICE', 'MARKETING', 'FINANCE', 'MANAGER', 'DATA_STEWARD', 'ANALYST', 'ADMIN'))
);
--> statement-breakpoint
CREATE TABLE "team" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"name" text NOT NULL,
	"leader_id" uuid,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "team_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "interaction" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"contact_id" uuid,
	"employee_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"direction" text,
	"occurred_at" timestamp with time zone NOT NULL,
	"summary" text NOT NULL,
	"outcome" text,
	"next_step" text,
	"next_step_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "interaction_kind_check" CHECK ("interaction"."kind" in ('VISIT', 'PHONE_CALL', 'MEETING', 'EMAIL', 'WECHAT', 'SOCIAL_MENTION', 'CONSULTATION', 'COMPLAINT', 'SUGGESTION', 'REPAIR', 'RETURN_VISIT', 'SURVEY', 'ACTIVITY', 'NOTE', 'REPORT')),
	CONSTRAINT "interaction_direction_check" CHECK ("interaction"."direction" in ('INBOUND', 'OUTBOUND', 'INTERNAL'))
);
--> statement-breakpoint
CREATE TABLE "need" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"item" text NOT NULL,
	"specification" text,
	"pain_point" text,
	"quantity" numeric(14, 3),
	"unit" text,
	"budget_min" numeric(18, 2),
	"budget_max" numeric(18, 2),
	"currency" text DEFAULT 'CNY' NOT NULL,
	"expected_at" timestamp with time zone,
	"priority" text DEFAULT 'MEDIUM' NOT NULL,
	"status" text DEFAULT 'OPEN' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "need_budget_check" CHECK ("need"."budget_min" <= "need"."budget_max"),
	CONSTRAINT "need_priority_check" CHECK ("need"."priority" in ('HIGH', 'MEDIUM', 'LOW')),
	CONSTRAINT "need_status_check" CHECK ("need"."status" in ('OPEN', 'FULFILLED', 'DROPPED'))
);
--> statement-breakpoint
CREATE TABLE "segment" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"rule" jsonb NOT NULL,
	"owner_id" uuid NOT NULL,
	"shared" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "refresh_token" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"employee_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"end_reason" text
);
--> statement-breakpoint
CREATE TABLE "sign_in_attempt" (
	"key" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"window_started_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customer_tag" (
	"customer_id" uuid NOT NULL,
	"tag_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "customer_tag_customer_id_tag_id_pk" PRIMARY KEY("customer_id","tag_id")
);
--> statement-breakpoint
CREATE TABLE "tag" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"facet" text,
	"value" text NOT NULL,
	"label" text GENERATED ALWAYS AS (case when facet is null then value else facet || '-' || value end) STORED NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tag_label_key" UNIQUE("label")
);
--> statement-breakpoint
ALTER TABLE "access_grant" ADD CONSTRAINT "access_grant_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_grant" ADD CONSTRAINT "access_grant_grantee_id_employee_id_fk" FOREIGN KEY ("grantee_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_grant" ADD CONSTRAINT "access_grant_granted_by_id_employee_id_fk" FOREIGN KEY ("granted_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contact" ADD CONSTRAINT "contact_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer" ADD CONSTRAINT "customer_owner_id_employee_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer" ADD CONSTRAINT "customer_custodian_id_employee_id_fk" FOREIGN KEY ("custodian_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_search" ADD CONSTRAINT "customer_search_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deal" ADD CONSTRAINT "deal_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deal" ADD CONSTRAINT "deal_owner_id_employee_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "employee" ADD CONSTRAINT "employee_team_id_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."team"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "team" ADD CONSTRAINT "team_leader_id_employee_id_fk" FOREIGN KEY ("leader_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interaction" ADD CONSTRAINT "interaction_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interaction" ADD CONSTRAINT "interaction_contact_id_contact_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contact"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interaction" ADD CONSTRAINT "interaction_employee_id_employee_id_fk" FOREIGN KEY ("employee_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "need" ADD CONSTRAINT "need_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "segment" ADD CONSTRAINT "segment_owner_id_employee_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refresh_token" ADD CONSTRAINT "refresh_token_session_id_session_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_employee_id_employee_id_fk" FOREIGN KEY ("employee_id") REFERENCES "public"."employee"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_tag" ADD CONSTRAINT "customer_tag_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_tag" ADD CONSTRAINT "customer_tag_tag_id_tag_id_fk" FOREIGN KEY ("tag_id") REFERENCES "public"."tag"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "access_grant_grantee_idx" ON "access_grant" USING btree ("grantee_id","expires_at");--> statement-breakpoint
CREATE INDEX "access_grant_customer_idx" ON "access_grant" USING btree ("customer_id");--> statement-breakpoint
CREATE INDEX "event_log_customer_idx" ON "event_log" USING btree ("customer_id","seq");--> statement-breakpoint
CREATE INDEX "event_log_occurred_idx" ON "event_log" USING btree ("occurred_at");--> statement-breakpoint
CREATE INDEX "file_change_customer_idx" ON "file_change" USING btree ("customer_id","id");--> statement-breakpoint
CREATE INDEX "file_change_version_idx" ON "file_change" USING btree ("customer_id","version");--> statement-breakpoint
CREATE INDEX "contact_customer_idx" ON "contact" USING btree ("customer_id","created_at","id");--> statement-breakpoint
CREATE INDEX "contact_name_idx" ON "contact" USING btree ("name","id");--> statement-breakpoint
CREATE INDEX "contact_birthday_idx" ON "contact" USING btree ("birthday");--> statement-breakpoint
CREATE INDEX "contact_updated_idx" ON "contact" USING btree ("updated_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "customer_unified_social_credit_code_key" ON "customer" USING btree ("unified_social_credit_code");--> statement-breakpoint
CREATE INDEX "customer_updated_idx" ON "customer" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "customer_owner_updated_idx" ON "customer" USING btree ("owner_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "customer_created_idx" ON "customer" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "customer_name_idx" ON "customer" USING btree ("name","id");--> statement-breakpoint
CREATE INDEX "customer_last_interaction_idx" ON "customer" USING btree ("last_interaction_at" desc nulls last,"id" desc);--> statement-breakpoint
CREATE INDEX "customer_region_industry_idx" ON "customer" USING btree ("region","industry");--> statement-breakpoint
CREATE INDEX "customer_stage_idx" ON "customer" USING btree ("stage");--> statement-breakpoint
CREATE INDEX "idempotency_key_created_idx" ON "idempotency_key" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "deal_customer_idx" ON "deal" USING btree ("customer_id","created_at","id");--> statement-breakpoint
CREATE INDEX "deal_owner_idx" ON "deal" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "deal_stage_closed_idx" ON "deal" USING btree ("stage","closed_at");--> statement-breakpoint
CREATE INDEX "deal_updated_idx" ON "deal" USING btree ("updated_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "employee_email_key" ON "employee" USING btree (lower("email"));--> statement-breakpoint
CREATE INDEX "employee_team_idx" ON "employee" USING btree ("team_id");--> statement-breakpoint
CREATE INDEX "interaction_customer_idx" ON "interaction" USING btree ("customer_id","occurred_at","id");--> statement-breakpoint
CREATE INDEX "interaction_occurred_idx" ON "interaction" USING btree ("occurred_at","id");--> statement-breakpoint
CREATE INDEX "interaction_contact_idx" ON "interaction" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "interaction_employee_idx" ON "interaction" USING btree ("employee_id","occurred_at");--> statement-breakpoint
CREATE INDEX "need_customer_idx" ON "need" USING btree ("customer_id","created_at","id");--> statement-breakpoint
CREATE INDEX "need_created_budget_idx" ON "need" USING btree ("created_at","budget_min");--> statement-breakpoint
CREATE INDEX "segment_owner_idx" ON "segment" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "segment_name_idx" ON "segment" USING btree ("name","id");--> statement-breakpoint
CREATE INDEX "refresh_token_session_idx" ON "refresh_token" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "session_employee_idx" ON "session" USING btree ("employee_id");--> statement-breakpoint
CREATE INDEX "session_expires_idx" ON "session" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "customer_tag_tag_idx" ON "customer_tag" USING btree ("tag_id");