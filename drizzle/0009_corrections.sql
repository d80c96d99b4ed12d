-- Functions written again, each in full, where they did not do what they were meant to.

--------------------------------------------------------------------------------------------------------------------------
-- Search
--
-- A search folds the letters of what is looked for, so numbers and addresses are kept folded as names are: 臺北市 is found
-- by itself and as 台北市, and a space beside a Chinese letter does not count.
--------------------------------------------------------------------------------------------------------------------------

-- A text as names are kept: search_text() with Chinese letters simplified and no spaces beside them.
create function search_line(value text) returns text language sql immutable parallel safe as $$
  select name from spell_name(value)
$$;

-- A website without what people leave out.
create or replace function search_website(value text) returns text language sql immutable parallel safe as $$
  select regexp_replace(search_line(value), '^https?://|/+$', '', 'g')
$$;

-- Writes what files are found by from their names, numbers and contacts; a row that stays as it is costs no write.
create or replace function refresh_search(ids uuid[]) returns void language plpgsql
-- Planned once, for few files: planning for those at hand took longer than writing one. Many are looked up one by one too.
set plan_cache_mode = force_generic_plan set jit = off as $$
begin
  with lines as materialized (
    select id, place, null::uuid as contact_id, line
    from customer, lateral (values (1, name), (2, short_name), (3, name_english)) own (place, line)
    where id = any (ids) and line is not null
    union all
    select id, 4, null, former from customer, unnest(former_names) former where id = any (ids)
    union all
    select customer_id, 5, id, name from contact where customer_id = any (ids)
  ), spelled as materialized (
    select * from search_names(array(select distinct line from lines))
  ), named as (
    select id, coalesce(max(length(name)) filter (where place = 1), max(length(name)) filter (where place = 2)) as weight,
           string_agg(name, E'\n' order by place, contact_id) as names,
           string_agg(sound || E'\n' || search_initials(sound), E'\n' order by place, contact_id) as sounds
    from lines join spelled using (line)
    group by id
  ), numbered as (
    select customer_id as id,
           string_agg(nullif(concat_ws(E'\n', search_phone(phone), search_phone(mobile), search_line(email)), ''),
                      E'\n' order by id) as numbers
    from contact
    where customer_id = any (ids)
    group by customer_id
  )
  insert into customer_search as kept (customer_id, weight, card, sound, basic, contact)
  select file.id, coalesce(weight, 0), search_lines(coalesce(names, '')), search_lines(coalesce(sounds, '')), search_text(file.file_number),
         concat_ws(E'\n', search_website(file.website), search_line(file.address), search_line(file.registered_address),
                   search_line(file.office_address),
                   (select string_agg(search_phone(p ->> 'number'), E'\n') from jsonb_array_elements(file.phones) p),
                   (select string_agg(search_line(e ->> 'address'), E'\n') from jsonb_array_elements(file.emails) e),
                   search_phone(file.fax), numbers)
  from customer file left join named using (id) left join numbered using (id)
  where file.id = any (ids)
  on conflict (customer_id) do update
  set weight = excluded.weight, card = excluded.card, sound = excluded.sound, basic = excluded.basic,
      contact = excluded.contact
  where (kept.weight, kept.card, kept.sound, kept.basic, kept.contact)
          is distinct from (excluded.weight, excluded.card, excluded.sound, excluded.basic, excluded.contact);
end
$$;

select refresh_search(array(select id from customer));

--------------------------------------------------------------------------------------------------------------------------
-- Passwords
--
-- Nobody reads a password, so a new one is no change of an employee: an administrator who edits the employee meanwhile is in
-- conflict with nothing that they could see, and no segment is evaluated again.
--------------------------------------------------------------------------------------------------------------------------

-- Keeps version and updated_at (and what else is derived) out of writers' hands. A row written back unchanged keeps both,
-- and the capture then sees no difference.
create or replace function touch_row() returns trigger language plpgsql as $$
declare
  shown record;
begin
  if tg_table_name = 'customer' then
    if current_setting('app.capturing', true) = 'on' then
      return new;
    end if;
    new.last_interaction_at := old.last_interaction_at;
  end if;
  new.version := old.version;
  new.updated_at := old.updated_at;
  if tg_table_name = 'employee' then
    shown := new;
    shown.password_hash := old.password_hash;
    if shown is not distinct from old then
      return new;
    end if;
  end if;
  if new is distinct from old then
    new.version := old.version + 1;
    -- Not now(): a writer that waited for the row must not appear to have come before the one it waited for.
    new.updated_at := clock_timestamp();
  end if;
  return new;
end
$$;

-- Notes that something changed which the rules of segments may read. One line per statement, whoever writes; always, because
-- a segment that is becoming live just then does not show yet. The worker deletes the lines.
create or replace function note_reference_change() returns trigger language plpgsql set jit = off as $$
begin
  if exists (select from old_rows o full join new_rows n on n.id = o.id
             where to_jsonb(o) - 'password_hash' is distinct from to_jsonb(n) - 'password_hash') then
    insert into reference_change (subject, actor_id, occurred_at)
    values (tg_table_name, acting_employee(), clock_timestamp());
  end if;
  return null;
end
$$;
