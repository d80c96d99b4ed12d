-- Tiers that follow from what was spent (R73, AC-15): docs/decisions/0075-tiers-by-spend.md

create domain customer_tier_source as text
  constraint customer_tier_source_check check (value in ('RULE', 'PERSON'));

CREATE TABLE "exchange_rate" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"month" date NOT NULL,
	"currency" text NOT NULL,
	"base" text NOT NULL,
	"rate" numeric(18, 8) NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE "customer" ADD COLUMN "tier_set_by" "customer_tier_source";
ALTER TABLE "customer" ADD COLUMN "tier_reason" text;
ALTER TABLE "customer" ADD COLUMN "tier_until" date;
CREATE UNIQUE INDEX "exchange_rate_month_key" ON "exchange_rate" USING btree ("base","currency","month");

create trigger touch_row before update on exchange_rate for each row execute function touch_row();

create trigger record_change after insert or update or delete on exchange_rate for each row
  execute function record_scoped_change();

-- Who set the tier, of which a writer that names it alone says nothing: a person, until further notice. Without a tier there
-- is nothing to be said of it. The rule says that it is the rule.
create function keep_tier_source() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    new.tier_set_by := coalesce(new.tier_set_by, 'PERSON');
  elsif new.tier is null then
    new.tier_set_by := null;
    new.tier_reason := null;
    new.tier_until := null;
  elsif (new.tier_set_by, new.tier_reason, new.tier_until) is not distinct from (old.tier_set_by, old.tier_reason, old.tier_until)
        and acting_source() <> 'SYSTEM' and current_setting('app.tier_stated', true) is distinct from 'on' then
    new.tier_set_by := 'PERSON';
    new.tier_reason := null;
    new.tier_until := null;
  end if;
  return new;
end
$$;

-- Before touch_row by their names.
create trigger keep_tier_source before insert on customer for each row
  when (new.tier is not null) execute function keep_tier_source();
create trigger keep_tier_source_update before update on customer for each row
  when (new.tier is distinct from old.tier) execute function keep_tier_source();

-- Tiers that are there were set by people; no change of a file.
do $$
begin
  perform set_config('app.capturing', 'on', true);
  update customer set tier_set_by = 'PERSON' where tier is not null;
  perform set_config('app.capturing', '', true);
end
$$;

-- What a customer signed within the twelve months up to a day, in a currency: contract amounts of won deals by the day they
-- take effect, at the rate of that month. An amount without a rate is left out.
create function spend_of(file_id uuid, today date, base text) returns numeric language sql stable as $$
  select coalesce(sum(d.contract_amount * case when d.currency = spend_of.base then 1 else r.rate end), 0)
  from deal d left join exchange_rate r
    on r.base = spend_of.base and r.currency = d.currency and r.month = date_trunc('month', d.effective_on)::date
  where d.customer_id = spend_of.file_id and d.stage = 'WON'
    and d.effective_on > (spend_of.today - interval '12 months')::date and d.effective_on <= spend_of.today
$$;

-- The tier that the organisation's rule has for a file; null for one that never was won, and where there is no rule.
create function due_tier(file customer, today date, rules jsonb) returns text language sql stable as $$
  select least(
    case when spent >= (rules ->> 'a')::numeric then 'A'
         when spent >= (rules ->> 'b')::numeric then 'B'
         when spent > 0 or file.stage = 'WON' then 'C' end,
    case when file.stage = 'WON' then
      (select n ->> 'tier' from jsonb_array_elements(rules -> 'natures') n where n ->> 'nature' = file.nature limit 1) end)
  from (select spend_of(file.id, today, rules ->> 'currency') as spent) s
$$;

-- The organisation's rule, with its currency written out; null while it has none.
create function tier_rules() returns jsonb language sql stable as $$
  select content -> 'tiers' || jsonb_build_object('currency', coalesce(content #>> '{tiers,currency}', organisation_currency()))
  from settings where jsonb_typeof(content -> 'tiers') = 'object'
$$;

-- Gives files the tier that the rule has for them, and returns how many changed: only a better one, or any. What a person
-- set stays until its day. The rule is nobody: its changes have no actor.
create function settle_tiers(file_ids uuid[], may_lower boolean, day date default null) returns integer language plpgsql as $$
declare
  rules constant jsonb := tier_rules();
  today constant date := coalesce(day, (coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now())
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

-- Up at once: whoever writes a won deal, or what else the rule looks at.
create function raise_tier_by_deal() returns trigger language plpgsql set jit = off as $$
declare
  ids constant uuid[] := array(select distinct customer_id from new_rows where stage = 'WON');
begin
  if ids <> '{}' then
    perform settle_tiers(ids, false);
  end if;
  return null;
end
$$;

-- After the capture by their names: the deal comes before what follows from it.
create trigger raise_tier after insert on deal referencing new table as new_rows
  for each statement execute function raise_tier_by_deal();
create trigger raise_tier_update after update on deal referencing new table as new_rows
  for each statement execute function raise_tier_by_deal();

create function raise_tier_of_file() returns trigger language plpgsql as $$
begin
  perform settle_tiers(array[new.id], false);
  return null;
end
$$;

create trigger raise_tier after update on customer for each row
  when (new.tier_set_by is distinct from 'PERSON' and new.archived_at is null
        and (new.stage = 'WON' and old.stage <> 'WON' or new.nature is distinct from old.nature
             or old.tier_set_by = 'PERSON' or old.archived_at is not null))
  execute function raise_tier_of_file();

--------------------------------------------------------------------------------------------------------------------------
-- Losses: replaces the trigger of 0025_stages
--------------------------------------------------------------------------------------------------------------------------

-- What a lost file was to us, whoever loses it; once a customer, always one. Both leave with the stage, and a file that
-- stays what it is pays nothing.
create or replace function keep_loss() returns trigger language plpgsql as $$
begin
  if new.stage <> 'LOST' then
    new.lost_as := null;
    new.lost_reason := null;
  elsif tg_op = 'UPDATE' and (old.stage = 'WON' or old.lost_as = 'CUSTOMER')
     or new.customer_type in ('EXISTING', 'VIP')
     or exists (select from deal where customer_id = new.id and stage = 'WON') then
    new.lost_as := 'CUSTOMER';
  else
    new.lost_as := 'PROSPECT';
  end if;
  return new;
end
$$;

drop trigger keep_loss on customer;
create trigger keep_loss before insert on customer for each row
  when (new.stage = 'LOST') execute function keep_loss();
create trigger keep_loss_update before update on customer for each row
  when ((old.stage = 'LOST' or new.stage = 'LOST')
        and (new.stage is distinct from old.stage or new.customer_type is distinct from old.customer_type))
  execute function keep_loss();
