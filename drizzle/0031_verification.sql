-- Verification of files (R86 to R92): docs/decisions/0073-verification.md

create domain verification_state as text
  constraint verification_state_check check (value in ('DRAFT', 'SUBMITTED', 'VERIFIED', 'REJECTED', 'CONFIRMED', 'DISPUTED'));

CREATE TABLE "field_check" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"subject" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"column_name" text NOT NULL,
	"method" text NOT NULL,
	"evidence" text,
	"verified_by_id" uuid NOT NULL,
	"verified_at" timestamp with time zone DEFAULT now() NOT NULL,
	"counts" boolean DEFAULT true NOT NULL,
	"is_second_pass" boolean DEFAULT false NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "field_check_method_check" CHECK ("field_check"."method" in ('WEBSITE', 'REGISTER', 'PHONE', 'DOCUMENT', 'VISIT'))
);

CREATE TABLE "verification_step" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid NOT NULL,
	"state" text NOT NULL,
	"employee_id" uuid,
	"note" text,
	"is_second_pass" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 0 NOT NULL,
	"occurred_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "verification_step_state_check" CHECK ("verification_step"."state" in ('DRAFT', 'SUBMITTED', 'VERIFIED', 'REJECTED', 'CONFIRMED', 'DISPUTED')),
	CONSTRAINT "verification_step_employee_check" CHECK ("verification_step"."employee_id" is not null or "verification_step"."state" in ('CONFIRMED', 'DISPUTED'))
);

ALTER TABLE "customer" ADD COLUMN "verification_state" "verification_state" DEFAULT 'DRAFT' NOT NULL;
ALTER TABLE "field_check" ADD CONSTRAINT "field_check_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE cascade;
ALTER TABLE "field_check" ADD CONSTRAINT "field_check_verified_by_id_employee_id_fk" FOREIGN KEY ("verified_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;
ALTER TABLE "verification_step" ADD CONSTRAINT "verification_step_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE cascade;
ALTER TABLE "verification_step" ADD CONSTRAINT "verification_step_employee_id_employee_id_fk" FOREIGN KEY ("employee_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;
CREATE INDEX "field_check_customer_idx" ON "field_check" USING btree ("customer_id");
CREATE UNIQUE INDEX "field_check_value_key" ON "field_check" USING btree ("subject_id","column_name") WHERE "field_check"."ended_at" is null;
CREATE INDEX "verification_step_customer_idx" ON "verification_step" USING btree ("customer_id","version");
CREATE INDEX "customer_verification_idx" ON "customer" USING btree ("verification_state") WHERE "customer"."verification_state" <> 'DRAFT';

--------------------------------------------------------------------------------------------------------------------------
-- The second check (二次核对)
--------------------------------------------------------------------------------------------------------------------------

-- How the organisation has it made.
create function second_check() returns text language sql stable as $$
  select coalesce((select content ->> 'secondCheck' from settings), 'REQUIRED')
$$;

-- How long after the first check its author may make the second.
create function second_pass_after() returns interval language sql stable as $$
  select coalesce((select content ->> 'secondPassAfter' from settings), 'PT12H')::interval
$$;

-- Whether anybody else could verify: a copy of `verifiers` on the policy page.
create function has_other_verifiers(person uuid) returns boolean language sql stable as $$
  select exists (select from employee
                 where id <> person and disabled_at is null and role in ('MANAGER', 'DATA_STEWARD', 'ADMIN'))
$$;

-- What a check of a value counts for, or why it is refused. The author of a value is who wrote it last; one that nobody
-- signed has none.
create function weigh_check(
  file_id uuid, check_subject text, check_subject_id uuid, check_column text, person uuid, check_method text, proof text,
  moment timestamptz, out counts boolean, out is_second_pass boolean, out refusal text
) language plpgsql stable as $$
declare
  author uuid;
  earlier field_check;
  -- Always by another person for credit (R47).
  mode constant text := case when check_subject = 'customer' and check_column like 'credit\_%' then 'REQUIRED' else second_check() end;
begin
  counts := true;
  is_second_pass := false;
  select h.actor_id into author from file_history h
  where h.customer_id = file_id and h.subject = check_subject and h.subject_id = check_subject_id
    and (h.field = check_column or h.field is null and h.operation = 'INSERT')
  order by h.version desc, h.id desc limit 1;
  if author is distinct from person then
    return;
  end if;
  select * into earlier from field_check c
  where c.subject_id = check_subject_id and c.column_name = check_column and c.ended_at is null;
  if mode = 'REQUIRED' or mode = 'IF_AVAILABLE' and has_other_verifiers(person)
     or earlier.counts and earlier.verified_by_id <> person then
    refusal := 'OTHER_PERSON';
  elsif mode = 'SECOND_PASS' then
    if earlier.id is null or earlier.verified_by_id <> person then
      counts := false;
    elsif moment < earlier.verified_at + second_pass_after() or check_method = earlier.method or coalesce(btrim(proof), '') = '' then
      refusal := 'SECOND_PASS';
    else
      is_second_pass := true;
    end if;
  end if;
end
$$;

-- The same for every writer. The API asks beforehand, so that it can name everything that is refused.
create function weigh_new_check() returns trigger language plpgsql as $$
declare
  weight record;
begin
  perform from customer where id = new.customer_id for no key update;
  weight := weigh_check(new.customer_id, new.subject, new.subject_id, new.column_name, new.verified_by_id, new.method,
                        new.evidence, new.verified_at);
  if weight.refusal is not null then
    raise exception using errcode = 'check_violation', constraint = 'field_check_second_check',
      message = 'a second check is made by another person, or later, by another method and with evidence';
  end if;
  new.counts := weight.counts;
  new.is_second_pass := weight.is_second_pass;
  new.ended_at := null;
  update field_check set ended_at = greatest(new.verified_at, verified_at)
  where subject_id = new.subject_id and column_name = new.column_name and ended_at is null;
  return new;
end
$$;

create trigger weigh_new_check before insert on field_check for each row execute function weigh_new_check();

-- Of a check, only that it ended is ever changed, and once.
create function keep_check() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - '{ended_at,customer_id}'::text[] <> to_jsonb(old) - '{ended_at,customer_id}'::text[] or old.ended_at is not null then
    raise exception using errcode = 'check_violation', constraint = 'field_check_kept', message = 'a check is evidence: make another';
  end if;
  return new;
end
$$;

create trigger keep_check before update of id, subject, subject_id, column_name, method, evidence, verified_by_id, verified_at, counts,
  is_second_pass, ended_at on field_check for each row execute function keep_check();

--------------------------------------------------------------------------------------------------------------------------
-- A verified value that changes is unverified, and no other, on whatever path it changes
--
-- After the capture by their names: it has locked the file by then, so that no check is being made of the value that was.
--------------------------------------------------------------------------------------------------------------------------

create function end_checks_of_customer() returns trigger language plpgsql as $$
declare
  old_row jsonb;
  new_row jsonb;
begin
  if exists (select from field_check where subject_id = new.id and ended_at is null) then
    old_row := to_jsonb(old);
    new_row := to_jsonb(new);
    update field_check c set ended_at = greatest(clock_timestamp(), c.verified_at)
    where c.subject_id = new.id and c.ended_at is null and new_row -> c.column_name is distinct from old_row -> c.column_name;
  end if;
  return null;
end
$$;

create trigger end_checks after update on customer for each row
  when (current_setting('app.capturing', true) is distinct from 'on') execute function end_checks_of_customer();

create function end_checks_of_part() returns trigger language plpgsql set jit = off as $$
begin
  if tg_op = 'DELETE' then
    update field_check c set ended_at = greatest(clock_timestamp(), c.verified_at)
    from old_rows o where c.subject_id = o.id and c.ended_at is null;
  elsif exists (select from field_check c join old_rows o on c.subject_id = o.id where c.ended_at is null) then
    update field_check c set ended_at = greatest(clock_timestamp(), c.verified_at)
    from old_rows o join new_rows n on n.id = o.id
    where c.subject_id = o.id and c.ended_at is null
      and (n.customer_id <> o.customer_id or to_jsonb(n) -> c.column_name is distinct from to_jsonb(o) -> c.column_name);
  end if;
  return null;
end
$$;

create trigger end_checks_delete after delete on contact referencing old table as old_rows
  for each statement execute function end_checks_of_part();
create trigger end_checks_update after update on contact referencing old table as old_rows new table as new_rows
  for each statement execute function end_checks_of_part();
create trigger end_checks_delete after delete on need referencing old table as old_rows
  for each statement execute function end_checks_of_part();
create trigger end_checks_update after update on need referencing old table as old_rows new table as new_rows
  for each statement execute function end_checks_of_part();

--------------------------------------------------------------------------------------------------------------------------
-- The steps of a file
--------------------------------------------------------------------------------------------------------------------------

-- The state is moved by steps alone, which update it from within their trigger.
create function keep_verification_state() returns trigger language plpgsql as $$
begin
  if pg_trigger_depth() < 2 then
    raise exception using errcode = 'check_violation', constraint = 'customer_verification_state',
      message = 'the state of a file is moved by a row of verification_step';
  end if;
  return new;
end
$$;

create trigger keep_verification_state before insert on customer for each row
  when (new.verification_state <> 'DRAFT') execute function keep_verification_state();
create trigger keep_verification_state_update before update of verification_state on customer for each row
  when (new.verification_state <> old.verification_state) execute function keep_verification_state();

-- What a file can become after what.
create function verification_follows(present text, next text) returns boolean language sql immutable as $$
  select case next
    when 'SUBMITTED' then present <> 'SUBMITTED'
    when 'VERIFIED' then present = 'SUBMITTED'
    when 'REJECTED' then present = 'SUBMITTED'
    when 'CONFIRMED' then present in ('VERIFIED', 'DISPUTED')
    when 'DISPUTED' then present in ('VERIFIED', 'CONFIRMED')
    else false end
$$;

-- Why whoever submitted a file may not approve it, and whether the approval is a second pass.
create function weigh_approval(
  file_id uuid, person uuid, proof text, moment timestamptz, out is_second_pass boolean, out refusal text
) language plpgsql stable as $$
declare
  submitted verification_step;
  mode constant text := second_check();
begin
  is_second_pass := false;
  select * into submitted from verification_step s
  where s.customer_id = file_id and s.state = 'SUBMITTED' order by s.version desc, s.occurred_at desc limit 1;
  if submitted.employee_id is distinct from person then
    return;
  end if;
  if mode = 'REQUIRED' or mode = 'IF_AVAILABLE' and has_other_verifiers(person) then
    refusal := 'OTHER_PERSON';
  elsif mode = 'SECOND_PASS' then
    if moment < submitted.occurred_at + second_pass_after() or coalesce(btrim(proof), '') = '' then
      refusal := 'SECOND_PASS';
    else
      is_second_pass := true;
    end if;
  end if;
end
$$;

create function take_verification_step() returns trigger language plpgsql as $$
declare
  present text;
  weight record;
begin
  select verification_state into present from customer where id = new.customer_id for no key update;
  if not verification_follows(present, new.state) then
    raise exception using errcode = 'check_violation', constraint = 'verification_step_order',
      message = format('a file that is %s does not become %s', present, new.state);
  end if;
  new.is_second_pass := false;
  if new.state = 'VERIFIED' then
    weight := weigh_approval(new.customer_id, new.employee_id, new.note, new.occurred_at);
    if weight.refusal is not null then
      raise exception using errcode = 'check_violation', constraint = 'verification_step_second_check',
        message = 'a file is approved by another person than submitted it, or later and with evidence';
    end if;
    new.is_second_pass := weight.is_second_pass;
  end if;
  update customer set verification_state = new.state where id = new.customer_id returning version into new.version;
  return new;
end
$$;

create trigger take_step before insert on verification_step for each row execute function take_verification_step();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are evidence and stay as they are', tg_table_name;
end
$$;

create trigger refuse_change before update of id, state, employee_id, note, is_second_pass, version, occurred_at on verification_step
  for each row execute function refuse_change();
