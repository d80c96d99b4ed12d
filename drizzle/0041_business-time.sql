-- Business time (docs/decisions/0081-business-time.md).

-- The business clock, as now() and as clock_timestamp(): they are these, inlined, and nothing here sets them otherwise. A
-- test or a demonstration that plays a year writes both again in its own database.
create function business_now() returns timestamptz language sql stable parallel safe as $$ select now() $$;
create function business_clock() returns timestamptz language sql volatile parallel safe as $$ select clock_timestamp() $$;

ALTER TABLE "outgoing" ALTER COLUMN "due_at" SET DEFAULT business_now();
ALTER TABLE "settings" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "settings" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "customer_coowner" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "contact" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "contact" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "customer" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "customer" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "completeness_epoch" ALTER COLUMN "started_at" SET DEFAULT business_now();
ALTER TABLE "deal" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "deal" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "delegation" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "department" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "department" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "employee" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "employee" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "team" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "team" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "access_grant" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "access_request" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "handover" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "interaction" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "interaction" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "need" ALTER COLUMN "raised_at" SET DEFAULT business_now();
ALTER TABLE "need" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "need" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "calendar_day" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "calendar_day" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "working_calendar" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "working_calendar" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "exchange_rate" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "exchange_rate" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "segment" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "segment" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "customer_tag" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "tag" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "task" ALTER COLUMN "created_at" SET DEFAULT business_now();
ALTER TABLE "task" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "field_check" ALTER COLUMN "verified_at" SET DEFAULT business_now();
ALTER TABLE "verification_step" ALTER COLUMN "occurred_at" SET DEFAULT business_now();
ALTER TABLE "membership_head" ALTER COLUMN "ticked_at" SET DEFAULT business_now();
ALTER TABLE "notification_preference" ALTER COLUMN "updated_at" SET DEFAULT business_now();
ALTER TABLE "team_robot" ALTER COLUMN "set_at" SET DEFAULT business_now();

-- The functions that say when something happened, or whether its time has come: each as it was, but by that clock. Tokens, the
-- order of capture, retries and what is kept for a while are of technical time, as before.

-- The same for whatever happened to one row of a part. A null old_row means that it came in, a null new_row that it left.
create or replace function record_part(
  subject text, file_id uuid, file_version integer, owner uuid, old_row jsonb, new_row jsonb
) returns void language plpgsql as $$
declare
  change record;
  done text;
begin
  if old_row is null or new_row is null then
    done := record_row(event_type(subject, old_row, new_row), subject, file_id, file_version, owner, owner, old_row,
                       new_row, business_clock());
  else
    change := compare_rows(subject, old_row, new_row);
    done := record_change(event_type(subject, old_row, new_row), subject, (new_row ->> 'id')::uuid,
                          (new_row ->> 'version')::integer, (new_row ->> 'grantee_id')::uuid, file_id, file_version, owner,
                          owner, change.fields, change.old_values, change.new_values, business_clock());
  end if;
end
$$;

-- The lists of STATIC and SNAPSHOT segments.
create or replace function note_list_change() returns trigger language plpgsql as $$
begin
  insert into reference_change (subject, subject_id, actor_id, occurred_at)
  select distinct 'segment', segment_id, nullif(current_setting('app.actor', true), '')::uuid, business_clock()
  from changed_rows;
  return null;
end
$$;

-- Rows that came or went may be reached by a rule as well: an employee joins a team whose leader's files a rule selects.
create or replace function note_reference_rows() returns trigger language plpgsql as $$
begin
  if exists (select from changed_rows) then
    insert into reference_change (subject, actor_id, occurred_at)
    values (tg_table_name, nullif(current_setting('app.actor', true), '')::uuid, business_clock());
  end if;
  return null;
end
$$;

-- Keeps each definition that a segment has had, and notes that its rule is another one now.
create or replace function record_definition() returns trigger language plpgsql as $$
declare
  actor constant uuid := nullif(current_setting('app.actor', true), '')::uuid;
begin
  if tg_op <> 'DELETE' then
    insert into segment_definition (segment_id, version, name, rule, shared, actor_id, occurred_at)
    values (new.id, new.version, new.name, new.rule, new.shared, actor, business_clock());
  end if;
  if tg_op = 'DELETE' or (tg_op = 'UPDATE' and old.rule is distinct from new.rule) then
    insert into reference_change (subject, subject_id, actor_id, occurred_at)
    values ('segment', old.id, actor, business_clock());
  end if;
  return null;
end
$$;

-- Notes that something changed which the rules of segments may read. One line per statement, whoever writes; always, because
-- a segment that is becoming live just then does not show yet. The worker deletes the lines.
create or replace function note_reference_change() returns trigger language plpgsql set jit = off as $$
begin
  if exists (select from old_rows o full join new_rows n on n.id = o.id
             where to_jsonb(o) - 'password_hash' is distinct from to_jsonb(n) - 'password_hash') then
    insert into reference_change (subject, actor_id, occurred_at)
    values (tg_table_name, acting_employee(), business_clock());
  end if;
  return null;
end
$$;

-- Makes every instance read the settings again. Whose days are meant is in the rules of live segments.
create or replace function announce_settings() returns trigger language plpgsql as $$
begin
  perform pg_notify('settings_changed', new.version::text);
  if new.content -> 'timeZone' is distinct from old.content -> 'timeZone' then
    insert into reference_change (subject, actor_id, occurred_at)
    values ('settings', acting_employee(), business_clock());
  end if;
  return null;
end
$$;

-- Writes the history of a row that belongs to no file: a line per field that differs. The argument names a column whose
-- keys are the fields, if the row's own columns are not.
create or replace function record_scoped_change() returns trigger language plpgsql as $$
declare
  old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  row_version integer := coalesce((new_row ->> 'version')::integer, (old_row ->> 'version')::integer + 1);
begin
  insert into scoped_change (subject, subject_id, version, field, old_value, new_value, actor_id, source, request_id,
                             occurred_at)
  select tg_table_name, (coalesce(new_row, old_row) ->> 'id')::uuid, row_version, field, o.value, n.value,
         acting_employee(), acting_source(), acting_request(), business_clock()
  from jsonb_each_text(coalesce(case when tg_nargs = 0 then old_row else old_row -> tg_argv[0] end, '{}')) o (field, value)
  full join jsonb_each_text(coalesce(case when tg_nargs = 0 then new_row else new_row -> tg_argv[0] end, '{}'))
    n (field, value) using (field)
  where o.value is distinct from n.value and field <> all ('{id,version,created_at,updated_at,name_key}');
  return null;
end
$$;

-- Keeps, for every writer, who has held a task and for how long.
create or replace function keep_task_steps() returns trigger language plpgsql as $$
declare
  moment constant timestamptz := business_clock();
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
    select id from access_grant where ended_at is null and lapsed_at is null and expires_at <= business_now()
    order by expires_at limit at_most) g;
  if due is not null then
    -- The file first, as with every write of a file.
    with file as materialized (
      select id from customer where id in (select customer_id from access_grant where id = any (due))
      order by id for no key update skip locked
    )
    update access_grant g set lapsed_at = business_now() from file
    where g.customer_id = file.id and g.id = any (due) and g.ended_at is null and g.lapsed_at is null
      -- A renewal that was approved meanwhile.
      and g.expires_at <= business_now();
    get diagnostics marked = row_count;
  end if;
  with request as materialized (
    select r.id from access_request r
    where r.decision is null
      and (r.until <= business_now() or exists (select from access_grant g where g.id = r.renews_id and (g.ended_at is not null or g.expires_at <= business_now())))
    order by r.id limit at_most for update of r skip locked
  )
  update access_request r set decision = 'LAPSED', decided_at = business_now() from request where r.id = request.id;
  get diagnostics settled = row_count;
  return marked + settled;
end
$$;

-- What happens to a task goes into the event log once more for each employee it concerns (grantee_id), as requests for
-- access do: to its assignee, who opened it, those it was escalated to, and its team while nobody in it has taken it. The
-- event of the file, if it is of one, is captured as that of any part.
create or replace function record_task_notice(step text, changed task, persons uuid[]) returns void language plpgsql as $$
begin
  insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, grantee_id, source, request_id,
                      occurred_at, transaction_id)
  select coalesce(changed.customer_id, changed.id), changed.version, step, 'task_notice', changed.id, '{}', acting_employee(),
         person, acting_source(), acting_request(), business_clock(), pg_current_xact_id()::text::bigint
  from (select distinct unnest(persons) as person) concerned
  order by person;
end
$$;

-- Notifies of open tasks, at most that many, whose moment has come: that they are due, and later, at each rung, whom they are
-- escalated to; the next rung comes at escalate_at. Returns how many. Any number of instances may call it at once, each in a
-- transaction of its own: a clock is moved on in the transaction that writes the notice, so none is sent twice or not at all. A task
-- that somebody is writing is left for the next time.
create or replace function sweep_tasks(moment timestamptz, escalate_at timestamptz, at_most integer) returns integer
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
           business_clock(), pg_current_xact_id()::text::bigint
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

-- Every step of a request goes into the event log, once for each person it concerns (grantee_id): who made it, who could
-- decide it then, who owns the file at that moment, and who stands in for the owner. It is no change of the file and does not raise its version: nobody
-- can disturb a colleague's work by making requests.
create or replace function announce_access_request() returns trigger language plpgsql as $$
declare
  request access_request;
  step text;
begin
  if tg_table_name = 'access_grant' then
    select * into request from access_request where grant_id = new.id;
    if not found then
      return null;
    end if;
    step := case when new.ended_at is null then 'ACCESS_GRANT_EXPIRED' else 'ACCESS_GRANT_ENDED' end;
  else
    request := new;
    step := 'ACCESS_' || coalesce(request.decision, 'REQUESTED');
  end if;
  insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, grantee_id, source, request_id,
                      occurred_at, transaction_id)
  select file.id, file.version, step, 'access_request', request.id, '{}', acting_employee(), person, acting_source(),
         acting_request(), business_clock(), pg_current_xact_id()::text::bigint
  from customer file
  cross join lateral (
    select unnest(request.told_ids || request.requester_id || file.owner_id) as person
    union
    select d.delegate_id from delegation d
    where d.employee_id = file.owner_id and d.starts_at <= business_now() and d.ends_at > business_now() and d.ended_at is null
  ) concerned
  where file.id = request.customer_id
  order by person;
  return null;
end
$$;

-- Gives committed changes their numbers in the event log, at most that many, and their lines in the history; returns how
-- many. Any process may call it at any time, in a transaction of its own at the default isolation: the lock on stream_head
-- orders the callers, and the snapshot of the next statement, taken under the lock, sees everything that an earlier caller
-- saw. So numbers are dense, and no reader ever sees a number before a smaller one.
create or replace function sequence_events(at_most integer) returns integer language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  head bigint;
  ids bigint[];
  moved integer;
begin
  if not exists (select from outbox) then
    return 0;
  end if;
  select last_seq into strict head from stream_head for update;
  ids := array(select id from outbox order by id limit at_most);
  -- One statement, so that no snapshot finds a line twice or not at all.
  with history as (
    insert into file_change (id, customer_id, version, subject, subject_id, row_version, operation, field, old_value,
                             new_value, actor_id, source, request_id, occurred_at)
    select id, customer_id, version, subject, subject_id, row_version, operation, field, old_value, new_value, actor_id,
           source, request_id, occurred_at
    from waiting_history where id = any (ids)
    -- A row that names a column twice, written past the triggers, must not stop all delivery.
    on conflict do nothing
  ), batch as (
    delete from outbox where id = any (ids) returning *
  ), logged as (
    insert into event_log (seq, customer_id, version, type, subject, subject_id, row_version, fields, actor_id,
                           owner_before, owner_after, grantee_id, source, request_id, occurred_at, transaction_id)
    select head + row_number() over (order by id), customer_id, version, type, subject, subject_id, row_version, fields,
           actor_id, owner_before, owner_after, grantee_id, source, request_id, occurred_at, transaction_id
    from batch
    returning seq, customer_id, type, subject, subject_id, owner_before, owner_after, grantee_id, occurred_at
  ), shared as (
    insert into event_sharer (employee_id, seq, had, has)
    select share.employee_id, e.seq, bool_or(share.had), bool_or(share.has)
    from logged e cross join lateral (
      -- Co-owners, not of what happened before they came, and of a right only the one whom it concerns.
      select c.employee_id, true, true from customer_coowner c
      where c.customer_id = e.customer_id and c.created_at <= e.occurred_at
        and (e.subject <> 'customer_coowner' or c.employee_id <> e.subject_id)
        and (e.subject <> 'delegation' or c.employee_id = e.grantee_id)
      union all
      select e.subject_id, e.type = 'CO_OWNER_REMOVED', e.type = 'CO_OWNER_ADDED' where e.subject = 'customer_coowner'
      union all
      -- Who stands in for the owner now, or for one whose file went to another before the end of it was noticed.
      select d.delegate_id, d.employee_id is not distinct from e.owner_before,
             d.employee_id is not distinct from e.owner_after and running.now
      from delegation d, lateral (
        select d.starts_at <= e.occurred_at and d.ends_at > business_now() and d.ended_at is null) running (now)
      where d.employee_id in (e.owner_before, e.owner_after) and e.subject <> 'delegation'
        and (running.now or d.starts_at <= business_now() and d.closed_at is null and e.owner_before is distinct from e.owner_after)
      union all
      select e.grantee_id, e.type = 'ACCESS_ENDED', e.type = 'ACCESS_GRANTED' where e.subject = 'delegation'
    ) share (employee_id, had, has)
    -- These have readers of their own.
    where e.subject <> all ('{access_grant,access_request,task_notice,segment_membership}')
    group by share.employee_id, e.seq
  )
  select count(*) into moved from batch;
  if moved > 0 then
    update stream_head set last_seq = head + moved;
    -- One per batch, never one per change: a notification takes a global lock at commit.
    perform pg_notify('event_log', (head + moved)::text);
  end if;
  return moved;
end
$$;

-- Raises the versions of files, which are locked, and writes down for each that a right to it began or ended. The line of
-- history is an empty row that came or left: a right is no change in the file.
create or replace function record_delegation(step text, turned delegation, file_ids uuid[]) returns void language plpgsql as $$
declare
  done text;
begin
  -- A right that comes or goes is an event of the file but no change in it.
  done := set_config('app.capturing', 'on', true);
  update customer set version = version + 1 where id = any (file_ids);
  done := set_config('app.capturing', '', true);
  perform record_change(step, 'delegation', turned.id, null, turned.delegate_id, f.id, f.version, f.owner_id, f.owner_id,
                        '{}', case step when 'ACCESS_ENDED' then array['{}'::jsonb] end,
                        case step when 'ACCESS_GRANTED' then array['{}'::jsonb] end, business_clock())
  from (select * from customer where id = any (file_ids) order by id) f;
end
$$;

-- Makes the requirements of the settings those that files are measured by, from their next change or the sweep on.
create or replace function compile_requirements() returns void language plpgsql as $$
begin
  delete from completeness_requirement;
  insert into completeness_requirement (position, name, bit, share, field_group, weight, kind, customer_type, nature, tier,
                                        importance)
  select r.place, f.name, f.bit, f.share, f.field_group, (r.value ->> 'weight')::integer, r.value ->> 'kind',
         r.value ->> 'customerType', r.value ->> 'nature', r.value ->> 'tier', r.value ->> 'importance'
  from settings, jsonb_array_elements(content -> 'requirements') with ordinality r (value, place)
  join completeness_field f on f.name = r.value ->> 'field';
  update completeness_epoch set epoch = epoch + 1, started_at = business_clock();
end
$$;

-- Noted without comparing by id: the row has none.
create or replace function note_completeness() returns trigger language plpgsql as $$
begin
  if exists (select from old_rows o, new_rows n where o.swept_epoch <> n.swept_epoch) then
    insert into reference_change (subject, actor_id, occurred_at)
    values ('completeness_epoch', acting_employee(), business_clock());
  end if;
  return null;
end
$$;

-- Plans a mail for whoever wants to hear of this kind of task at once (docs/decisions/0070-outgoing.md). The notice is written in the
-- transaction that changes the task; the mail is written when it is sent.
create or replace function plan_task_mail() returns trigger language plpgsql as $$
begin
  insert into outgoing (kind, recipient_id, occasion, content, expires_at)
  select 'task-notice', new.grantee_id, concat_ws(' ', new.type, new.subject_id, new.version),
         jsonb_build_object('taskId', new.subject_id), business_now() + interval '3 days'
  from task t join notification_preference p on p.employee_id = new.grantee_id
  where t.id = new.subject_id and t.kind = any(p.mailed_kinds) and new.grantee_id is distinct from new.actor_id
  on conflict do nothing;
  return null;
end
$$;

-- Gives files the tier that the rule has for them, and returns how many changed: only a better one, or any. What a person
-- set stays until its day. The rule is nobody: its changes have no actor.
create or replace function settle_tiers(file_ids uuid[], may_lower boolean, day date default null) returns integer language plpgsql as $$
declare
  rules constant jsonb := tier_rules();
  today constant date := coalesce(day, (business_now()
    at time zone (select coalesce(content ->> 'timeZone', 'Asia/Shanghai') from settings))::date);
  actor constant text := coalesce(current_setting('app.actor', true), '');
  source constant text := coalesce(current_setting('app.source', true), '');
  changed integer;
begin
  if rules is null then
    return 0;
  end if;
  perform set_config('app.actor', '', true), set_config('app.source', 'SYSTEM', true);
  perform from customer where id = any (file_ids) order by id for no key update;
  update customer f
  set tier = due.tier, tier_set_by = case when due.tier is not null then 'RULE' end, tier_reason = null, tier_until = null
  from (select c.id, due_tier(c, today, rules) as tier from customer c where c.id = any (file_ids)) due
  where f.id = due.id and f.archived_at is null
    and (f.tier_set_by is distinct from 'PERSON' or may_lower and f.tier_until < today)
    and case when may_lower then f.tier is distinct from due.tier or f.tier_set_by = 'PERSON'
             else due.tier is not null and (f.tier is null or due.tier < f.tier) end;
  get diagnostics changed = row_count;
  perform set_config('app.actor', actor, true), set_config('app.source', source, true);
  return changed;
end
$$;

-- Raises the versions of files by the number of changes in each, and so orders the events of one file: whoever holds its
-- row comes first. Rows are locked in the order of their ids, so that two statements over the same files cannot deadlock,
-- and by a statement of its own: the next one sees what was committed while this one waited. A file that is being deleted
-- has no row any more and is left alone.
create or replace function bump_files(subject text, ids uuid[], changes integer[]) returns boolean language plpgsql
-- Planned once: with plans made for the arrays at hand, planning took longer than the update.
set plan_cache_mode = force_generic_plan as $$
declare
  done text;
begin
  perform from customer where id = any (ids) order by id for no key update;
  done := set_config('app.capturing', 'on', true);
  update customer file
  set version = file.version + bump.changes,
      -- A right that comes or goes is an event of the file but no change in it; nor is what the system does by itself.
      updated_at = case when subject = 'access_grant' or current_setting('app.source', true) = 'SYSTEM' then file.updated_at
                        else business_clock() end,
      last_interaction_at = case
        when subject = 'interaction' then (select max(i.occurred_at) from interaction i where i.customer_id = file.id)
        else file.last_interaction_at end
  from unnest(ids, changes) bump (id, changes)
  where file.id = bump.id;
  done := set_config('app.capturing', '', true);
  return true;
end
$$;

-- The same for one row in one file, with its record: nearly every write changes one row of one file, and what is made for
-- many (arrays, sums, windows) would cost it more than the rows it writes. Only an interaction that moved or left has to
-- look at those that are still there.
create or replace function capture_one(subject text, file_id uuid, old_row jsonb, new_row jsonb) returns void language plpgsql as $$
declare
  file_version integer;
  owner uuid;
  done text;
begin
  if subject = 'interaction' and old_row is not null then
    done := bump_files(subject, array[file_id], '{1}'::integer[]);
    select version, owner_id into file_version, owner from customer where id = file_id;
  else
    done := set_config('app.capturing', 'on', true);
    update customer file
    set version = file.version + 1,
        updated_at = case when subject = 'access_grant' or current_setting('app.source', true) = 'SYSTEM' then file.updated_at
                          else business_clock() end,
        last_interaction_at = case
          when subject = 'interaction' then greatest(file.last_interaction_at, (new_row ->> 'occurred_at')::timestamptz)
          else file.last_interaction_at end
    where file.id = file_id
    returning file.version, file.owner_id into file_version, owner;
    done := set_config('app.capturing', '', true);
  end if;
  if file_version is not null then
    done := record_part(subject, file_id, file_version, owner, old_row, new_row);
  end if;
end
$$;

-- Writes capture_customer_update(), the capture of a changed file, from the columns that `customer` has now. It runs after
-- the migrations, at each start. A migration that drops or renames a column and changes files afterwards calls it in between.
--
-- That capture is by row, not by statement: nothing of one file depends on another, and most calls come from a version that
-- was raised, for which a join of all rows before and after would find nothing.
--
-- Whatever differs is noted and then made equal in the old row, so that one comparison of the rows, byte for byte, shows
-- whether anything is left. The columns that daily work changes come first, because each comparison has its price; then all
-- others that existed when the function was written. What still differs then is a column added by hand since; it is found by
-- comparing the rows as they are.
create or replace function prepare_capture() returns void language plpgsql as $$
declare
  daily constant text[] := '{address,city,credit_limit,owner_id,stage,tier}';
  daily_columns text;
  other_columns text;
  body text;
begin
  with compared as (
    select attname, attname = any (daily) as is_daily, format($column$
  if new.%1$I is distinct from old.%1$I then%4$s
    fields := array_append(fields, %1$L);
    old_values := array_append(old_values, %2$s);
    new_values := array_append(new_values, %3$s);
    old.%1$I := new.%1$I;
  end if;$column$,
      attname,
      case when is_kept then format('to_jsonb(old.%I)', attname) else 'null' end,
      case when is_kept then format('to_jsonb(new.%I)', attname) else 'null' end,
      case attname
        when 'archived_at' then $kind$
    kind := case when new.archived_at is null then 'RESTORED' when old.archived_at is null then 'ARCHIVED' else kind end;$kind$
        when 'owner_id' then $kind$
    kind := 'OWNER_CHANGED';
    owner_before := old.owner_id;$kind$
        else '' end) as comparison
    from pg_attribute, lateral (values (attname <> all (overwritten_columns('customer')))) policy (is_kept)
    where attrelid = 'customer'::regclass and attnum > 0 and not attisdropped
      and attname <> 'id' and attname <> all (derived_columns())
  )
  select string_agg(comparison, '' order by attname) filter (where is_daily),
         string_agg(comparison, '' order by attname) filter (where not is_daily)
  into daily_columns, other_columns
  from compared;
  body := format($body$
declare
  -- Null as long as there is nothing to say: what is not assigned costs nothing.
  kind text;
  owner_before uuid;
  fields text[];
  old_values jsonb[];
  new_values jsonb[];
  unknown record;
  -- Assigned to, because an assignment evaluates a call at a tenth of the cost of `perform`.
  done text;
begin
  if current_setting('app.capturing', true) = 'on' then
    return null;
  end if;
  -- An id that changed shows as out and in.
  if new.id <> old.id then
    done := record_row('REMOVED', 'customer', old.id, old.version + 1, old.owner_id, null, to_jsonb(old), null,
                       new.updated_at);
    done := record_row('CREATED', 'customer', new.id, new.version, null, new.owner_id, null, to_jsonb(new),
                       new.updated_at);
    return null;
  end if;%s%s
  if old *<> new then%s
    if old *<> new then
      unknown := compare_rows('customer', to_jsonb(old), to_jsonb(new));
      fields := fields || nullif(unknown.fields, '{}');
      old_values := old_values || unknown.old_values;
      new_values := new_values || unknown.new_values;
    end if;
  end if;
  if fields is not null then
    done := record_change(coalesce(kind, 'UPDATED'), 'customer', new.id, new.version, null, new.id, new.version,
                          coalesce(owner_before, new.owner_id), new.owner_id, fields, old_values, new_values,
                          case when acting_source() = 'SYSTEM' then business_clock() else new.updated_at end);
  end if;
  return null;
end
$body$, (select string_agg(format(E'\n  old.%1$I := new.%1$I;', name), '') from unnest(derived_columns()) name),
    daily_columns, other_columns);
  -- Not written again as it is: every session would prepare it again.
  if not exists (select from pg_proc where oid = to_regproc('capture_customer_update') and prosrc = body) then
    execute format('create or replace function capture_customer_update() returns trigger language plpgsql as %L', body);
  end if;
end
$$;

-- Keeps version and updated_at (and what else is derived) out of writers' hands. A row written back unchanged keeps both,
-- and the capture then sees no difference.
create or replace function touch_row() returns trigger language plpgsql as $$
declare
  shown record;
begin
  if tg_table_name = 'customer' then
    if current_setting('app.capturing', true) = 'on' then
      return new;
    end if;
    new.last_interaction_at := old.last_interaction_at;
  end if;
  new.version := old.version;
  new.updated_at := old.updated_at;
  if tg_table_name = 'employee' then
    shown := new;
    shown.password_hash := old.password_hash;
    if shown is not distinct from old then
      return new;
    end if;
  end if;
  if new is distinct from old then
    new.version := old.version + 1;
    -- Not business_now(): a writer that waited for the row must not appear to have come before the one it waited for.
    if tg_table_name <> 'customer' or current_setting('app.source', true) is distinct from 'SYSTEM' then
      new.updated_at := business_clock();
    end if;
  end if;
  return new;
end
$$;

create or replace function end_checks_of_customer() returns trigger language plpgsql as $$
declare
  old_row jsonb;
  new_row jsonb;
begin
  if exists (select from field_check where subject_id = new.id and ended_at is null) then
    old_row := to_jsonb(old);
    new_row := to_jsonb(new);
    update field_check c set ended_at = greatest(business_clock(), c.verified_at)
    where c.subject_id = new.id and c.ended_at is null and new_row -> c.column_name is distinct from old_row -> c.column_name;
  end if;
  return null;
end
$$;

create or replace function end_checks_of_part() returns trigger language plpgsql set jit = off as $$
begin
  if tg_op = 'DELETE' then
    update field_check c set ended_at = greatest(business_clock(), c.verified_at)
    from old_rows o where c.subject_id = o.id and c.ended_at is null;
  elsif exists (select from field_check c join old_rows o on c.subject_id = o.id where c.ended_at is null) then
    update field_check c set ended_at = greatest(business_clock(), c.verified_at)
    from old_rows o join new_rows n on n.id = o.id
    where c.subject_id = o.id and c.ended_at is null
      and (n.customer_id <> o.customer_id or to_jsonb(n) -> c.column_name is distinct from to_jsonb(o) -> c.column_name);
  end if;
  return null;
end
$$;

-- Rows that came into files.
create or replace function capture_added() returns trigger language plpgsql set jit = off as $$
declare
  hidden constant text[] := derived_columns() || overwritten_columns(tg_table_name);
  row_key constant text := case tg_table_name when 'customer_tag' then 'tag_id' when 'customer_coowner' then 'employee_id' else 'id' end;
  ids uuid[];
  changes integer[];
  one_file uuid;
  one_row jsonb;
  done text;
begin
  select r.customer_id, to_jsonb(r) into one_file, one_row from new_rows r where not exists (select from new_rows offset 1);
  if found then
    done := capture_one(tg_table_name, one_file, null, one_row);
    return null;
  end if;
  select array_agg(f.customer_id order by f.customer_id), array_agg(f.changes order by f.customer_id) into ids, changes
  from (select r.customer_id, count(*)::integer as changes from new_rows r group by r.customer_id) f;
  if ids is null then
    return null;
  end if;
  done := bump_files(tg_table_name, ids, changes);
  insert into outbox (customer_id, version, type, subject, subject_id, row_version, fields, new_values, actor_id, owner_before,
                      owner_after, grantee_id, source, request_id, occurred_at, transaction_id)
  select c.file_id, c.file_version, event_type(tg_table_name, null, c.new_row), tg_table_name, (c.new_row ->> row_key)::uuid,
         (c.new_row ->> 'version')::integer, '{}', array[jsonb_strip_nulls(c.new_row) - hidden], acting_employee(),
         c.owner_id, c.owner_id, (c.new_row ->> 'grantee_id')::uuid, acting_source(), acting_request(), business_clock(),
         pg_current_xact_id()::text::bigint
  from (
    select file.id as file_id, file.owner_id, to_jsonb(r) as new_row,
           (file.version + row_number() over same_file - count(*) over same_file)::integer as file_version
    from new_rows r
    join customer file on file.id = r.customer_id
    window same_file as (partition by file.id rows between unbounded preceding and unbounded following)
    order by file.id, file_version
  ) c;
  return null;
end
$$;

-- Files that came or left.
create or replace function capture_customer() returns trigger language plpgsql set jit = off as $$
declare
  hidden constant text[] := derived_columns() || overwritten_columns('customer');
begin
  if tg_op = 'INSERT' then
    insert into outbox (customer_id, version, type, subject, subject_id, row_version, fields, new_values, actor_id, owner_after,
                        source, request_id, occurred_at, transaction_id)
    select n.id, n.version, 'CREATED', 'customer', n.id, n.version, '{}', array[jsonb_strip_nulls(to_jsonb(n)) - hidden],
           acting_employee(), n.owner_id, acting_source(), acting_request(), business_clock(),
           pg_current_xact_id()::text::bigint
    from new_rows n;
  else
    perform record_row('REMOVED', 'customer', o.id, o.version + 1, o.owner_id, null, to_jsonb(o), null, business_clock())
    from old_rows o;
  end if;
  return null;
end
$$;

-- Of delegations that begin or end together, the next one is the same in every process.
create or replace function turn_delegation() returns boolean language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  due record;
  turned delegation;
  file_ids uuid[];
  done text;
begin
  perform set_config('app.actor', '', true), set_config('app.source', 'JOB', true);
  select id, employee_id into due from delegation
  where closed_at is null and (least(ends_at, ended_at) <= business_now() or begun_at is null and starts_at <= business_now())
  order by starts_at, id limit 1;
  if not found then
    return false;
  end if;
  -- The files first and in the order of their ids, as with every write of several: a handover ends delegations as well. No
  -- others later on: a file that comes to the employee meanwhile has an event of that.
  file_ids := array(
    select f.id from (select id from customer where owner_id = due.employee_id order by id for no key update) f);
  select * into turned from delegation
  where id = due.id and closed_at is null and (least(ends_at, ended_at) <= business_now() or begun_at is null)
  for update;
  -- Where another process was quicker, there may be more to do.
  if not found then
    return true;
  end if;
  if least(turned.ends_at, turned.ended_at) > business_now() then
    done := record_delegation('ACCESS_GRANTED', turned, file_ids);
    update delegation set begun_at = business_now() where id = turned.id;
  else
    if turned.ended_at is null or turned.ended_at > turned.starts_at then
      done := record_delegation('ACCESS_ENDED', turned, file_ids);
    end if;
    update delegation set closed_at = business_now() where id = turned.id;
  end if;
  return true;
end
$$;
