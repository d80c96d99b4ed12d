-- Month and day of a date as one number, 1231 for 31 December: what an anniversary is found by.
create function month_day(value date) returns integer language sql immutable strict parallel safe as $$
  select (extract(month from value) * 100 + extract(day from value))::integer
$$;
--> statement-breakpoint
DROP INDEX "contact_birthday_idx";--> statement-breakpoint
CREATE INDEX "contact_birthday_idx" ON "contact" USING btree (month_day("birthday"));--> statement-breakpoint
-- How many birthdays there are on a day is known of an expression only once it was looked at.
analyze contact;
