-- What writes of many files cost, imports above all: functions written again, each in full, that do the same for less.

--------------------------------------------------------------------------------------------------------------------------
-- Search
--------------------------------------------------------------------------------------------------------------------------

-- Writes spell_name(): a line as it is kept and searched, and as it sounds. Chinese letters are simplified, spaces beside them are
-- none, and a sound is one letter for each syllable: 重庆 sounds like 虫庆. A line without Chinese letters has no sound.
--
-- The tables are written into it, five bytes for each letter: looking up the letters of a name in them took five times as long. So
-- who changes the tables calls this again. They stand in an expression, not in a variable, which each call would copy.
create or replace function prepare_spelling() returns void language plpgsql as $prepare$
begin
  execute format($create$
create or replace function spell_name(line text, out name text, out sound text) language plpgsql immutable parallel safe as $spell$
declare
  -- What is folded already needs no look at each of its letters.
  folded constant text := case
    when line ~ '^[0-9a-z\u4E00-\u9FFF@._+-]*$' then line
    else regexp_replace(search_text(line), '(?<=[\u4E00-\u9FFF]) | (?=[\u4E00-\u9FFF])', '', 'g') end;
  known bytea;
  letter text;
  place integer;
  code integer;
  own text;
  two text;
  before text := '';
  is_second boolean := false;
  has_sound boolean := false;
begin
  name := folded;
  if (folded ~ '[\u4E00-\u9FFF]') is not true then
    return;
  end if;
  name := '';
  sound := '';
  foreach letter in array string_to_array(folded, null) loop
    place := (ascii(letter) - 19968) * 5;
    if place < 0 or place >= 104960 then
      name := name || letter;
      sound := sound || letter;
      before := '';
      is_second := false;
      continue;
    end if;
    known := substring(decode(%1$L, 'base64') from place + 1 for 5);
    code := get_byte(known, 0) * 256 + get_byte(known, 1);
    letter := chr(get_byte(known, 2) * 65536 + get_byte(known, 3) * 256 + get_byte(known, 4));
    own := letter;
    if code > 0 then
      has_sound := true;
      own := chr(code);
    end if;
    -- Of two pairs that share a letter, the first says how it is read.
    two := %2$L::jsonb ->> (before || letter);
    sound := case when two is null then sound || own
                  when is_second then sound || right(two, 1)
                  else left(sound, -1) || two end;
    is_second := two is not null;
    name := name || letter;
    before := letter;
  end loop;
  if not has_sound then
    sound := null;
  end if;
end
$spell$
$create$,
    (select replace(encode(string_agg(decode(lpad(to_hex(coalesce(ascii(known.sound), 0)), 4, '0')
                                          || lpad(to_hex(coalesce(ascii(known.simplified), n)), 6, '0'), 'hex'), '' order by n), 'base64'),
                    E'\n', '')
     from generate_series(19968, 40959) n left join han_letter known on known.letter = chr(n)),
    (select jsonb_object_agg(pair, first || second) from han_pair));
end
$prepare$;

select prepare_spelling();

-- The first letters of the syllables of a sound. By the number of the syllable: translate() compares each letter with four
-- hundred.
do $write$
begin
  execute format($create$
create or replace function search_initials(sounds text) returns text language plpgsql immutable strict parallel safe as $initials$
declare
  letter text;
  place integer;
  initials text := '';
begin
  foreach letter in array string_to_array(sounds, null) loop
    place := ascii(letter) - 19968;
    initials := initials || case when place between 0 and %1$s then chr(get_byte(%2$L::bytea, place)) else letter end;
  end loop;
  return initials;
end
$initials$
$create$,
    (select count(*) - 1 from han_syllable),
    (select string_agg(left(pinyin, 1), '' order by sound) from han_syllable));
end
$write$;

-- A text as names are kept: search_text() with Chinese letters simplified and no spaces beside them. Strict, so that what a
-- file does not have is not spelled.
create or replace function search_line(value text) returns text language sql immutable strict parallel safe as $$
  select name from spell_name(value)
$$;

-- Every two neighbouring letters of each line, once, and every single letter that is no Latin letter or digit; of those that
-- a line begins with, also with a line end before them. Trigrams cannot find a word of two letters, and most Chinese words
-- have two.
create or replace function search_grams(value text) returns text[] language plpgsql immutable parallel safe as $$
declare
  letter text;
  earlier text := '';
  before text := E'\n';
  grams text[] := '{}';
begin
  foreach letter in array coalesce(string_to_array(replace(value, ' ', ''), null), '{}') loop
    if letter <> E'\n' then
      grams := array_append(grams, before || letter);
      if before <> E'\n' and earlier = E'\n' then
        grams := array_append(grams, earlier || before || letter);
      end if;
      if letter collate "C" > U&'\02FF' then
        grams := array_append(grams, letter);
      end if;
    end if;
    earlier := before;
    before := letter;
  end loop;
  return array(select distinct gram from unnest(grams) gram order by gram);
end
$$;

--------------------------------------------------------------------------------------------------------------------------
-- Capture
--
-- Many rows are written into the outbox by one statement: a function that writes one, called for each, took three times as long.
--------------------------------------------------------------------------------------------------------------------------

-- Files that came or left.
create or replace function capture_customer() returns trigger language plpgsql set jit = off as $$
declare
  hidden constant text[] := derived_columns() || overwritten_columns('customer');
begin
  if tg_op = 'INSERT' then
    insert into outbox (customer_id, version, type, subject, subject_id, row_version, fields, new_values, actor_id, owner_after,
                        source, request_id, occurred_at, transaction_id)
    select n.id, n.version, 'CREATED', 'customer', n.id, n.version, '{}', array[jsonb_strip_nulls(to_jsonb(n)) - hidden],
           acting_employee(), n.owner_id, acting_source(), acting_request(), clock_timestamp(),
           pg_current_xact_id()::text::bigint
    from new_rows n;
  else
    perform record_row('REMOVED', 'customer', o.id, o.version + 1, o.owner_id, null, to_jsonb(o), null, clock_timestamp())
    from old_rows o;
  end if;
  return null;
end
$$;

-- Rows that came into files.
create or replace function capture_added() returns trigger language plpgsql set jit = off as $$
declare
  hidden constant text[] := derived_columns() || overwritten_columns(tg_table_name);
  row_key constant text := case tg_table_name when 'customer_tag' then 'tag_id' when 'customer_coowner' then 'employee_id' else 'id' end;
  ids uuid[];
  changes integer[];
  one_file uuid;
  one_row jsonb;
  done text;
begin
  select r.customer_id, to_jsonb(r) into one_file, one_row from new_rows r where not exists (select from new_rows offset 1);
  if found then
    done := capture_one(tg_table_name, one_file, null, one_row);
    return null;
  end if;
  select array_agg(f.customer_id order by f.customer_id), array_agg(f.changes order by f.customer_id) into ids, changes
  from (select r.customer_id, count(*)::integer as changes from new_rows r group by r.customer_id) f;
  if ids is null then
    return null;
  end if;
  done := bump_files(tg_table_name, ids, changes);
  insert into outbox (customer_id, version, type, subject, subject_id, row_version, fields, new_values, actor_id, owner_before,
                      owner_after, grantee_id, source, request_id, occurred_at, transaction_id)
  select c.file_id, c.file_version, event_type(tg_table_name, null, c.new_row), tg_table_name, (c.new_row ->> row_key)::uuid,
         (c.new_row ->> 'version')::integer, '{}', array[jsonb_strip_nulls(c.new_row) - hidden], acting_employee(),
         c.owner_id, c.owner_id, (c.new_row ->> 'grantee_id')::uuid, acting_source(), acting_request(), clock_timestamp(),
         pg_current_xact_id()::text::bigint
  from (
    select file.id as file_id, file.owner_id, to_jsonb(r) as new_row,
           (file.version + row_number() over same_file - count(*) over same_file)::integer as file_version
    from new_rows r
    join customer file on file.id = r.customer_id
    window same_file as (partition by file.id rows between unbounded preceding and unbounded following)
    order by file.id, file_version
  ) c;
  return null;
end
$$;

--------------------------------------------------------------------------------------------------------------------------
-- Figures
--
-- As what a file is found by, they are written once for a transaction that writes a file several times: where
-- app.search_later is set, the ids of the files that wait are in app.figures_later until refresh_search_now().
--------------------------------------------------------------------------------------------------------------------------

create function refresh_figures_soon(ids uuid[]) returns void language plpgsql as $$
begin
  if nullif(current_setting('app.search_later', true), '') is null then
    perform refresh_figures(ids);
  else
    perform set_config('app.figures_later',
                       concat_ws(',', nullif(current_setting('app.figures_later', true), ''), array_to_string(ids, ',')), true);
  end if;
end
$$;

create or replace function refresh_search_now() returns void language plpgsql as $$
declare
  waiting constant text := nullif(current_setting('app.search_later', true), '');
  figures constant text := nullif(current_setting('app.figures_later', true), '');
begin
  perform set_config('app.search_later', '', true), set_config('app.figures_later', '', true);
  perform refresh_search(array(
    select distinct file.id::uuid from string_to_table(waiting, ',') file (id) where file.id not in ('on', '') order by 1
  ));
  perform refresh_figures(array(select distinct file.id::uuid from string_to_table(figures, ',') file (id) order by 1));
end
$$;

create or replace function figure_customers() returns trigger language plpgsql as $$
begin
  perform refresh_figures_soon(array(select id from new_rows));
  return null;
end
$$;

create or replace function figure_added() returns trigger language plpgsql as $$
begin
  perform refresh_figures_soon(array(select distinct customer_id from new_rows));
  return null;
end
$$;
