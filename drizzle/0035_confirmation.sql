-- The customer's confirmation (R87, AC-17): docs/decisions/0078-the-customers-confirmation.md

CREATE TABLE "confirmed_value" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"subject" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"column_name" text NOT NULL,
	"step_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"confirmed_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone
);

ALTER TABLE "verification_step" ADD COLUMN "channel" text;
ALTER TABLE "verification_step" ADD COLUMN "way" text;
-- What customers had answered before came from their own mouths, as far as anybody knows.
update verification_step set channel = 'RECORDED', way = 'SPOKEN' where state in ('CONFIRMED', 'DISPUTED');
ALTER TABLE "confirmed_value" ADD CONSTRAINT "confirmed_value_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE cascade;
ALTER TABLE "confirmed_value" ADD CONSTRAINT "confirmed_value_step_id_verification_step_id_fk" FOREIGN KEY ("step_id") REFERENCES "public"."verification_step"("id") ON DELETE cascade ON UPDATE no action;
CREATE INDEX "confirmed_value_customer_idx" ON "confirmed_value" USING btree ("customer_id");
CREATE UNIQUE INDEX "confirmed_value_value_key" ON "confirmed_value" USING btree ("subject_id","column_name") WHERE "confirmed_value"."ended_at" is null;
ALTER TABLE "verification_step" ADD CONSTRAINT "verification_step_channel_check" CHECK ("verification_step"."channel" in ('RECORDED'));
ALTER TABLE "verification_step" ADD CONSTRAINT "verification_step_way_check" CHECK ("verification_step"."way" in ('SPOKEN', 'WECHAT', 'SIGNED', 'PAGE'));
ALTER TABLE "verification_step" ADD CONSTRAINT "verification_step_answer_check" CHECK (("verification_step"."channel" is not null and "verification_step"."way" is not null) = ("verification_step"."state" in ('CONFIRMED', 'DISPUTED')));

drop trigger refuse_change on verification_step;
create trigger refuse_change before update of id, state, employee_id, note, channel, way, is_second_pass, version, occurred_at
  on verification_step for each row execute function refuse_change();

-- Of a confirmed value, only that it ended is ever changed, and once.
create function keep_confirmed_value() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - '{ended_at,customer_id}'::text[] <> to_jsonb(old) - '{ended_at,customer_id}'::text[] or old.ended_at is not null then
    raise exception using errcode = 'check_violation', constraint = 'confirmed_value_kept', message = 'what a customer confirmed is evidence';
  end if;
  return new;
end
$$;

create trigger keep_confirmed_value before update of id, subject, subject_id, column_name, step_id, version, confirmed_at, ended_at
  on confirmed_value for each row execute function keep_confirmed_value();

-- What a file can become after what. A customer may answer again.
create or replace function verification_follows(present text, next text) returns boolean language sql immutable as $$
  select case next
    when 'SUBMITTED' then present <> 'SUBMITTED'
    when 'VERIFIED' then present = 'SUBMITTED'
    when 'REJECTED' then present = 'SUBMITTED'
    when 'CONFIRMED' then present in ('VERIFIED', 'CONFIRMED', 'DISPUTED')
    when 'DISPUTED' then present in ('VERIFIED', 'CONFIRMED', 'DISPUTED')
    else false end
$$;

-- An answer of the customer ends what they had confirmed before: what they confirm now comes with it.
create function end_confirmed_values() returns trigger language plpgsql as $$
begin
  update confirmed_value set ended_at = greatest(new.occurred_at, confirmed_at)
  where customer_id = new.customer_id and ended_at is null;
  return null;
end
$$;

create trigger end_confirmed_values after insert on verification_step for each row
  when (new.state in ('CONFIRMED', 'DISPUTED')) execute function end_confirmed_values();
