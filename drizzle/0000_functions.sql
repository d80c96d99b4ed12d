-- What the tables are declared with: the functions their defaults and indexes call, and the domains of the columns of a file.

-- Trigrams, for the search.
create extension if not exists pg_trgm;

-- A UUIDv7: 48 bits of milliseconds, then random bits. PostgreSQL has its own from 18 on; we support 15.
create function new_id() returns uuid language sql volatile parallel safe as $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
              placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
              from 1 for 6),
      52, 1), 53, 1),
    'hex')::uuid
$$;

create sequence file_number_seq;

-- R81: every file has a number from its first day. CF00000001, never reused.
create function new_file_number() returns text language sql volatile as $$
  select 'CF' || lpad(nextval('file_number_seq')::text, 8, '0')
$$;

-- Month and day of a date as one number, 1231 for 31 December: what anniversaries are found by.
create function month_day(value date) returns integer language sql immutable strict parallel safe as $$
  select (extract(month from value) * 100 + extract(day from value))::integer
$$;

-- The enumerations of a file are domains, not check constraints: every change of a file or of one of its parts updates the
-- file's row, and PostgreSQL reads and prepares the check constraints of a table again for each statement. Seven of them took
-- a quarter of the processor time of logging an interaction (docs/decisions/0041-what-capture-costs.md). A domain is checked
-- only when a value is assigned.
create domain customer_kind as text
  constraint customer_kind_check check (value in ('ORGANIZATION', 'PERSON'));

create domain customer_region as text
  constraint customer_region_check check (value in ('EAST_CHINA', 'NORTH_CHINA', 'SOUTH_CHINA', 'CENTRAL_CHINA', 'NORTHEAST',
    'NORTHWEST', 'SOUTHWEST', 'HONG_KONG_MACAO_TAIWAN', 'OVERSEAS'));

create domain customer_size as text
  constraint customer_size_check check (value in ('MICRO', 'SMALL', 'MEDIUM', 'LARGE'));

create domain customer_stage as text
  constraint customer_stage_check check (value in ('POTENTIAL', 'INTENT', 'WON', 'LOST'));

create domain customer_tier as text
  constraint customer_tier_check check (value in ('A', 'B', 'C'));

create domain customer_credit_grade as text
  constraint customer_credit_grade_check check (value in ('AAA', 'AA', 'A', 'B', 'C', 'D'));

create domain customer_source as text
  constraint customer_source_check check (value in ('IN_PERSON', 'PHONE', 'WEB_FORM', 'WECHAT', 'WEIBO', 'SALES', 'EXPO',
    'PROMOTION', 'ADVERTISING', 'SERVICE_DESK', 'PARTNER', 'REFERRAL', 'SURVEY', 'PUBLIC_RECORD', 'IMPORT', 'OTHER'));
