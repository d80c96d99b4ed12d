CREATE TABLE "completeness_epoch" (
	"only" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"epoch" integer DEFAULT 0 NOT NULL,
	"swept_epoch" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "completeness_epoch_only_check" CHECK ("completeness_epoch"."only" = 1)
);
--> statement-breakpoint
CREATE TABLE "completeness_field" (
	"name" text PRIMARY KEY NOT NULL,
	"bit" integer NOT NULL,
	"share" integer NOT NULL,
	"field_group" text NOT NULL,
	CONSTRAINT "completeness_field_bit_unique" UNIQUE("bit")
);
--> statement-breakpoint
CREATE TABLE "completeness_requirement" (
	"position" integer PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"bit" integer NOT NULL,
	"share" integer NOT NULL,
	"field_group" text NOT NULL,
	"weight" integer NOT NULL,
	"kind" text,
	"customer_type" text,
	"nature" text,
	"tier" text,
	"importance" text
);
--> statement-breakpoint
CREATE TABLE "file_figure" (
	"customer_id" uuid PRIMARY KEY NOT NULL,
	"filled" bigint DEFAULT 0 NOT NULL,
	"due" bigint DEFAULT 0 NOT NULL,
	"met" bigint DEFAULT 0 NOT NULL,
	"completeness_score" integer,
	"completeness_epoch" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "file_figure" ADD CONSTRAINT "file_figure_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "file_figure_score_idx" ON "file_figure" USING btree ("completeness_score","customer_id");--> statement-breakpoint
CREATE INDEX "file_figure_epoch_idx" ON "file_figure" USING btree ("completeness_epoch","customer_id");
--> statement-breakpoint
-- Completeness of files (R10, R21, R85): docs/decisions/0072-completeness.md

insert into completeness_epoch default values;

-- A copy of src/domains/customer/completeness-field.ts.
insert into completeness_field (name, bit, share, field_group) values
  ('name', 0, 0, 'REGISTRATION'),
  ('unifiedSocialCreditCode', 1, 0, 'REGISTRATION'),
  ('legalRepresentative', 2, 0, 'REGISTRATION'),
  ('nature', 3, 1, 'REGISTRATION'),
  ('foundedOn', 4, 1, 'REGISTRATION'),
  ('registeredCapital', 5, 1, 'REGISTRATION'),
  ('industry', 6, 1, 'MARKET'),
  ('size', 7, 1, 'MARKET'),
  ('employeeCount', 8, 1, 'MARKET'),
  ('province', 9, 1, 'CONTACTS'),
  ('city', 10, 1, 'CONTACTS'),
  ('customerType', 11, 1, 'RELATIONSHIP'),
  ('importance', 12, 1, 'RELATIONSHIP'),
  ('source', 13, 1, 'MARKET'),
  ('annualRevenue', 14, 1, 'FINANCE'),
  ('businessScope', 15, 2, 'REGISTRATION'),
  ('sourceDetail', 16, 2, 'MARKET'),
  ('address', 17, 3, 'CONTACTS'),
  ('postalCode', 18, 3, 'CONTACTS'),
  ('registeredAddress', 19, 3, 'REGISTRATION'),
  ('officeAddress', 20, 3, 'CONTACTS'),
  ('phones', 21, 3, 'CONTACTS'),
  ('emails', 22, 3, 'CONTACTS'),
  ('fax', 23, 3, 'CONTACTS'),
  ('website', 24, 3, 'CONTACTS'),
  ('creditGrade', 25, 6, 'FINANCE'),
  ('creditLimit', 26, 6, 'FINANCE'),
  ('primaryContact', 27, 1, 'CONTACTS'),
  ('contactTitle', 28, 0, 'CONTACTS'),
  ('contactNumber', 29, 3, 'CONTACTS'),
  ('contactEmail', 30, 3, 'CONTACTS'),
  ('contactWechat', 31, 3, 'CONTACTS'),
  ('contactBirthday', 32, 7, 'CONTACTS'),
  ('need', 33, 4, 'NEEDS'),
  ('needBudget', 34, 4, 'NEEDS'),
  ('needPainPoint', 35, 5, 'NEEDS');

--------------------------------------------------------------------------------------------------------------------------
-- What is filled
--------------------------------------------------------------------------------------------------------------------------

-- The bits of a file's own fields.
create function filled_fields(customer) returns bigint language sql immutable parallel safe as $$
  select (($1.name is not null)::integer::bigint << 0)
    | (($1.unified_social_credit_code is not null)::integer::bigint << 1)
    | (($1.legal_representative is not null)::integer::bigint << 2)
    | (($1.nature is not null)::integer::bigint << 3)
    | (($1.founded_on is not null)::integer::bigint << 4)
    | (($1.registered_capital is not null)::integer::bigint << 5)
    | (($1.industry is not null)::integer::bigint << 6)
    | (($1.size is not null)::integer::bigint << 7)
    | (($1.employee_count is not null)::integer::bigint << 8)
    | (($1.province is not null)::integer::bigint << 9)
    | (($1.city is not null)::integer::bigint << 10)
    | (($1.customer_type is not null)::integer::bigint << 11)
    | (($1.importance is not null)::integer::bigint << 12)
    | (($1.source is not null)::integer::bigint << 13)
    | (($1.annual_revenue is not null)::integer::bigint << 14)
    | (($1.business_scope is not null)::integer::bigint << 15)
    | (($1.source_detail is not null)::integer::bigint << 16)
    | (($1.address is not null)::integer::bigint << 17)
    | (($1.postal_code is not null)::integer::bigint << 18)
    | (($1.registered_address is not null)::integer::bigint << 19)
    | (($1.office_address is not null)::integer::bigint << 20)
    | (($1.phones is not null)::integer::bigint << 21)
    | (($1.emails is not null)::integer::bigint << 22)
    | (($1.fax is not null)::integer::bigint << 23)
    | (($1.website is not null)::integer::bigint << 24)
    | (($1.credit_grade is not null)::integer::bigint << 25)
    | (($1.credit_limit is not null)::integer::bigint << 26)
$$;

-- The bits of a contact: the file has them if any of its contacts does.
create function filled_fields(contact) returns bigint language sql immutable parallel safe as $$
  select ($1.is_primary::integer::bigint << 27)
    | (($1.title is not null)::integer::bigint << 28)
    | ((coalesce($1.mobile, $1.phone) is not null)::integer::bigint << 29)
    | (($1.email is not null)::integer::bigint << 30)
    | (($1.wechat is not null)::integer::bigint << 31)
    | (($1.birthday is not null)::integer::bigint << 32)
$$;

-- The bits of a need.
create function filled_fields(need) returns bigint language sql immutable parallel safe as $$
  select case when $1.status = 'DROPPED' then 0 else (1::bigint << 33)
    | ((coalesce($1.budget_min, $1.budget_max) is not null)::integer::bigint << 34)
    | (($1.pain_point is not null)::integer::bigint << 35) end
$$;

--------------------------------------------------------------------------------------------------------------------------
-- What is required
--------------------------------------------------------------------------------------------------------------------------

-- The requirements for a file, the heaviest of several for one field.
create function required_fields(c_kind text, c_type text, c_nature text, c_tier text, c_importance text)
returns table (name text, filled_bit integer, share integer, field_group text, weight integer, place integer)
language sql stable as $$
  select distinct on (r.bit) r.name, r.bit, r.share, r.field_group, r.weight, r.position from completeness_requirement r
  where (r.kind is null or r.kind = c_kind) and (r.customer_type is null or r.customer_type = c_type)
    and (r.nature is null or r.nature = c_nature) and (r.tier is null or r.tier = c_tier)
    and (r.importance is null or r.importance = c_importance)
  order by r.bit, r.weight desc
$$;

-- What share of the weights is met, in percent rounded down, so that 100 says that nothing is missing. Of the shares in
-- `readable`, a bit for each; null where nothing is required in them.
create function completeness_of(due bigint, met bigint, readable integer) returns integer
language sql immutable parallel safe as $$
  select (100 * m / nullif(d, 0))::integer from (select
    (readable >> 0 & 1) * (due >> 0 & 127)
      + (readable >> 1 & 1) * (due >> 7 & 127)
      + (readable >> 2 & 1) * (due >> 14 & 127)
      + (readable >> 3 & 1) * (due >> 21 & 127)
      + (readable >> 4 & 1) * (due >> 28 & 127)
      + (readable >> 5 & 1) * (due >> 35 & 127)
      + (readable >> 6 & 1) * (due >> 42 & 127)
      + (readable >> 7 & 1) * (due >> 49 & 127) as d,
    (readable >> 0 & 1) * (met >> 0 & 127)
      + (readable >> 1 & 1) * (met >> 7 & 127)
      + (readable >> 2 & 1) * (met >> 14 & 127)
      + (readable >> 3 & 1) * (met >> 21 & 127)
      + (readable >> 4 & 1) * (met >> 28 & 127)
      + (readable >> 5 & 1) * (met >> 35 & 127)
      + (readable >> 6 & 1) * (met >> 42 & 127)
      + (readable >> 7 & 1) * (met >> 49 & 127) as m) sums
$$;

-- Computes the figures of files from what is in them. A row that stays as it is costs no write.
create function refresh_figures(ids uuid[]) returns void language plpgsql
-- Planned once, since planning took longer than the work on one file; and for many rows, which there may be later.
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off as $$
begin
  insert into file_figure as held (customer_id, filled, due, met, completeness_score, completeness_epoch)
  select f.id, f.filled, sums.due, sums.met, completeness_of(sums.due, sums.met, 255), e.epoch
  from (
    select c.id, c.kind, c.customer_type, c.nature, c.tier, c.importance,
           filled_fields(c) | coalesce((select bit_or(filled_fields(p)) from contact p where p.customer_id = c.id), 0)
             | coalesce((select bit_or(filled_fields(n)) from need n where n.customer_id = c.id), 0) as filled
    from customer c where c.id = any (ids)
    -- In the order in which every writer locks files.
    order by c.id
  ) f
  cross join completeness_epoch e
  cross join lateral (
    select coalesce(sum(r.weight::bigint << 7 * r.share), 0)::bigint as due,
           coalesce(sum(r.weight::bigint << 7 * r.share) filter (where f.filled >> r.filled_bit & 1 = 1), 0)::bigint as met
    from required_fields(f.kind, f.customer_type, f.nature, f.tier, f.importance) r) sums
  on conflict (customer_id) do update
  set filled = excluded.filled, due = excluded.due, met = excluded.met, completeness_score = excluded.completeness_score,
      completeness_epoch = excluded.completeness_epoch
  where (held.filled, held.due, held.met, held.completeness_epoch)
    is distinct from (excluded.filled, excluded.due, excluded.met, excluded.completeness_epoch);
end
$$;

-- What somebody who reads some shares sees of one file's completeness: by the requirements that hold now, also where the
-- sweep has not come yet.
create function completeness_seen(figure file_figure, c_kind text, c_type text, c_nature text, c_tier text,
                                  c_importance text, readable integer)
returns json language sql stable as $$
  select json_build_object(
    'score', (100 * sum(weight) filter (where is_met) / nullif(sum(weight), 0))::integer,
    'missing', coalesce(json_agg(json_build_object(
                  'field', name, 'group', field_group, 'weight', weight,
                  'department', (select json_build_object('id', d.id, 'name', d.name) from department d
                                 where field_group = any (d.responsible_for)))
                order by weight desc, place) filter (where not is_met), '[]'),
    'isCurrent', figure.completeness_epoch = (select epoch from completeness_epoch))
  from (
    select r.*, figure.filled >> r.filled_bit & 1 = 1 as is_met
    from required_fields(c_kind, c_type, c_nature, c_tier, c_importance) r where readable >> r.share & 1 = 1) required
$$;

--------------------------------------------------------------------------------------------------------------------------
-- Kept up to date
--------------------------------------------------------------------------------------------------------------------------

create function figure_customers() returns trigger language plpgsql as $$
begin
  perform refresh_figures(array(select id from new_rows));
  return null;
end
$$;

create trigger figure_insert after insert on customer referencing new table as new_rows
  for each statement execute function figure_customers();

-- By row, because a trigger with transition tables would also be called, with copies of the rows, whenever the version goes up.
-- The columns are compared here and not by filled_fields(), whose calls would cost ten times as much.
create function figure_customer() returns trigger language plpgsql as $$
declare
  -- Assigned to, because an assignment evaluates a call at a tenth of the cost of `perform`.
  done text;
begin
  if (old.name is null) <> (new.name is null)
     or (old.unified_social_credit_code is null) <> (new.unified_social_credit_code is null)
     or (old.legal_representative is null) <> (new.legal_representative is null)
     or (old.founded_on is null) <> (new.founded_on is null)
     or (old.registered_capital is null) <> (new.registered_capital is null)
     or (old.industry is null) <> (new.industry is null)
     or (old.size is null) <> (new.size is null)
     or (old.employee_count is null) <> (new.employee_count is null)
     or (old.province is null) <> (new.province is null)
     or (old.city is null) <> (new.city is null)
     or (old.source is null) <> (new.source is null)
     or (old.annual_revenue is null) <> (new.annual_revenue is null)
     or (old.business_scope is null) <> (new.business_scope is null)
     or (old.source_detail is null) <> (new.source_detail is null)
     or (old.address is null) <> (new.address is null)
     or (old.postal_code is null) <> (new.postal_code is null)
     or (old.registered_address is null) <> (new.registered_address is null)
     or (old.office_address is null) <> (new.office_address is null)
     or (old.phones is null) <> (new.phones is null)
     or (old.emails is null) <> (new.emails is null)
     or (old.fax is null) <> (new.fax is null)
     or (old.website is null) <> (new.website is null)
     or (old.credit_grade is null) <> (new.credit_grade is null)
     or (old.credit_limit is null) <> (new.credit_limit is null)
     or (old.kind, old.customer_type, old.nature, old.tier, old.importance)
        is distinct from (new.kind, new.customer_type, new.nature, new.tier, new.importance) then
    done := refresh_figures(array[new.id]);
  end if;
  return null;
end
$$;

create trigger figure_update after update of
  name, unified_social_credit_code, legal_representative, nature, founded_on, registered_capital, industry, size,
  employee_count, province, city, customer_type, importance, source, annual_revenue, business_scope,
  source_detail, address, postal_code, registered_address, office_address, phones, emails, fax, website,
  credit_grade, credit_limit, kind, tier
  on customer for each row execute function figure_customer();

create function figure_added() returns trigger language plpgsql as $$
begin
  perform refresh_figures(array(select distinct customer_id from new_rows));
  return null;
end
$$;

create function figure_removed() returns trigger language plpgsql as $$
begin
  perform refresh_figures(array(select distinct customer_id from old_rows));
  return null;
end
$$;

create function figure_changed_contact() returns trigger language plpgsql as $$
declare
  ids constant uuid[] := array(
    select unnest(array[o.customer_id, n.customer_id]) from old_rows o join new_rows n using (id)
    where o.customer_id <> n.customer_id or filled_fields(o::contact) <> filled_fields(n::contact));
begin
  if ids <> '{}' then
    perform refresh_figures(ids);
  end if;
  return null;
end
$$;

create trigger figure_insert after insert on contact referencing new table as new_rows
  for each statement execute function figure_added();
create trigger figure_delete after delete on contact referencing old table as old_rows
  for each statement execute function figure_removed();
create trigger figure_update after update on contact referencing old table as old_rows new table as new_rows
  for each statement execute function figure_changed_contact();

create function figure_changed_need() returns trigger language plpgsql as $$
declare
  ids constant uuid[] := array(
    select unnest(array[o.customer_id, n.customer_id]) from old_rows o join new_rows n using (id)
    where o.customer_id <> n.customer_id or filled_fields(o::need) <> filled_fields(n::need));
begin
  if ids <> '{}' then
    perform refresh_figures(ids);
  end if;
  return null;
end
$$;

create trigger figure_insert after insert on need referencing new table as new_rows
  for each statement execute function figure_added();
create trigger figure_delete after delete on need referencing old table as old_rows
  for each statement execute function figure_removed();
create trigger figure_update after update on need referencing old table as old_rows new table as new_rows
  for each statement execute function figure_changed_need();

--------------------------------------------------------------------------------------------------------------------------
-- Other requirements
--------------------------------------------------------------------------------------------------------------------------

-- Makes the requirements of the settings those that files are measured by, from their next change or the sweep on.
create function compile_requirements() returns void language plpgsql as $$
begin
  delete from completeness_requirement;
  insert into completeness_requirement (position, name, bit, share, field_group, weight, kind, customer_type, nature, tier,
                                        importance)
  select r.place, f.name, f.bit, f.share, f.field_group, (r.value ->> 'weight')::integer, r.value ->> 'kind',
         r.value ->> 'customerType', r.value ->> 'nature', r.value ->> 'tier', r.value ->> 'importance'
  from settings, jsonb_array_elements(content -> 'requirements') with ordinality r (value, place)
  join completeness_field f on f.name = r.value ->> 'field';
  update completeness_epoch set epoch = epoch + 1, started_at = clock_timestamp();
end
$$;

create function requirements_changed() returns trigger language plpgsql as $$
begin
  perform compile_requirements();
  return null;
end
$$;

create trigger requirements_changed after update on settings for each row
  when (old.content -> 'requirements' is distinct from new.content -> 'requirements')
  execute function requirements_changed();

-- Computes up to so many files of an older epoch, and returns how many; the last step notes for live segments that all have
-- the present one. One instance at a time; a file that is being written is the writer's, whose figures are current if it
-- began after the change, and else the next step's.
create function sweep_figures(most integer) returns integer language plpgsql as $$
declare
  present integer;
  swept integer;
  ids uuid[];
begin
  select epoch, swept_epoch into present, swept from completeness_epoch for update skip locked;
  if present is null or (present = swept
     and not exists (select from file_figure where completeness_epoch < present)) then
    return 0;
  end if;
  select array_agg(customer_id) into ids from (
    select customer_id from file_figure where completeness_epoch < present order by customer_id limit most
    for update skip locked) stale;
  if ids is not null then
    -- A statement of its own, which sees what was committed while the rows were being locked.
    perform refresh_figures(ids);
    return cardinality(ids);
  end if;
  if not exists (select from file_figure where completeness_epoch < present) then
    update completeness_epoch set swept_epoch = present where swept_epoch < present;
  end if;
  return 0;
end
$$;

-- Noted without comparing by id: the row has none.
create function note_completeness() returns trigger language plpgsql as $$
begin
  if exists (select from old_rows o, new_rows n where o.swept_epoch <> n.swept_epoch) then
    insert into reference_change (subject, actor_id, occurred_at)
    values ('completeness_epoch', acting_employee(), clock_timestamp());
  end if;
  return null;
end
$$;

-- A rule that asks for completeness is evaluated again when the sweep is through.
create trigger note_reference_change after update on completeness_epoch
  referencing old table as old_rows new table as new_rows
  for each statement execute function note_completeness();

-- Files written without triggers, by a restore or a bulk load, get their figures at the next start.
create function complete_figures() returns void language sql as $$
  select refresh_figures(array(
    select id from customer where not exists (select from file_figure where customer_id = customer.id)))
$$;

-- As with the time zone, what SQL reads of the settings is stored from the start; settings.ts has the same.
-- It is no decision, so it leaves version and history as they are.
alter table settings disable trigger user;
update settings set content = content || '{"requirements": [
  {"field":"name","weight":5},
  {"field":"unifiedSocialCreditCode","weight":3,"kind":"ORGANIZATION"},
  {"field":"legalRepresentative","weight":2,"kind":"ORGANIZATION"},
  {"field":"nature","weight":2,"kind":"ORGANIZATION"},
  {"field":"foundedOn","weight":1,"kind":"ORGANIZATION"},
  {"field":"registeredCapital","weight":1,"kind":"ORGANIZATION"},
  {"field":"businessScope","weight":2,"kind":"ORGANIZATION"},
  {"field":"industry","weight":5,"kind":"ORGANIZATION"},
  {"field":"size","weight":4,"kind":"ORGANIZATION"},
  {"field":"source","weight":1},
  {"field":"customerType","weight":2},
  {"field":"importance","weight":1},
  {"field":"province","weight":2},
  {"field":"city","weight":2},
  {"field":"address","weight":3},
  {"field":"phones","weight":2,"kind":"ORGANIZATION"},
  {"field":"phones","weight":5,"kind":"PERSON"},
  {"field":"primaryContact","weight":5,"kind":"ORGANIZATION"},
  {"field":"contactTitle","weight":4,"kind":"ORGANIZATION"},
  {"field":"contactNumber","weight":5,"kind":"ORGANIZATION"},
  {"field":"contactEmail","weight":1,"kind":"ORGANIZATION"},
  {"field":"need","weight":5},
  {"field":"needBudget","weight":4},
  {"field":"needPainPoint","weight":3},
  {"field":"annualRevenue","weight":1,"kind":"ORGANIZATION"},
  {"field":"creditGrade","weight":3,"customerType":"EXISTING"},
  {"field":"creditGrade","weight":3,"customerType":"VIP"},
  {"field":"contactBirthday","weight":1,"customerType":"VIP"},
  {"field":"registeredAddress","weight":1,"kind":"ORGANIZATION","importance":"KEY"},
  {"field":"website","weight":1,"kind":"ORGANIZATION","importance":"KEY"}]}';
alter table settings enable trigger user;
select compile_requirements();
update completeness_epoch set swept_epoch = epoch;
select complete_figures();
