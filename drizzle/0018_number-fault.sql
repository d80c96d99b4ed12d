ALTER TABLE "contact" ADD COLUMN "phone_fault" text;
ALTER TABLE "contact" ADD COLUMN "mobile_fault" text;
ALTER TABLE "contact" ADD CONSTRAINT "contact_phone_fault_check" CHECK ("contact"."phone_fault" in ('VACANT', 'SUSPENDED'));
ALTER TABLE "contact" ADD CONSTRAINT "contact_mobile_fault_check" CHECK ("contact"."mobile_fault" in ('VACANT', 'SUSPENDED'));

-- A fault is of the number beside it: another number has none, whoever writes it. Only rows with a fault pay for that.
create function clear_number_fault() returns trigger language plpgsql as $$
begin
  if new.phone is distinct from old.phone and new.phone_fault is not distinct from old.phone_fault then
    new.phone_fault := null;
  end if;
  if new.mobile is distinct from old.mobile and new.mobile_fault is not distinct from old.mobile_fault then
    new.mobile_fault := null;
  end if;
  return new;
end
$$;

-- Before touch_row by its name.
create trigger clear_number_fault before update on contact for each row
  when (old.phone_fault is not null and new.phone is distinct from old.phone
        or old.mobile_fault is not null and new.mobile is distinct from old.mobile)
  execute function clear_number_fault();
