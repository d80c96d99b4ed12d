-- No active file without an active owner (R12, R116), whoever writes. Refused at the commit, so that
-- a handover may come in any order inside its transaction; a file that comes in is judged at once, by
-- one statement for many.
--
-- The owner's row is locked before it is looked at: else a file could be given to somebody who is
-- being disabled at the same moment, and neither transaction would see the other.

create function refuse_orphans(owners uuid[]) returns void language plpgsql as $$
begin
  perform from employee where id = any (owners) order by id for share;
  -- A statement of its own, for the lock may have been waited for.
  if exists (
    select from customer file join employee owner on owner.id = file.owner_id
    where owner.id = any (owners) and owner.disabled_at is not null and file.archived_at is null
  ) then
    raise exception 'an active file needs an active owner'
      using errcode = 'check_violation', constraint = 'customer_active_owner';
  end if;
end
$$;
--> statement-breakpoint
create function require_active_owner() returns trigger language plpgsql as $$
declare
  owners uuid[];
begin
  if tg_table_name = 'employee' then
    owners := array[new.id];
  elsif tg_op = 'INSERT' then
    select array_agg(distinct n.owner_id) into owners from new_rows n where n.archived_at is null;
  else
    owners := array[new.owner_id];
  end if;
  if owners is not null then
    perform refuse_orphans(owners);
  end if;
  return null;
end
$$;
--> statement-breakpoint
create trigger active_owner_insert after insert on customer referencing new table as new_rows
  for each statement execute function require_active_owner();
--> statement-breakpoint
create constraint trigger active_owner after update on customer deferrable initially deferred for each row
  when (new.archived_at is null and (new.owner_id <> old.owner_id or old.archived_at is not null))
  execute function require_active_owner();
--> statement-breakpoint
create constraint trigger active_owner after update on employee deferrable initially deferred for each row
  when (new.disabled_at is not null and old.disabled_at is null)
  execute function require_active_owner();
