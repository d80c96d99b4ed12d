-- Premises (R80, AC-14): docs/decisions/0079-premises.md

-- What one active file alone can have; null where no room is named. `premisesUnit()` says the same.
create function premises_unit(premises jsonb) returns text language sql immutable strict parallel safe as $$
  select (premises ->> 'category') || ' ' || (premises ->> 'building') || ' ' || coalesce(premises ->> 'unit', '') || ' '
    || coalesce(premises ->> 'floor', '') || ' ' || (premises ->> 'room')
$$;

ALTER TABLE "customer" ADD COLUMN "premises" jsonb;
ALTER TABLE "customer" ADD COLUMN "premises_key" text collate "C";
CREATE UNIQUE INDEX "customer_premises_unit_key" ON "customer" USING btree (premises_unit("premises")) WHERE "customer"."archived_at" is null and premises_unit("customer"."premises") is not null;
CREATE INDEX "customer_premises_key_idx" ON "customer" USING btree ("premises_key","id") WHERE "customer"."premises_key" is not null;
CREATE INDEX "customer_room_idx" ON "customer" USING btree (("premises" ->> 'room'),("premises" ->> 'building')) WHERE "customer"."premises" is not null;

-- By what premises are ordered: dwellings before shops, then building, entrance, floor and room, figures as figures.
create function keep_premises_key() returns trigger language plpgsql as $$
begin
  new.premises_key := natural_key(
    case new.premises ->> 'category' when 'RESIDENTIAL' then 1 else 2 end || ' ' || coalesce(new.premises ->> 'building', '') || ' '
    || coalesce(new.premises ->> 'unit', '') || ' ' || coalesce(new.premises ->> 'floor', '') || ' '
    || coalesce(new.premises ->> 'room', ''));
  if new.premises is null then
    new.premises_key := null;
  end if;
  return new;
end
$$;

-- No writer sets the key. Before touch_row, which compares the rows.
create trigger premises_key before insert or update of premises, premises_key on customer
  for each row when (new.premises is not null or new.premises_key is not null) execute function keep_premises_key();

-- Columns that follow from others and change with every event: no change of a file by themselves.
create or replace function derived_columns() returns text[] language sql immutable as $$
  select '{version,updated_at,last_interaction_at,name_key,archive_key,premises_key}'::text[]
$$;

select prepare_capture();
