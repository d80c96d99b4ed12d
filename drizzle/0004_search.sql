-- What a file is found by (customer_search), kept in the same transaction as the names and numbers it is made of: one line
-- per name or number, so that no match runs over the end of one into the next.

-- The form in which texts are kept and searched: full-width and half-width letters are the same, case does not count, runs
-- of space are one space.
create function search_text(value text) returns text language sql immutable parallel safe as $$
  select btrim(regexp_replace(lower(normalize(value, NFKC)), '\s+', ' ', 'g'))
$$;

-- A number as stored (E.164) and, for a Chinese landline, as dialled at home: 02187654321.
create function search_phone(value text) returns text language sql immutable parallel safe as $$
  select case when value ~ '^\+86[2-9]' then value || E'\n0' || substr(value, 4) else search_text(value) end
$$;

-- Every two neighbouring letters of each line, once. Trigrams cannot find a word of two letters, and most Chinese words
-- have two.
create function bigrams(value text) returns text[] language sql immutable parallel safe as $$
  select coalesce(array_agg(distinct substr(line, i, 2)), '{}')
  from unnest(string_to_array(replace(value, ' ', ''), E'\n')) line, generate_series(1, length(line) - 1) i
$$;

-- By class of fields, since not everybody may search all of them.
create index customer_search_card_idx on customer_search using gin (card gin_trgm_ops);
create index customer_search_card_bigrams_idx on customer_search using gin (bigrams(card));
create index customer_search_basic_idx on customer_search using gin (basic gin_trgm_ops);
create index customer_search_contact_idx on customer_search using gin (contact gin_trgm_ops);

-- Writes what files are found by from their names, numbers and contacts; a row that stays as it is costs no write.
create function refresh_search(ids uuid[]) returns void language sql as $$
  insert into customer_search as kept (customer_id, card, basic, contact)
  select file.id,
         concat_ws(E'\n', search_text(file.name), search_text(file.short_name), search_text(file.name_english),
                   (select string_agg(search_text(former), E'\n') from unnest(file.former_names) former), people.names),
         search_text(file.file_number),
         concat_ws(E'\n',
                   (select string_agg(search_phone(p ->> 'number'), E'\n') from jsonb_array_elements(file.phones) p),
                   (select string_agg(search_text(e ->> 'address'), E'\n') from jsonb_array_elements(file.emails) e),
                   search_phone(file.fax), people.numbers)
  from customer file
  left join lateral (
    select string_agg(search_text(c.name), E'\n' order by c.id) as names,
           string_agg(nullif(concat_ws(E'\n', search_phone(c.phone), search_phone(c.mobile), search_text(c.email)), ''),
                      E'\n' order by c.id) as numbers
    from contact c
    where c.customer_id = file.id
  ) people on true
  where file.id = any (ids)
  on conflict (customer_id) do update
  set card = excluded.card, basic = excluded.basic, contact = excluded.contact
  where (kept.card, kept.basic, kept.contact) is distinct from (excluded.card, excluded.basic, excluded.contact)
$$;

-- `jit = off` as in the capture, here and below.
create function search_customer() returns trigger language plpgsql set jit = off as $$
declare
  ids uuid[];
begin
  if tg_op = 'INSERT' then
    select array_agg(n.id) into ids from new_rows n;
  elsif current_setting('app.capturing', true) is distinct from 'on' then
    -- A full join, because it is never planned as a nested loop: the plan of a first statement, of one row, is kept for a
    -- later one of 100,000.
    select array_agg(n.id) into ids
    from old_rows o full join new_rows n on n.id = o.id
    where n.id is not null
      and (o.name, o.short_name, o.name_english, o.former_names, o.file_number, o.phones, o.emails, o.fax)
            is distinct from (n.name, n.short_name, n.name_english, n.former_names, n.file_number, n.phones, n.emails, n.fax);
  end if;
  if ids is not null then
    perform refresh_search(ids);
  end if;
  return null;
end
$$;

create function search_contact() returns trigger language plpgsql set jit = off as $$
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
    perform refresh_search(ids);
  end if;
  return null;
end
$$;

-- Triggers fire in the order of their names: capture_* has locked the file's row before search_* reads its contacts, so that
-- of two writers at once the later one sees what the earlier one wrote.
create trigger search_insert after insert on customer referencing new table as new_rows
  for each statement execute function search_customer();

create trigger search_update after update on customer referencing old table as old_rows new table as new_rows
  for each statement execute function search_customer();

create trigger search_insert after insert on contact referencing new table as new_rows
  for each statement execute function search_contact();

create trigger search_update after update on contact referencing old table as old_rows new table as new_rows
  for each statement execute function search_contact();

create trigger search_delete after delete on contact referencing old table as old_rows
  for each statement execute function search_contact();
