CREATE TABLE "scoped_change" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"subject" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"field" text NOT NULL,
	"old_value" text,
	"new_value" text,
	"actor_id" uuid,
	"source" text NOT NULL,
	"request_id" text,
	"occurred_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"content" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "calendar_day" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"calendar_id" uuid NOT NULL,
	"date" date NOT NULL,
	"working" boolean NOT NULL,
	"intervals" jsonb,
	"basis" text NOT NULL,
	"name" text,
	"imported" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "calendar_day_basis_check" CHECK ("calendar_day"."basis" in ('OFFICIAL', 'PROVISIONAL'))
);
--> statement-breakpoint
CREATE TABLE "working_calendar" (
	"id" uuid PRIMARY KEY DEFAULT new_id() NOT NULL,
	"team_id" uuid,
	"week" jsonb NOT NULL,
	"follows_holidays" boolean DEFAULT true NOT NULL,
	"official_through" date,
	"days_set_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
-- Of amounts that name no currency. Every writer asks it, psql included.
CREATE FUNCTION organisation_currency() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT content ->> 'currency' FROM settings
$$;
--> statement-breakpoint
ALTER TABLE "deal" ALTER COLUMN "currency" SET DEFAULT organisation_currency();--> statement-breakpoint
ALTER TABLE "need" ALTER COLUMN "currency" SET DEFAULT organisation_currency();--> statement-breakpoint
ALTER TABLE "calendar_day" ADD CONSTRAINT "calendar_day_calendar_id_working_calendar_id_fk" FOREIGN KEY ("calendar_id") REFERENCES "public"."working_calendar"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "working_calendar" ADD CONSTRAINT "working_calendar_team_id_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."team"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "scoped_change_subject_idx" ON "scoped_change" USING btree ("subject","occurred_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "settings_one_row" ON "settings" USING btree ((true));--> statement-breakpoint
CREATE UNIQUE INDEX "calendar_day_date_key" ON "calendar_day" USING btree ("calendar_id","date");--> statement-breakpoint
CREATE UNIQUE INDEX "working_calendar_team_key" ON "working_calendar" USING btree (coalesce("team_id", '00000000-0000-0000-0000-000000000000'::uuid));
--> statement-breakpoint
-- What SQL reads of the settings is stored from the start; for all else src/core/settings/settings.ts has the defaults.
insert into settings (content) values ('{"timeZone": "Asia/Shanghai", "currency": "CNY"}');

create trigger touch_row before update on settings for each row execute function touch_row();

-- Writes the history of a row that belongs to no file: a line per field that differs. The argument names a column whose
-- keys are the fields, if the row's own columns are not.
create function record_scoped_change() returns trigger language plpgsql as $$
declare
  old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  row_version integer := coalesce((new_row ->> 'version')::integer, (old_row ->> 'version')::integer + 1);
begin
  insert into scoped_change (subject, subject_id, version, field, old_value, new_value, actor_id, source, request_id,
                             occurred_at)
  select tg_table_name, (coalesce(new_row, old_row) ->> 'id')::uuid, row_version, field, o.value, n.value,
         acting_employee(), acting_source(), acting_request(), clock_timestamp()
  from jsonb_each_text(coalesce(case when tg_nargs = 0 then old_row else old_row -> tg_argv[0] end, '{}')) o (field, value)
  full join jsonb_each_text(coalesce(case when tg_nargs = 0 then new_row else new_row -> tg_argv[0] end, '{}'))
    n (field, value) using (field)
  where o.value is distinct from n.value and field <> all ('{id,version,created_at,updated_at,name_key}');
  return null;
end
$$;

create trigger record_change after insert or update or delete on settings for each row
  execute function record_scoped_change('content');

-- Makes every instance read the settings again. Whose days are meant is in the rules of live segments.
create function announce_settings() returns trigger language plpgsql as $$
begin
  perform pg_notify('settings_changed', new.version::text);
  if new.content -> 'timeZone' is distinct from old.content -> 'timeZone' then
    insert into reference_change (subject, actor_id, occurred_at)
    values ('settings', acting_employee(), clock_timestamp());
  end if;
  return null;
end
$$;

create trigger settings_changed after update on settings for each row execute function announce_settings();

-- A week of an office; administrators set their own.
insert into working_calendar (week)
select jsonb_build_array(office, office, office, office, office, '[]'::jsonb, '[]'::jsonb)
from (values ('[{"from": 540, "to": 720}, {"from": 780, "to": 1080}]'::jsonb)) as hours (office);

create trigger touch_row before update on working_calendar for each row execute function touch_row();

create trigger record_change after insert or update or delete on working_calendar for each row
  execute function record_scoped_change();
