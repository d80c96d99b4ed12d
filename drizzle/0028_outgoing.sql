CREATE TABLE "outgoing" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"kind" text NOT NULL,
	"recipient_id" uuid NOT NULL,
	"occasion" text NOT NULL,
	"content" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"state" text DEFAULT 'PLANNED' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"claimed_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"attempt_count" integer DEFAULT 0 NOT NULL,
	"last_failure" text,
	CONSTRAINT "outgoing_state_check" CHECK ("outgoing"."state" in ('PLANNED', 'CLAIMED', 'DONE', 'FAILED', 'UNKNOWN', 'DROPPED'))
);
--> statement-breakpoint
CREATE TABLE "outgoing_attempt" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"outgoing_id" uuid NOT NULL,
	"ended_at" timestamp with time zone DEFAULT now() NOT NULL,
	"outcome" text NOT NULL,
	"detail" text
);
--> statement-breakpoint
CREATE TABLE "page_token" (
	"hash" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"content" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notification_preference" (
	"employee_id" uuid PRIMARY KEY NOT NULL,
	"digest" boolean DEFAULT true NOT NULL,
	"mailed_kinds" text[] DEFAULT '{}' NOT NULL,
	"locale" text,
	"quiet_from" integer DEFAULT 1260 NOT NULL,
	"quiet_until" integer DEFAULT 480 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notification_preference_locale_check" CHECK ("notification_preference"."locale" in ('ZH', 'EN')),
	CONSTRAINT "notification_preference_quiet_check" CHECK ("notification_preference"."quiet_from" between 0 and 1439 and "notification_preference"."quiet_until" between 0 and 1439)
);
--> statement-breakpoint
ALTER TABLE "outgoing_attempt" ADD CONSTRAINT "outgoing_attempt_outgoing_id_outgoing_id_fk" FOREIGN KEY ("outgoing_id") REFERENCES "public"."outgoing"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_preference" ADD CONSTRAINT "notification_preference_employee_id_employee_id_fk" FOREIGN KEY ("employee_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "outgoing_occasion_key" ON "outgoing" USING btree ("kind","recipient_id","occasion");--> statement-breakpoint
CREATE INDEX "outgoing_due_idx" ON "outgoing" USING btree ("due_at","id") WHERE "outgoing"."state" = 'PLANNED';--> statement-breakpoint
CREATE INDEX "outgoing_planned_idx" ON "outgoing" USING btree ("recipient_id","kind") WHERE "outgoing"."state" = 'PLANNED';--> statement-breakpoint
CREATE INDEX "outgoing_claimed_idx" ON "outgoing" USING btree ("claimed_at") WHERE "outgoing"."state" = 'CLAIMED';--> statement-breakpoint
CREATE INDEX "outgoing_created_idx" ON "outgoing" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "outgoing_attempt_idx" ON "outgoing_attempt" USING btree ("outgoing_id","ended_at");--> statement-breakpoint
CREATE INDEX "page_token_expires_idx" ON "page_token" USING btree ("expires_at");
--> statement-breakpoint
-- Plans a mail for whoever wants to hear of this kind of task at once (docs/decisions/0070-outgoing.md). The notice is written in the
-- transaction that changes the task; the mail is written when it is sent.
create function plan_task_mail() returns trigger language plpgsql as $$
begin
  insert into outgoing (kind, recipient_id, occasion, content, expires_at)
  select 'task-notice', new.grantee_id, concat_ws(' ', new.type, new.subject_id, new.version),
         jsonb_build_object('taskId', new.subject_id), now() + interval '3 days'
  from task t join notification_preference p on p.employee_id = new.grantee_id
  where t.id = new.subject_id and t.kind = any(p.mailed_kinds) and new.grantee_id is distinct from new.actor_id
  on conflict do nothing;
  return null;
end
$$;

create trigger plan_mail after insert on outbox for each row
  when (new.subject = 'task_notice' and new.type in ('TASK_OPENED', 'TASK_ASSIGNED', 'TASK_DUE', 'TASK_ESCALATED'))
  execute function plan_task_mail();
