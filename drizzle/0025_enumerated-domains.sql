-- The enumerations of a file are domains. Every change of a file, of its contacts, interactions, needs and deals too, is an
-- update of its row, and PostgreSQL reads and prepares a table's check constraints anew for each statement: these seven were
-- a quarter of the processor time of logging an interaction. A domain is asked only when a value is given.
--
-- Made without its values and given them afterwards, because a column put under a domain that has a constraint is written
-- anew with all its table. What was indexed stays.

alter table customer
  drop constraint customer_kind_check,
  drop constraint customer_region_check,
  drop constraint customer_size_check,
  drop constraint customer_stage_check,
  drop constraint customer_tier_check,
  drop constraint customer_credit_grade_check,
  drop constraint customer_source_check;
--> statement-breakpoint
create domain customer_kind as text;
--> statement-breakpoint
create domain customer_region as text;
--> statement-breakpoint
create domain customer_size as text;
--> statement-breakpoint
create domain customer_stage as text;
--> statement-breakpoint
create domain customer_tier as text;
--> statement-breakpoint
create domain customer_credit_grade as text;
--> statement-breakpoint
create domain customer_source as text;
--> statement-breakpoint
alter table customer
  alter column kind set data type customer_kind,
  alter column region set data type customer_region,
  alter column size set data type customer_size,
  alter column stage set data type customer_stage,
  alter column tier set data type customer_tier,
  alter column credit_grade set data type customer_credit_grade,
  alter column source set data type customer_source;
--> statement-breakpoint
alter domain customer_kind add constraint customer_kind_check check (value in ('ORGANIZATION', 'PERSON'));
--> statement-breakpoint
alter domain customer_region add constraint customer_region_check check (value in ('EAST_CHINA', 'NORTH_CHINA', 'SOUTH_CHINA', 'CENTRAL_CHINA', 'NORTHEAST', 'NORTHWEST', 'SOUTHWEST', 'HONG_KONG_MACAO_TAIWAN', 'OVERSEAS'));
--> statement-breakpoint
alter domain customer_size add constraint customer_size_check check (value in ('MICRO', 'SMALL', 'MEDIUM', 'LARGE'));
--> statement-breakpoint
alter domain customer_stage add constraint customer_stage_check check (value in ('POTENTIAL', 'INTENT', 'WON', 'LOST'));
--> statement-breakpoint
alter domain customer_tier add constraint customer_tier_check check (value in ('A', 'B', 'C'));
--> statement-breakpoint
alter domain customer_credit_grade add constraint customer_credit_grade_check check (value in ('AAA', 'AA', 'A', 'B', 'C', 'D'));
--> statement-breakpoint
alter domain customer_source add constraint customer_source_check check (value in ('IN_PERSON', 'PHONE', 'WEB_FORM', 'WECHAT', 'WEIBO', 'SALES', 'EXPO', 'PROMOTION', 'SERVICE_DESK', 'PARTNER', 'REFERRAL', 'SURVEY', 'PUBLIC_RECORD', 'IMPORT', 'OTHER'));
--> statement-breakpoint
-- The statistics of a column go with its type.
analyze customer;
