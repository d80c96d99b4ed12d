-- The page on which a customer confirms or corrects their file (R87): docs/decisions/0078-the-customers-confirmation.md

CREATE TABLE "confirmation_request" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"contact_id" uuid,
	"token_hash" text,
	"requested_by_id" uuid NOT NULL,
	"requested_at" timestamp with time zone NOT NULL,
	"wrong_tries" integer DEFAULT 0 NOT NULL,
	"ended_at" timestamp with time zone,
	"outcome" text,
	CONSTRAINT "confirmation_request_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "confirmation_request_channel_check" CHECK ("confirmation_request"."channel" in ('LINK', 'QR', 'EMAIL', 'RECORDED')),
	CONSTRAINT "confirmation_request_outcome_check" CHECK ("confirmation_request"."outcome" in ('ANSWERED', 'REVOKED', 'REPLACED', 'LOCKED'))
);

CREATE TABLE "proposed_change" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"request_id" uuid NOT NULL,
	"subject" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"column_name" text NOT NULL,
	"row_version" integer NOT NULL,
	"shown_text" text NOT NULL,
	"proposed_text" text,
	"state" text DEFAULT 'OPEN' NOT NULL,
	"proposed_at" timestamp with time zone NOT NULL,
	"decided_at" timestamp with time zone,
	"decided_by_id" uuid,
	"reason" text,
	CONSTRAINT "proposed_change_state_check" CHECK ("proposed_change"."state" in ('OPEN', 'ACCEPTED', 'DECLINED', 'REPLACED'))
);

ALTER TABLE "verification_step" DROP CONSTRAINT "verification_step_channel_check";
ALTER TABLE "access_log" DROP CONSTRAINT "access_log_reason_check";
ALTER TABLE "confirmation_request" ADD CONSTRAINT "confirmation_request_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE cascade;
ALTER TABLE "confirmation_request" ADD CONSTRAINT "confirmation_request_requested_by_id_employee_id_fk" FOREIGN KEY ("requested_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;
ALTER TABLE "proposed_change" ADD CONSTRAINT "proposed_change_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE cascade;
ALTER TABLE "proposed_change" ADD CONSTRAINT "proposed_change_request_id_confirmation_request_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."confirmation_request"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "proposed_change" ADD CONSTRAINT "proposed_change_decided_by_id_employee_id_fk" FOREIGN KEY ("decided_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;
CREATE INDEX "confirmation_request_customer_idx" ON "confirmation_request" USING btree ("customer_id","requested_at");
CREATE UNIQUE INDEX "confirmation_request_open_key" ON "confirmation_request" USING btree ("customer_id") WHERE "confirmation_request"."ended_at" is null;
CREATE INDEX "proposed_change_customer_idx" ON "proposed_change" USING btree ("customer_id","id");
CREATE INDEX "proposed_change_request_idx" ON "proposed_change" USING btree ("request_id");
CREATE UNIQUE INDEX "proposed_change_value_key" ON "proposed_change" USING btree ("subject_id","column_name") WHERE "proposed_change"."state" = 'OPEN';
ALTER TABLE "verification_step" ADD CONSTRAINT "verification_step_channel_check" CHECK ("verification_step"."channel" in ('LINK', 'QR', 'EMAIL', 'RECORDED'));
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_reason_check" CHECK ("access_log"."reason" in ('ROLE', 'GRANT', 'EXPORT', 'DIRECTORY', 'CUSTOMER'));

-- An answer of the customer ends what they had confirmed before, for what they confirm now comes with it, and takes the place of
-- corrections that nobody has dealt with.
create or replace function end_confirmed_values() returns trigger language plpgsql as $$
begin
  update confirmed_value set ended_at = greatest(new.occurred_at, confirmed_at)
  where customer_id = new.customer_id and ended_at is null;
  update proposed_change set state = 'REPLACED', decided_at = new.occurred_at
  where customer_id = new.customer_id and state = 'OPEN';
  return null;
end
$$;
