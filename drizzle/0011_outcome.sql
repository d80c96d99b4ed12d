-- What a call about many files answered, for who sends it again.
ALTER TABLE "idempotency_key" ADD COLUMN "outcome" jsonb;

-- As in 0004_search, with a join that stays a full one: a condition on one side made it an outer one, which may be planned
-- as a nested loop, and the plan of a first statement, of one row, is kept for a later one of 10,000.
create or replace function search_customer() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
begin
  if tg_op = 'INSERT' then
    select array_agg(n.id) into ids from new_rows n;
  elsif current_setting('app.capturing', true) is distinct from 'on' then
    select array_agg(n.id) filter (where n.id is not null) into ids
    from old_rows o full join new_rows n on n.id = o.id
    where (o.name, o.short_name, o.name_english, o.former_names, o.file_number, o.phones, o.emails, o.fax, o.website, o.address,
           o.registered_address, o.office_address)
            is distinct from (n.name, n.short_name, n.name_english, n.former_names, n.file_number, n.phones, n.emails, n.fax,
                              n.website, n.address, n.registered_address, n.office_address);
  end if;
  if ids is not null then
    perform refresh_search(ids);
  end if;
  return null;
end
$$;
