CREATE TABLE "task" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"customer_id" uuid,
	"kind" text DEFAULT 'OTHER' NOT NULL,
	"state" text DEFAULT 'OPEN' NOT NULL,
	"title" text NOT NULL,
	"assignee_id" uuid,
	"team_id" uuid,
	"opened_by_id" uuid,
	"rule" text,
	"subject_prefix" text,
	"subject_id" uuid,
	"occasion" text,
	"due_at" timestamp with time zone,
	"fields" text[],
	"reported" text,
	"outcome" text,
	"completed_at" timestamp with time zone,
	"completed_by_id" uuid,
	"snoozed_until" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "task_kind_check" CHECK ("task"."kind" in ('UPDATE_CONTACT_CHANGE', 'RECORD_NEED_CHANGE', 'FILL_FIELDS', 'REVISE_FILE', 'VERIFY', 'ANSWER_CONFIRMATION', 'CALL_BACK', 'FOLLOW_UP', 'BIRTHDAY', 'ANNIVERSARY', 'RETURN_FILE', 'CASE_RESPONSE', 'CASE_RESOLUTION', 'RETURN_VISIT', 'NEXT_ORDER', 'REPLENISH', 'RECTIFY', 'REVIEW_INACTIVE', 'OTHER')),
	CONSTRAINT "task_state_check" CHECK ("task"."state" in ('OPEN', 'DONE', 'CANCELLED'))
);
CREATE TABLE "task_clock" (
	"task_id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"rung" integer NOT NULL
);
CREATE TABLE "task_step" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"task_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"employee_id" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"until" timestamp with time zone,
	CONSTRAINT "task_step_kind_check" CHECK ("task_step"."kind" in ('HELD', 'ESCALATED'))
);
CREATE TABLE "task_rule_head" (
	"only" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"epoch" text DEFAULT '' NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "task_rule_head_only_check" CHECK ("task_rule_head"."only" = 1)
);
ALTER TABLE "access_request" ADD COLUMN "renews_id" uuid;
ALTER TABLE "interaction" ADD COLUMN "needs_changed" boolean DEFAULT false NOT NULL;
ALTER TABLE "task" ADD CONSTRAINT "task_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "task" ADD CONSTRAINT "task_assignee_id_employee_id_fk" FOREIGN KEY ("assignee_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;
ALTER TABLE "task" ADD CONSTRAINT "task_team_id_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."team"("id") ON DELETE no action ON UPDATE no action;
ALTER TABLE "task" ADD CONSTRAINT "task_opened_by_id_employee_id_fk" FOREIGN KEY ("opened_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;
ALTER TABLE "task" ADD CONSTRAINT "task_completed_by_id_employee_id_fk" FOREIGN KEY ("completed_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;
ALTER TABLE "task_clock" ADD CONSTRAINT "task_clock_task_id_task_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."task"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "task_step" ADD CONSTRAINT "task_step_task_id_task_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."task"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "task_step" ADD CONSTRAINT "task_step_employee_id_employee_id_fk" FOREIGN KEY ("employee_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;
CREATE INDEX "task_customer_idx" ON "task" USING btree ("customer_id","due_at","id");
CREATE INDEX "task_inbox_idx" ON "task" USING btree ("assignee_id","due_at","id") WHERE "task"."state" = 'OPEN';
CREATE INDEX "task_team_idx" ON "task" USING btree ("team_id","due_at","id") WHERE "task"."state" = 'OPEN';
CREATE INDEX "task_assignee_idx" ON "task" USING btree ("assignee_id","created_at","id");
CREATE INDEX "task_opener_idx" ON "task" USING btree ("opened_by_id") WHERE "task"."opened_by_id" is not null;
CREATE INDEX "task_due_idx" ON "task" USING btree ("due_at","id");
CREATE INDEX "task_completed_idx" ON "task" USING btree ("completed_at") WHERE "task"."completed_at" is not null;
CREATE INDEX "task_snoozed_idx" ON "task" USING btree ("snoozed_until") WHERE "task"."snoozed_until" is not null;
CREATE INDEX "task_created_idx" ON "task" USING brin ("created_at");
CREATE INDEX "task_updated_idx" ON "task" USING brin ("updated_at");
CREATE UNIQUE INDEX "task_occasion_key" ON "task" USING btree ("rule","subject_id","occasion",coalesce("team_id", '00000000-0000-0000-0000-000000000000')) WHERE "task"."rule" is not null;
CREATE UNIQUE INDEX "task_open_key" ON "task" USING btree ("rule","subject_id",coalesce("team_id", '00000000-0000-0000-0000-000000000000')) WHERE "task"."rule" is not null and "task"."state" = 'OPEN';
CREATE INDEX "task_clock_at_idx" ON "task_clock" USING btree ("at");
CREATE INDEX "task_step_task_idx" ON "task_step" USING btree ("task_id","kind","at");
CREATE INDEX "task_step_escalated_idx" ON "task_step" USING btree ("employee_id","task_id") WHERE "task_step"."kind" = 'ESCALATED';
ALTER TABLE "access_request" ADD CONSTRAINT "access_request_renews_id_access_grant_id_fk" FOREIGN KEY ("renews_id") REFERENCES "public"."access_grant"("id") ON DELETE cascade ON UPDATE no action;
CREATE INDEX "deal_anniversary_idx" ON "deal" USING btree (month_day("effective_on")) WHERE "deal"."stage" = 'WON';
CREATE INDEX "access_request_renews_idx" ON "access_request" USING btree ("renews_id") WHERE "access_request"."renews_id" is not null;
CREATE INDEX "interaction_needs_changed_idx" ON "interaction" USING btree ("customer_id") WHERE "interaction"."needs_changed";

--------------------------------------------------------------------------------------------------------------------------
-- Tasks (待办): docs/decisions/0060-tasks-in-files-and-outside.md
--------------------------------------------------------------------------------------------------------------------------

select capture_part('task');

-- Keeps, for every writer, who has held a task and for how long. The instant is that of business time, where the writer
-- says which it is (app.now).
create function keep_task_steps() returns trigger language plpgsql as $$
declare
  moment constant timestamptz := coalesce(nullif(current_setting('app.now', true), '')::timestamptz, clock_timestamp());
begin
  if tg_op = 'UPDATE' then
    update task_step set until = moment where task_id = new.id and kind = 'HELD' and until is null;
  end if;
  if new.assignee_id is not null and new.state = 'OPEN' then
    insert into task_step (task_id, kind, employee_id, at) values (new.id, 'HELD', new.assignee_id, moment);
  end if;
  return null;
end
$$;

create trigger keep_steps after insert on task for each row execute function keep_task_steps();

create trigger keep_steps_update after update on task for each row
  when (old.assignee_id is distinct from new.assignee_id or (old.state = 'OPEN') <> (new.state = 'OPEN'))
  execute function keep_task_steps();

--------------------------------------------------------------------------------------------------------------------------
-- Notices to those they concern, through the event log
--------------------------------------------------------------------------------------------------------------------------

-- What happens to a task goes into the event log once more for each employee it concerns (grantee_id), as requests for
-- access do: to its assignee, who opened it, those it was escalated to, and its team while nobody in it has taken it. The
-- event of the file, if it is of one, is captured as that of any part.
create function record_task_notice(step text, changed task, persons uuid[]) returns void language plpgsql as $$
begin
  insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, grantee_id, source, request_id,
                      occurred_at, transaction_id)
  select coalesce(changed.customer_id, changed.id), changed.version, step, 'task_notice', changed.id, '{}', acting_employee(),
         person, acting_source(), acting_request(), clock_timestamp(), pg_current_xact_id()::text::bigint
  from (select distinct unnest(persons) as person) concerned
  order by person;
end
$$;

create function announce_task() returns trigger language plpgsql as $$
declare
  step text := 'TASK_OPENED';
  persons uuid[] := array[new.assignee_id, new.opened_by_id];
  done text;
begin
  if tg_op = 'UPDATE' then
    step := case
      when new.state <> old.state then 'TASK_' || case new.state when 'OPEN' then 'CHANGED' else new.state end
      when new.assignee_id is distinct from old.assignee_id then 'TASK_ASSIGNED'
      when new.snoozed_until is distinct from old.snoozed_until then 'TASK_SNOOZED'
      else 'TASK_CHANGED' end;
    persons := persons || array(select employee_id from task_step where task_id = new.id and kind = 'ESCALATED');
  end if;
  if new.team_id is not null and (new.assignee_id is null or tg_op = 'UPDATE' and old.assignee_id is null) then
    persons := persons || array(select id from employee where team_id = new.team_id and disabled_at is null);
  end if;
  persons := array_remove(persons, null);
  done := record_task_notice(step, new, persons);
  if tg_op = 'UPDATE' and old.assignee_id <> all (persons) then
    done := record_task_notice('TASK_LEFT', new, array[old.assignee_id]);
  end if;
  return null;
end
$$;

create trigger announce_insert after insert on task for each row execute function announce_task();

create trigger announce_update after update on task for each row
  when (old.* is distinct from new.*) execute function announce_task();

--------------------------------------------------------------------------------------------------------------------------
-- Due and overdue tasks
--------------------------------------------------------------------------------------------------------------------------

-- Sets the clock of a task: open and with a due time, a notice follows when that has come, unless it is put off until
-- later. After the notice, putting it off delays the next escalation.
create function keep_task_clock() returns trigger language plpgsql as $$
begin
  if new.state <> 'OPEN' or new.due_at is null then
    delete from task_clock where task_id = new.id;
  elsif tg_op = 'UPDATE' and old.state = 'OPEN' and old.due_at is not distinct from new.due_at then
    update task_clock
    set at = greatest(case when rung = 0 then new.due_at else at end, new.snoozed_until)
    where task_id = new.id;
  else
    insert into task_clock (task_id, at, rung) values (new.id, greatest(new.due_at, new.snoozed_until), 0)
    on conflict (task_id) do update set at = excluded.at, rung = 0;
  end if;
  return null;
end
$$;

create trigger keep_clock after insert on task for each row execute function keep_task_clock();

create trigger keep_clock_update after update on task for each row
  when (old.state <> new.state or old.due_at is distinct from new.due_at or old.snoozed_until is distinct from new.snoozed_until)
  execute function keep_task_clock();

-- To whom an overdue task is escalated next: up the leaders of teams, from its assignee or its team; where there is no
-- further leader, to an administrator. Null when nobody is left.
create function next_escalation(overdue task) returns uuid language sql stable as $$
  with notified as (
    select employee_id, at, id from task_step where task_id = overdue.id and kind = 'ESCALATED'
  ), last as (
    select coalesce((select employee_id from notified order by at desc, id desc limit 1), overdue.assignee_id) as employee_id
  ), led as (
    select team.leader_id from last join employee e on e.id = last.employee_id join team on team.id = e.team_id
    union all
    select leader_id from team where id = overdue.team_id and overdue.assignee_id is null and not exists (select from notified)
  )
  select coalesce(
    (select leader.id from led join employee leader on leader.id = led.leader_id
     where leader.disabled_at is null and leader.id is distinct from overdue.assignee_id
       and leader.id not in (select employee_id from notified)
     limit 1),
    (select admin.id from employee admin
     where admin.role = 'ADMIN' and admin.disabled_at is null and admin.id is distinct from overdue.assignee_id
       and not exists (select from notified join employee e on e.id = notified.employee_id where e.role = 'ADMIN')
     order by admin.id limit 1))
$$;

-- Notifies of open tasks, at most that many, whose moment has come: that they are due, and later, at each rung, whom they are
-- escalated to; the next rung comes at escalate_at. Returns how many. Any number of instances may call it at once, each in a
-- transaction of its own: a clock is moved on in the transaction that writes the notice, so none is sent twice or not at all. A task
-- that somebody is writing is left for the next time.
create function sweep_tasks(moment timestamptz, escalate_at timestamptz, at_most integer) returns integer
language plpgsql as $$
declare
  swept integer;
begin
  perform set_config('app.actor', '', true), set_config('app.source', 'SYSTEM', true);
  with due as materialized (
    select c.task_id, c.rung
    from task_clock c join task t on t.id = c.task_id
    where c.at <= moment
    order by c.at limit at_most
    -- The task as well, which the step refers to: who settles it holds it and waits for its clock.
    for update of c skip locked for key share of t skip locked
  ), known as materialized (
    select t.id, t.customer_id, t.version, t.assignee_id, t.opened_by_id, t.team_id, due.rung,
           case when due.rung > 0 then next_escalation(t) end as leader_id
    from due join task t on t.id = due.task_id
  ), step as (
    insert into task_step (task_id, kind, employee_id, at)
    select id, 'ESCALATED', leader_id, moment from known where leader_id is not null
  ), notice as (
    insert into outbox (customer_id, version, type, subject, subject_id, fields, grantee_id, source, occurred_at, transaction_id)
    select coalesce(known.customer_id, known.id), known.version,
           case when rung = 0 then 'TASK_DUE' else 'TASK_ESCALATED' end, 'task_notice', known.id, '{}', person, 'SYSTEM',
           clock_timestamp(), pg_current_xact_id()::text::bigint
    from known, lateral (
      select coalesce(assignee_id, case when team_id is null then opened_by_id end) as person
      union
      select leader_id
      union
      select e.id from employee e where known.assignee_id is null and e.team_id = known.team_id and e.disabled_at is null
    ) concerned
    where person is not null and (rung = 0 or leader_id is not null)
  ), ended as (
    delete from task_clock c using known where c.task_id = known.id and known.rung > 0 and known.leader_id is null
  ), moved as (
    update task_clock c set at = escalate_at, rung = c.rung + 1
    from known where c.task_id = known.id and (known.rung = 0 or known.leader_id is not null)
  )
  select count(*) into swept from due;
  return swept;
end
$$;

--------------------------------------------------------------------------------------------------------------------------
-- Rules: docs/decisions/0061-rules-that-open-tasks.md
--------------------------------------------------------------------------------------------------------------------------

insert into task_rule_head default values;

--------------------------------------------------------------------------------------------------------------------------
-- Renewals (续借)
--------------------------------------------------------------------------------------------------------------------------

-- As in 0005_access, and a renewal is settled as well when the grant that it renews is over: nothing is left to decide.
create or replace function lapse_grants(at_most integer) returns integer language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  due uuid[];
  marked integer := 0;
  settled integer;
begin
  perform set_config('app.actor', '', true), set_config('app.source', 'JOB', true);
  select array_agg(g.id) into due from (
    select id from access_grant where ended_at is null and lapsed_at is null and expires_at <= now()
    order by expires_at limit at_most) g;
  if due is not null then
    -- The file first, as with every write of a file.
    with file as materialized (
      select id from customer where id in (select customer_id from access_grant where id = any (due))
      order by id for no key update skip locked
    )
    update access_grant g set lapsed_at = now() from file
    where g.customer_id = file.id and g.id = any (due) and g.ended_at is null and g.lapsed_at is null
      -- A renewal that was approved meanwhile.
      and g.expires_at <= now();
    get diagnostics marked = row_count;
  end if;
  with request as materialized (
    select r.id from access_request r
    where r.decision is null
      and (r.until <= now() or exists (select from access_grant g where g.id = r.renews_id and (g.ended_at is not null or g.expires_at <= now())))
    order by r.id limit at_most for update of r skip locked
  )
  update access_request r set decision = 'LAPSED', decided_at = now() from request where r.id = request.id;
  get diagnostics settled = row_count;
  return marked + settled;
end
$$;
