-- Archive numbers that were cancelled (R81): docs/decisions/0080-cancelled-numbers-and-catalogue.md

CREATE TABLE "cancelled_number" (
	"number" text PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL
);
ALTER TABLE "customer" ADD COLUMN "former_numbers" jsonb;
ALTER TABLE "cancelled_number" ADD CONSTRAINT "cancelled_number_customer_id_customer_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customer"("id") ON DELETE cascade ON UPDATE no action;

-- A number stays, or is cancelled: then it is among the former ones, and nobody has it again. Whoever writes.
create or replace function keep_archive_number() returns trigger language plpgsql as $$
begin
  if new.archive_number is null and new.former_numbers -> -1 ->> 'number' = old.archive_number then
    insert into cancelled_number (number, customer_id) values (old.archive_number, new.id);
    return new;
  end if;
  raise exception using errcode = 'check_violation', constraint = 'customer_archive_number_kept',
    message = 'a file keeps its archive number';
end
$$;

create function keep_former_numbers() returns trigger language plpgsql as $$
begin
  raise exception using errcode = 'check_violation', constraint = 'customer_former_numbers_kept',
    message = 'a cancelled archive number is kept';
end
$$;

create trigger keep_former_numbers before update of former_numbers on customer
  for each row when (old.former_numbers is not null and (new.former_numbers @> old.former_numbers) is not true)
  execute function keep_former_numbers();

-- After the row, and so after whoever held the number in another transaction has cancelled it and committed.
create function refuse_cancelled_number() returns trigger language plpgsql as $$
begin
  if exists (select from cancelled_number where number = new.archive_number) then
    raise exception using errcode = 'unique_violation', constraint = 'customer_archive_number_key',
      message = 'this archive number was cancelled';
  end if;
  return null;
end
$$;

create trigger refuse_cancelled_number_insert after insert on customer
  for each row when (new.archive_number is not null) execute function refuse_cancelled_number();
create trigger refuse_cancelled_number after update of archive_number on customer
  for each row when (new.archive_number is not null and new.archive_number is distinct from old.archive_number)
  execute function refuse_cancelled_number();

-- As in 0043_archive-tree, and passing over numbers that were cancelled.
create or replace function give_archive_number(
  file_id uuid, of_category text, of_year integer, of_head text, before text, width integer, after text)
returns text language plpgsql as $$
declare
  place text;
  given text;
  broken text;
begin
  loop
    insert into archive_counter as counter (category, year, head, last) values (of_category, of_year, of_head, 1)
    on conflict on constraint archive_counter_category_year_head_pk do update set last = counter.last + 1
    returning last::text into place;
    given := before || lpad(place, greatest(width, length(place)), '0') || after;
    if exists (select from customer where archive_number = given)
      or exists (select from cancelled_number where number = given) then
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

select prepare_capture();
