-- Archive numbers (R79, R81, AC-14): docs/decisions/0076-archive-numbers.md

CREATE TABLE "archive_counter" (
	"category" text NOT NULL,
	"year" integer NOT NULL,
	"last" integer NOT NULL,
	CONSTRAINT "archive_counter_category_year_pk" PRIMARY KEY("category","year")
);
ALTER TABLE "customer" ADD COLUMN "archive_number" text;
ALTER TABLE "customer" ADD COLUMN "archive_category" text;
ALTER TABLE "customer" ADD COLUMN "archive_key" text collate "C";
CREATE UNIQUE INDEX "customer_archive_number_key" ON "customer" USING btree ("archive_number") WHERE "customer"."archive_number" is not null;
CREATE INDEX "customer_archive_key_idx" ON "customer" USING btree ("archive_key","id") WHERE "customer"."archive_key" is not null;

-- By what numbers are ordered: part by part, figures as figures. Before each run of figures stands how long it is without
-- leading zeros, so that bytes compare as numbers do.
create function natural_key(value text) returns text language sql immutable strict parallel safe as $$
  select string_agg(
    case when part ~ '^[0-9]' then to_char(length(ltrim(part, '0')), 'FM00') || ltrim(part, '0') else part end, '' order by place)
  from (select found[1] as part, place from regexp_matches(value, '[0-9]+|[^0-9]+', 'g') with ordinality f (found, place)) parts
$$;

create function keep_archive_key() returns trigger language plpgsql as $$
begin
  new.archive_key := natural_key(new.archive_number);
  return new;
end
$$;

-- No writer sets the key. Before touch_row, which compares the rows.
create trigger archive_key before insert or update of archive_number, archive_key on customer
  for each row when (new.archive_number is not null or new.archive_key is not null) execute function keep_archive_key();

-- A number is given once, so none is ever of another file. Whoever writes.
create function keep_archive_number() returns trigger language plpgsql as $$
begin
  raise exception using errcode = 'check_violation', constraint = 'customer_archive_number_kept',
    message = 'a file keeps its archive number';
end
$$;

create trigger keep_archive_number before update of archive_number on customer
  for each row when (old.archive_number is not null and new.archive_number is distinct from old.archive_number)
  execute function keep_archive_number();

-- Gives a file the next number of its category, of a year or (0) of all. The row of the counter is locked until the commit, so
-- this is the last thing that a transaction does: a number is given when the one before it is certain, and a transaction that
-- fails gives its own back. One that the company brought along is passed over, also where it has not been committed yet.
create function give_archive_number(file_id uuid, of_category text, of_year integer, head text, width integer, tail text)
returns text language plpgsql as $$
declare
  place text;
  given text;
  broken text;
begin
  loop
    insert into archive_counter as counter (category, year, last) values (of_category, of_year, 1)
    on conflict (category, year) do update set last = counter.last + 1
    returning last::text into place;
    given := head || lpad(place, greatest(width, length(place)), '0') || tail;
    if exists (select from customer where archive_number = given) then
      continue;
    end if;
    begin
      update customer set archive_number = given, archive_category = of_category where id = file_id;
      return given;
    exception when unique_violation then
      get stacked diagnostics broken = constraint_name;
      if broken <> 'customer_archive_number_key' then
        raise;
      end if;
    end;
  end loop;
end
$$;

-- Columns that follow from others and change with every event: no change of a file by themselves.
create or replace function derived_columns() returns text[] language sql immutable as $$
  select '{version,updated_at,last_interaction_at,name_key,archive_key}'::text[]
$$;

select prepare_capture();
