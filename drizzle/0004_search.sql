-- What a file is found by (customer_search), kept in the same transaction as the names and numbers it is made of: one line
-- per name or number, so that no match runs over the end of one into the next.

-- The form in which texts are kept and searched: full-width and half-width letters are the same, case and accents do not
-- count, runs of space are one space.
create function search_text(value text) returns text language sql immutable parallel safe as $$
  select btrim(regexp_replace(
    replace(replace(replace(translate(
      lower(normalize(regexp_replace(normalize(value, NFKD), '[\u0300-\u036F]', '', 'g'), NFKC)),
      'ØøŁłĐđı', 'oolddi'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
    '\s+', ' ', 'g'))
$$;

-- Names as they are kept and searched, and as they sound, each once; see spell_name() in 0008_chinese-letters.sql.
create function search_names(lines text[]) returns table (line text, name text, sound text) language plpgsql stable parallel safe as $$
begin
  return query
  select source, spelled.name, spelled.sound
  from (select distinct unnest(lines)) given (source), spell_name(source) spelled
  where spelled.name <> '';
end
$$;

-- What rows are ordered by for their names: how each sounds, as if it were written in pinyin, then the name itself, for names
-- that sound alike. Digits and Latin letters, of either case, come before Chinese. Of fewer letters than an index takes bytes;
-- a name may have 200.
create function sort_key(line text) returns text language plpgsql stable parallel safe as $$
declare
  spelled record;
begin
  select * into spelled from spell_name(line);
  return concat_ws(U&'\0001', left(spelled.sound, 200), left(spelled.name, 200));
end
$$;

-- Before the row is written, so that a key costs no second version of it. A lead without a name goes by its short name.
create function keep_name_key() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'customer' then
    new.name_key := sort_key(coalesce(new.name, new.short_name));
  else
    new.name_key := sort_key(new.name);
  end if;
  return new;
end
$$;

-- No writer sets the key. Before touch_row, which compares the rows.
create trigger name_key before insert or update of name, short_name, name_key on customer
  for each row execute function keep_name_key();

create trigger name_key before insert or update of name, name_key on contact
  for each row execute function keep_name_key();

create trigger name_key before insert or update of name, name_key on employee
  for each row execute function keep_name_key();

create trigger name_key before insert or update of name, name_key on team
  for each row execute function keep_name_key();

-- A number as stored (E.164) and, for a Chinese landline, as dialled at home: 02187654321. Beijing's area code is 10; eleven
-- digits that begin with 1 are a mobile.
create function search_phone(value text) returns text language sql immutable parallel safe as $$
  select case when value ~ '^\+86([2-9]|10\d{8}$)' then value || E'\n0' || substr(value, 4) else search_text(value) end
$$;

-- A website without what people leave out.
create function search_website(value text) returns text language sql immutable parallel safe as $$
  select regexp_replace(search_text(value), '^https?://|/+$', '', 'g')
$$;

-- Every two neighbouring letters of each line, once, and every single letter that is no Latin letter or digit; of those that
-- a line begins with, also with a line end before them. Trigrams cannot find a word of two letters, and most Chinese words
-- have two.
create function search_grams(value text) returns text[] language sql immutable parallel safe as $$
  select coalesce(array_agg(distinct gram), '{}')
  from unnest(string_to_array(replace(value, ' ', ''), E'\n')) line, generate_series(1, length(line)) i,
       unnest(array[substr(line, i, 1), substr(line, i, 2)]) with ordinality piece (letters, amount),
       unnest(array[case when amount = 2 or letters collate "C" > U&'\02FF' then letters end,
                    case when i = 1 then E'\n' || letters end]) gram
  where length(letters) = amount and gram is not null
$$;

-- True, and expensive in the eyes of the planner. It takes comparing a text with a pattern for as cheap as comparing numbers,
-- and would look through 200,000 files for a text that 3,000 hold. Not safe in parallel, because a search has to leave the
-- other processors to others.
create function search_effort(id uuid) returns boolean language plpgsql immutable parallel unsafe cost 200 as $$
begin
  return true;
end
$$;

-- By class of fields, since not everybody may search all of them. A search reads what waits to be put into an index too, so
-- little may wait: by default it would be 4 MB for each, read through by every search after an import.
create index customer_search_card_idx on customer_search using gin (card gin_trgm_ops)
  with (gin_pending_list_limit = 128);
create index customer_search_grams_idx on customer_search using gin (search_grams(card))
  with (gin_pending_list_limit = 128);
create index customer_search_lines_idx on customer_search using gin (string_to_array(card, E'\n'))
  with (gin_pending_list_limit = 128);
create index customer_search_sound_idx on customer_search using gin (sound gin_trgm_ops)
  with (gin_pending_list_limit = 128);
create index customer_search_basic_idx on customer_search using gin (basic gin_trgm_ops)
  with (gin_pending_list_limit = 128);
create index customer_search_contact_idx on customer_search using gin (contact gin_trgm_ops)
  with (gin_pending_list_limit = 128);

-- Which grams are frequent is known for 3,000 of them, not for 1,000: it decides between the indexes.
alter index customer_search_grams_idx alter column 1 set statistics 300;
alter table customer_search alter column card set statistics 300;

-- How many files hold a gram, of those that many do; by PostgreSQL's own statistics. It runs as its owner because statistics
-- of an index are nobody else's.
create function frequent_grams() returns table (gram text, files float8) language sql stable rows 1000
security definer set search_path = public, pg_temp as $$
  select known.gram, known.share * (select reltuples from pg_class where oid = 'public.customer_search'::regclass)
  from pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) known (gram, share)
  where schemaname = 'public' and tablename = 'customer_search_grams_idx' and known.gram is not null
$$;

-- Whether so many files hold a gram that walking along the files finds enough of them sooner than looking up all. Asked when a
-- search runs, so that both ways are planned: filtering by grams takes a hundred times as long as by a pattern.
create function is_frequent(wanted text) returns boolean language sql stable as $$
  select exists (select from frequent_grams() where gram = wanted and files > 5000)
$$;

-- The grams of a text that few files hold, some thousands together: what mistyped names are looked for by.
create function rare_grams(grams text[]) returns text[] language sql stable as $$
  with ordered as (
    select gram, sum(coalesce(files, 0)) over rarest as files, row_number() over rarest as place
    from unnest(grams) gram left join frequent_grams() using (gram)
    window rarest as (order by coalesce(files, 0), length(gram) desc, gram)
  )
  select coalesce(array_agg(gram), '{}') from ordered where place = 1 or files < 1000
$$;

-- How alike a text of these grams is to the most similar of the lines, 0 to 1: the share of grams that are in it, and a little
-- of how alike the lengths are.
create function search_likeness(lines text, grams text[], letters integer) returns float8 language sql immutable parallel safe as $$
  select max(0.9 * (select count(*) from unnest(grams) gram where strpos(line, gram) > 0) / cardinality(grams)
             + 0.1 * least(length(line), letters) / greatest(length(line), letters))::float8
  from unnest(string_to_array(lines, E'\n')) line
  where line <> ''
$$;

-- Lines between line ends, so that a pattern can ask for a name's beginning and end; nothing if there are none.
create function search_lines(value text) returns text language sql immutable parallel safe as $$
  select case when value = '' then '' else E'\n' || value || E'\n' end
$$;

-- Writes what files are found by from their names, numbers and contacts; a row that stays as it is costs no write.
create function refresh_search(ids uuid[]) returns void language plpgsql
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
           string_agg(nullif(concat_ws(E'\n', search_phone(phone), search_phone(mobile), search_text(email)), ''),
                      E'\n' order by id) as numbers
    from contact
    where customer_id = any (ids)
    group by customer_id
  )
  insert into customer_search as kept (customer_id, weight, card, sound, basic, contact)
  select file.id, coalesce(weight, 0), search_lines(coalesce(names, '')), search_lines(coalesce(sounds, '')), search_text(file.file_number),
         concat_ws(E'\n', search_website(file.website), search_text(file.address), search_text(file.registered_address),
                   search_text(file.office_address),
                   (select string_agg(search_phone(p ->> 'number'), E'\n') from jsonb_array_elements(file.phones) p),
                   (select string_agg(search_text(e ->> 'address'), E'\n') from jsonb_array_elements(file.emails) e),
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

-- The names that a mistyped text may mean, the most similar first: those that sound like it (what an input method mistakes),
-- and those that hold one of its rare grams, 1,000 at most. `among` are the files to look at, null for all.
--
-- A function, because planning this as a part of every search took twice as long as planning the rest.
create function similar_names(wanted text, among uuid[], most integer) returns table (customer_id uuid, distance float8)
language plpgsql stable rows 20 set enable_seqscan = off set plan_cache_mode = force_custom_plan set jit = off as $$
declare
  letters constant integer := length(wanted);
  grams constant text[] := array(select gram from unnest(search_grams(wanted)) gram where strpos(gram, E'\n') = 0);
  -- Of two letters either is in too many names.
  rare constant text[] := case when letters > 2 then rare_grams(grams) else '{}' end;
  sounding constant text := (
    select case when letters > 2 then '%' else E'%\n' end || spelled.sound || '%'
    from search_names(array[wanted]) spelled
  );
begin
  return query
  select alike.file_id, 1 - alike.likeness
  from (
    select held.file_id,
           greatest(search_likeness(held.card, grams, letters), case when held.sound like sounding then 0.95 end) as likeness
    from (
      (select s.customer_id as file_id, s.card, s.sound from customer_search s
       where among is null and s.sound like sounding
       limit 300)
      union
      (select s.customer_id, s.card, s.sound from customer_search s
       where among is null and search_grams(s.card) && rare
       limit 1000)
    ) held
    union all
    select s.customer_id, greatest(search_likeness(s.card, grams, letters), case when s.sound like sounding then 0.95 end)
    from customer_search s where s.customer_id = any (among)
  ) alike
  -- One wrong letter in three leaves 0.46.
  where alike.likeness >= 0.45
  order by alike.likeness desc, alike.file_id
  limit most;
end
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
      and (o.name, o.short_name, o.name_english, o.former_names, o.file_number, o.phones, o.emails, o.fax, o.website, o.address,
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
