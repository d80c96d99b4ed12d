-- What a customer is to us, who owns it, and what of its source it was (R71, R74, R172).

create domain customer_type as text
  constraint customer_type_check check (value in ('PROSPECT', 'EXISTING', 'VIP'));

create domain customer_nature as text
  constraint customer_nature_check check (value in ('STATE_OWNED', 'PRIVATE', 'FOREIGN_INVESTED', 'GOVERNMENT',
    'PUBLIC_INSTITUTION', 'SOLE_PROPRIETOR'));

ALTER TABLE "customer" ADD COLUMN "customer_type" "customer_type";
ALTER TABLE "customer" ADD COLUMN "nature" "customer_nature";
ALTER TABLE "customer" ADD COLUMN "source_detail" text;
