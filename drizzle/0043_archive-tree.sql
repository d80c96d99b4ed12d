-- Archive numbers of premises (R79, R80, AC-14): docs/decisions/0079-premises.md

ALTER TABLE "archive_counter" ADD COLUMN "head" text DEFAULT '' NOT NULL;
ALTER TABLE "archive_counter" DROP CONSTRAINT "archive_counter_category_year_pk";
ALTER TABLE "archive_counter" ADD CONSTRAINT "archive_counter_category_year_head_pk" PRIMARY KEY("category","year","head");

drop function give_archive_number(uuid, text, integer, text, integer, text);

-- Gives a file the next number of its category, of a year or (0) of all, and of what stands before the running number where a
-- pattern counts for each unit. The row of the counter is locked until the commit, so this is the last thing that a transaction
-- does: a number is given when the one before it is certain, and a transaction that fails gives its own back. One that the company
-- brought along is passed over, also where it has not been committed yet.
create function give_archive_number(
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
