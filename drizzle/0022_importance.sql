-- How much a customer matters, and its place on the route of visits (R74, R75).

create domain customer_importance as text
  constraint customer_importance_check check (value in ('KEY', 'SPECIAL', 'GENERAL'));

ALTER TABLE "customer" ADD COLUMN "importance" "customer_importance";
ALTER TABLE "customer" ADD COLUMN "route_order" integer;
