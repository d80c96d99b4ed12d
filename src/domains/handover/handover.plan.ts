import { type SQL, sql } from 'drizzle-orm';
import { fileOwners } from '../../core/access/policy.ts';
import type { Actor } from '../../core/access/write-policy.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { texts } from '../../core/database/rows.ts';
import { badInput, filterAt, type Issue, issuesOf } from '../../core/errors.ts';
import { compileFilter, emptySelection, type Filter } from '../../core/model/filter.ts';
import type { ReadContext } from '../../core/model/model.types.ts';
import { aliases, fileColumnsOf } from '../../core/model/read-context.ts';
import { withSavedFilters } from '../../core/model/saved-filter.ts';
import { customerModel } from '../customer/customer.model.ts';
import { openDelegationsOf } from '../employee/employee.offboarding.ts';

/** Which files go to whom; the first rule that a file matches applies. */
export interface Rule {
  filter: Filter | null;
  /** UUID. */
  toId: string;
}

/**
 * The rows `(customer_id, receiver_id, as_owner, as_custodian, owner_before_id, custodian_before_id, is_archived)` of
 * every file that a handover from an employee moves, as SQL; the preview counts them and the handover applies them. The
 * receiver becomes what the employee was: owner, custodian, or both. Errors: FORBIDDEN for a filter, BAD_USER_INPUT
 * naming the violations of all filters.
 */
export const planOf = (db: Database, actor: Actor, fromId: string, rules: Rule[]): Promise<SQL> =>
  withSavedFilters(
    (statement) => queryJson(db, statement),
    actor,
    (reading) => planIn(reading, fromId, rules),
  );

function planIn(reading: ReadContext, fromId: string, rules: Rule[]): SQL {
  const next = aliases();
  const file = next();
  const issues: Issue[] = [];
  const compiled = (filter: Filter, index: number): SQL => {
    const at = ['input', 'rules', index, 'filter'];
    try {
      const condition = compileFilter(reading, customerModel, filter, file, fileColumnsOf(file), next);
      const empty = emptySelection(reading, customerModel, filter, at);
      if (empty) issues.push(empty);
      return condition;
    } catch (error) {
      const found = issuesOf(error);
      if (!found) throw error;
      issues.push(...filterAt(at, found));
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

/**
 * Runs a plan once and returns its rows as SQL, so that what is counted, recorded and moved are the same rows. One
 * statement.
 */
export async function readPlan(db: Database, plan: SQL): Promise<SQL> {
  const rows = await queryJson<object[]>(db, sql`select coalesce(json_agg(plan), '[]') from (${plan}) plan`);
  return sql`select * from json_to_recordset(${JSON.stringify(rows)}::json) read_plan (customer_id uuid, receiver_id uuid,
    as_owner boolean, as_custodian boolean, owner_before_id uuid, custodian_before_id uuid, is_archived boolean)`;
}

/** How much one employee receives. */
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
  coOwnerships: number;
  delegations: number;
  segments: number;
  customersLeft: number;
  custodianshipsLeft: number;
  dealsLeft: number;
  activeCustomersLeft: number;
  activeCustodianshipsLeft: number;
  /** A digest that differs whenever anything that is moved or left differs. */
  state: string;
  /** File numbers of the first few files whose open deals would go to an owner who can own none. */
  filesInTheWay: string[];
  recipients: Share[];
}

/** Counts what a plan moves, including what moves along with the files. One statement. */
export function effectOf(
  db: Database,
  plan: SQL,
  { fromId, segmentsToId, isLeaving }: { fromId: string; segmentsToId: string | null; isLeaving: boolean },
): Promise<Effect> {
  const from = sql`${fromId}::uuid`;
  const inFiles = (table: string, condition = 'true') =>
    sql`(select count(*) from ${sql.raw(table)} r join plan p on p.customer_id = r.customer_id and p.as_owner where ${sql.raw(condition)})`;
  const planned = (condition: string) => sql`(select count(*) from plan where ${sql.raw(condition)})`;
  const left = (column: string, moved: string, condition = 'true') => sql`(select count(*) from customer f
    where f.${sql.raw(column)} = ${from} and ${sql.raw(condition)}
      and not exists (select from plan p where p.customer_id = f.id and p.${sql.raw(moved)}))`;
  const areSegmentsMoved = segmentsToId !== null && segmentsToId !== fromId;
  const ofFrom = (columns: string, rows: string, condition: SQL) => sql`(
    select json_agg(json_build_array(${sql.raw(columns)}) order by r.id) from ${sql.raw(rows)} where ${condition})`;
  const isGrant = sql`r.grantee_id = ${from} and r.ended_at is null`;
  const isDelegation = openDelegationsOf(fromId, isLeaving);
  const isCoOwner = sql`r.employee_id = ${from}`;
  const isSegment = sql`r.owner_id = ${from} and ${areSegmentsMoved}::boolean`;
  const state = sql`json_build_array(
    ${ofFrom('r.id, r.version, p.receiver_id', 'customer r left join plan p on p.customer_id = r.id', sql`r.owner_id = ${from} or r.custodian_id = ${from}`)},
    ${ofFrom('r.id, r.version, r.next_owner_id', 'open_deal r', sql`true`)},
    ${ofFrom('r.id', 'access_grant r', isGrant)},
    ${ofFrom('r.id', '(select customer_id as id, employee_id from customer_coowner) r', isCoOwner)},
    (select json_agg(id order by id) from delegation where ${isDelegation}), ${ofFrom('r.id, r.version', 'segment r', isSegment)},
    ${areSegmentsMoved ? segmentsToId : null}::text)`;
  return queryJson(
    db,
    sql`with plan as materialized (${plan}), share as (
      select receiver_id, count(*) filter (where as_owner) as customers, count(*) filter (where as_custodian) as custodianships
      from plan group by receiver_id
    ), open_deal as (
      select d.id, d.version, f.file_number, coalesce(p.receiver_id, f.owner_id) as next_owner_id
      from deal d join customer f on f.id = d.customer_id left join plan p on p.customer_id = d.customer_id and p.as_owner
      where d.owner_id = ${from} and d.stage = 'OPEN'
    ), in_the_way as (
      select distinct d.file_number from open_deal d join employee o on o.id = d.next_owner_id
      where o.id <> ${from} and (o.disabled_at is not null or o.role <> all(${texts(fileOwners)}))
      order by d.file_number limit 10
    )
    select json_build_object(
      'customers', ${planned('as_owner')}, 'archivedCustomers', ${planned('as_owner and is_archived')},
      'custodianships', ${planned('as_custodian')}, 'contacts', ${inFiles('contact')},
      'openNeeds', ${inFiles('need', `r.status = 'OPEN'`)}, 'followUps', ${inFiles('interaction', 'r.next_step_at > business_now()')},
      'deals', (select count(*) from open_deal where next_owner_id <> ${from}),
      'dealsLeft', (select count(*) from open_deal where next_owner_id = ${from}),
      'grants', (select count(*) from access_grant r where ${isGrant}),
      'delegations', (select count(*) from delegation where ${isDelegation}),
      'coOwnerships', (select count(*) from customer_coowner r where ${isCoOwner}),
      'segments', (select count(*) from segment r where ${isSegment}),
      'customersLeft', ${left('owner_id', 'as_owner')}, 'custodianshipsLeft', ${left('custodian_id', 'as_custodian')},
      'activeCustomersLeft', ${left('owner_id', 'as_owner', 'f.archived_at is null')},
      'activeCustodianshipsLeft', ${left('custodian_id', 'as_custodian', 'f.archived_at is null')},
      'state', encode(sha256(convert_to(${state}::text, 'UTF8')), 'hex'),
      'filesInTheWay', (select coalesce(json_agg(file_number), '[]') from in_the_way),
      'recipients', (select coalesce(json_agg(json_build_object('employeeId', e.id, 'employeeName', e.name,
                       'customers', s.customers, 'custodianships', s.custodianships)
                       order by s.customers desc, s.custodianships desc, e.name, e.id), '[]')
                     from share s join employee e on e.id = s.receiver_id))`,
  );
}
