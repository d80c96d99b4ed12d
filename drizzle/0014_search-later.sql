-- A transaction that writes a file several times, as an import does, writes what it is found by once, at its end.
--
-- app.search_later, if set, holds the ids of the files that wait. Whoever sets it calls refresh_search_now() before the
-- commit: it also clears the setting, so that the next statement is searchable at once again.

create function refresh_search_soon(ids uuid[]) returns void language plpgsql as $$
declare
  waiting constant text := nullif(current_setting('app.search_later', true), '');
begin
  if waiting is null then
    perform refresh_search(ids);
  else
    perform set_config('app.search_later', waiting || ',' || array_to_string(ids, ','), true);
  end if;
end
$$;

create function refresh_search_now() returns void language plpgsql as $$
declare
  waiting constant text := nullif(current_setting('app.search_later', true), '');
begin
  perform set_config('app.search_later', '', true);
  perform refresh_search(array(
    select distinct file.id::uuid from string_to_table(waiting, ',') file (id) where file.id not in ('on', '') order by 1
  ));
end
$$;

-- `jit = off` as in the capture, here and below.
create or replace function search_customer() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
begin
  if tg_op = 'INSERT' then
    select array_agg(n.id) into ids from new_rows n;
  elsif current_setting('app.capturing', true) is distinct from 'on' then
    -- A full join, because it is never planned as a nested loop: the plan of a first statement, of one row, is kept for a
    -- later one of 10,000. A condition on one side would make it an outer one.
    select array_agg(n.id) filter (where n.id is not null) into ids
    from old_rows o full join new_rows n on n.id = o.id
    where (o.name, o.short_name, o.name_english, o.former_names, o.file_number, o.phones, o.emails, o.fax, o.website, o.address,
           o.registered_address, o.office_address)
            is distinct from (n.name, n.short_name, n.name_english, n.former_names, n.file_number, n.phones, n.emails, n.fax,
                              n.website, n.address, n.registered_address, n.office_address);
  end if;
  if ids is not null then
    perform refresh_search_soon(ids);
  end if;
  return null;
end
$$;

create or replace function search_contact() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
begin
  if tg_op = 'INSERT' then
    select array_agg(distinct n.customer_id) into ids from new_rows n;
  elsif tg_op = 'DELETE' then
    select array_agg(distinct o.customer_id) into ids from old_rows o;
  else
    select array_agg(distinct touched.customer_id) into ids
    from old_rows o full join new_rows n on n.id = o.id,
         lateral (values (o.customer_id), (n.customer_id)) touched (customer_id)
    where (o.customer_id, o.name, o.phone, o.mobile, o.email)
            is distinct from (n.customer_id, n.name, n.phone, n.mobile, n.email)
      and touched.customer_id is not null;
  end if;
  if ids is not null then
    perform refresh_search_soon(ids);
  end if;
  return null;
end
$$;
