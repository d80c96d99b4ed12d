create extension if not exists pg_trgm;
--> statement-breakpoint
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
--> statement-breakpoint
create sequence file_number_seq;
--> statement-breakpoint
-- R81: every file carries a number from its first day. CF00000001, never reused.
create function new_file_number() returns text language sql volatile as $$
  select 'CF' || lpad(nextval('file_number_seq')::text, 8, '0')
$$;
