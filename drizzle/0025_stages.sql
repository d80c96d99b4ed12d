-- Stages by a table (R41, R72, R129): what a lost file was, why it was lost, and a deal won without an amount.

create domain customer_lost_as as text
  constraint customer_lost_as_check check (value in ('PROSPECT', 'CUSTOMER'));

ALTER TABLE "customer" ADD COLUMN "lost_as" "customer_lost_as";
ALTER TABLE "customer" ADD COLUMN "lost_reason" text;
ALTER TABLE "deal" ADD COLUMN "framework_reason" text;
-- Of what is written from now on: a deal that was won for nothing keeps its amount.
ALTER TABLE "deal" DROP CONSTRAINT "deal_won_check";
ALTER TABLE "deal" ADD CONSTRAINT "deal_won_check" CHECK ("deal"."stage" <> 'WON' or ("deal"."effective_on" is not null and (coalesce("deal"."contract_amount", 0) > 0 or "deal"."framework_reason" is not null))) not valid;

-- What a lost file was to us, whoever loses it; once a customer, always one. Both leave with the stage. Only lost files pay
-- for it.
create function keep_loss() returns trigger language plpgsql as $$
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

-- Before touch_row by its name.
create trigger keep_loss before insert or update on customer for each row
  when (new.stage = 'LOST' or new.lost_as is not null or new.lost_reason is not null)
  execute function keep_loss();

-- Files that are lost already; no change of theirs.
do $$
begin
  perform set_config('app.capturing', 'on', true);
  update customer set lost_reason = null where stage = 'LOST';
  perform set_config('app.capturing', '', true);
end
$$;
