import { type SQL, sql } from 'drizzle-orm';
import type { Actor } from '../access/write.ts';
import { customerModel } from '../customer/customer.model.ts';
import { type Database, queryJson } from '../database/database.ts';
import { badInput, filterAt, type Issue, issuesOf } from '../errors.ts';
import { compileFilter, type Filter } from '../model/filter.ts';
import { aliases, fileColumnsOf, type Reading } from '../model/reading.ts';
import { withSavedFilters } from '../model/saved-filter.ts';

/** Which files go to whom; the first rule that a file meets decides. */
export interface Rule {
  filter: Filter | null;
  /** UUID. */
  toId: string;
}

/**
 * The rows `(customer_id, receiver_id, as_owner, as_custodian, owner_before_id, custodian_before_id, is_archived)` of
 * every file that a handover from an employee moves, as SQL: what the preview counts and the handover writes. The
 * receiver becomes whatever the employee was: owner, custodian, or both. Errors: FORBIDDEN for a filter, BAD_USER_INPUT
 * naming the violations of all.
 */
export const planOf = (db: Database, actor: Actor, fromId: string, rules: Rule[]): Promise<SQL> =>
  withSavedFilters(
    (statement) => queryJson(db, statement),
    actor,
    (reading) => planIn(reading, fromId, rules),
  );

function planIn(reading: Reading, fromId: string, rules: Rule[]): SQL {
  const next = aliases();
  const file = next();
  const issues: Issue[] = [];
  const compiled = (filter: Filter, index: number): SQL => {
    try {
      return compileFilter(reading, customerModel, filter, file, fileColumnsOf(file), next);
    } catch (error) {
      const found = issuesOf(error);
      if (!found) throw error;
      issues.push(...filterAt(['input', 'rules', index, 'filter'], found));
      return sql`false`;
    }
  };
  const branches = rules.map(
    ({ filter, toId }, index) => sql`when ${filter ? compiled(filter, index) : sql`true`} then ${toId}::uuid`,
  );
  if (issues.length > 0) throw badInput(issues);
  const receiver = branches.length > 0 ? sql`case ${sql.join(branches, sql` `)} end` : sql`null::uuid`;
  const from = sql`${fromId}::uuid`;
  const t = sql.raw(file);
  return sql`select * from (
    select ${t}.id as customer_id, ${receiver} as receiver_id, ${t}.owner_id = ${from} as as_owner,
      ${t}.custodian_id is not distinct from ${from} as as_custodian, ${t}.owner_id as owner_before_id,
      ${t}.custodian_id as custodian_before_id, ${t}.archived_at is not null as is_archived
    from customer ${t} where ${t}.owner_id = ${from} or ${t}.custodian_id = ${from}) mapped where receiver_id is not null`;
}

/** Who receives how much. */
export interface Share {
  /** UUID. */
  employeeId: string;
  employeeName: string;
  customers: number;
  custodianships: number;
}

/** What a handover moves. */
export interface Effect {
  customers: number;
  archivedCustomers: number;
  custodianships: number;
  contacts: number;
  openNeeds: number;
  deals: number;
  followUps: number;
  grants: number;
  segments: number;
  customersLeft: number;
  custodianshipsLeft: number;
  recipients: Share[];
}

/** Counts what a plan moves, with what follows the files. One statement. */
export function effectOf(
  db: Database,
  plan: SQL,
  { fromId, segmentsToId }: { fromId: string; segmentsToId: string | null },
): Promise<Effect> {
  const from = sql`${fromId}::uuid`;
  const inFiles = (table: string, condition = 'true') =>
    sql`(select count(*) from ${sql.raw(table)} r join plan p on p.customer_id = r.customer_id and p.as_owner where ${sql.raw(condition)})`;
  const planned = (condition: string) => sql`(select count(*) from plan where ${sql.raw(condition)})`;
  const left = (column: string, moved: string) => sql`(select count(*) from customer f
    where f.${sql.raw(column)} = ${from} and f.archived_at is null
      and not exists (select from plan p where p.customer_id = f.id and p.${sql.raw(moved)}))`;
  const segments =
    segmentsToId === null || segmentsToId === fromId
      ? sql`0`
      : sql`(select count(*) from segment where owner_id = ${from})`;
  return queryJson(
    db,
    sql`with plan as materialized (${plan}), share as (
      select receiver_id, count(*) filter (where as_owner) as customers, count(*) filter (where as_custodian) as custodianships
      from plan group by receiver_id
    )
    select json_build_object(
      'customers', ${planned('as_owner')}, 'archivedCustomers', ${planned('as_owner and is_archived')},
      'custodianships', ${planned('as_custodian')}, 'contacts', ${inFiles('contact')},
      'openNeeds', ${inFiles('need', `r.status = 'OPEN'`)}, 'followUps', ${inFiles('interaction', 'r.next_step_at > now()')},
      'deals', (select count(*) from deal d join customer f on f.id = d.customer_id
                left join plan p on p.customer_id = d.customer_id and p.as_owner
                where d.owner_id = ${from} and d.stage = 'OPEN' and coalesce(p.receiver_id, f.owner_id) <> ${from}),
      'grants', (select count(*) from access_grant where grantee_id = ${from} and ended_at is null),
      'segments', ${segments},
      'customersLeft', ${left('owner_id', 'as_owner')}, 'custodianshipsLeft', ${left('custodian_id', 'as_custodian')},
      'recipients', (select coalesce(json_agg(json_build_object('employeeId', e.id, 'employeeName', e.name,
                       'customers', s.customers, 'custodianships', s.custodianships)
                       order by s.customers desc, s.custodianships desc, e.name, e.id), '[]')
                     from share s join employee e on e.id = s.receiver_id))`,
  );
}
