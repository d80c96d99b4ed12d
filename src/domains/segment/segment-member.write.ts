import { eq, type SQL, sql } from 'drizzle-orm';
import { asSql, isVisible } from '../../core/access/row-predicates.ts';
import type { Actor } from '../../core/access/write-policy.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';
import { badInput, type Issue } from '../../core/errors.ts';
import { checkId, encodeId } from '../../core/graphql/schema/type-id.ts';
import { compileFilter, type Filter } from '../../core/model/filter.ts';
import { aliases, fileColumnsOf } from '../../core/model/read-context.ts';
import { withSavedFilters } from '../../core/model/saved-filter.ts';
import { missing } from '../../core/validation/fields.ts';
import { customerModel } from '../customer/customer.model.ts';
import { activeFiles } from '../customer/customer.service.ts';
import { type SegmentKind, segmentMember } from './segment.table.ts';

/** Most files on one list. */
const maxListed = 1_000;

interface Membership {
  rule?: object | null;
  customerIds?: string[] | null;
}

/** What defines a new segment's members (ids as UUIDs); whatever its kind does not allow is added to `issues`. */
export function checkMembership(
  kind: SegmentKind,
  input: Membership,
  issues: Issue[],
): { rule: object | null; customerIds: string[] | null } {
  if (kind === 'STATIC') {
    if (input.rule) issues.push(unused('rule'));
    if (!input.customerIds) issues.push(missing(['input', 'customerIds']));
    return {
      rule: null,
      customerIds: input.customerIds ? checkCustomerIds(input.customerIds, issues) : null,
    };
  }
  if (input.customerIds) issues.push(unused('customerIds'));
  if (!input.rule) issues.push(missing(['input', 'rule']));
  return { rule: input.rule ?? null, customerIds: null };
}

/** The same for an update: the kind decides whether the rule or the list can be changed. */
export function checkChange(
  kind: SegmentKind,
  input: Membership,
  issues: Issue[],
): { customerIds: string[] | null } {
  if (input.rule && kind !== 'DYNAMIC') issues.push(unused('rule'));
  if (input.customerIds && kind !== 'STATIC') issues.push(unused('customerIds'));
  return {
    customerIds: input.customerIds && kind === 'STATIC' ? checkCustomerIds(input.customerIds, issues) : null,
  };
}

const unused = (field: string): Issue => ({
  path: ['input', field],
  code: 'NOT_OF_THIS_KIND',
  message: 'This kind of segment has none. (该类型的客户分群不使用此项。)',
});

/** The UUIDs of a list; its violations are added to `issues`. */
export function checkCustomerIds(ids: string[], issues: Issue[]): string[] {
  const path = ['input', 'customerIds'];
  if (ids.length > maxListed) {
    issues.push({
      path,
      code: 'TOO_MANY',
      message: `At most ${maxListed} files. (最多 ${maxListed} 个客户。)`,
    });
    return [];
  }
  return ids.flatMap((id, i) => {
    const { value, problem } = checkId('cus', id);
    if (problem) issues.push({ path: [...path, i], ...problem });
    return value ?? [];
  });
}

/**
 * The rule of a list. The filter that a snapshot was made from is added in a branch that always holds, so that only
 * viewers who may use that filter can use the list.
 */
export const listRule = (id: string, source: Filter | null): Record<string, unknown> => ({
  inSegment: encodeId('seg', id),
  ...(source && { or: [{}, source] }),
});

/** Stores the files that a rule selects for the actor now. */
export async function freezeMembers(
  tx: Database,
  actor: Actor,
  segmentId: string,
  rule: Filter,
): Promise<void> {
  const statement = await withSavedFilters(
    (statement) => queryJson(tx, statement),
    actor,
    (reading) => {
      const next = aliases();
      const alias = next();
      const file = fileColumnsOf(alias);
      const condition = compileFilter(reading, customerModel, rule, alias, file, next);
      return sql`insert into segment_member (segment_id, customer_id) select ${segmentId}::uuid, ${file.id} from customer ${sql.raw(alias)} where ${activeFiles(alias)} and ${seenBy(actor, alias)} and ${condition}`;
    },
  );
  await tx.execute(statement);
}

/** Replaces the list by these files. Errors: BAD_USER_INPUT naming each one that the actor cannot see. */
export async function replaceMembers(
  tx: Database,
  actor: Actor,
  segmentId: string,
  ids: string[],
): Promise<void> {
  await tx.delete(segmentMember).where(eq(segmentMember.segmentId, segmentId));
  if (ids.length === 0) return;
  const listed = await tx.execute<{ customer_id: string }>(
    sql`insert into segment_member (segment_id, customer_id) select ${segmentId}::uuid, t1.id from customer t1 where t1.id = any(${uuids(ids)}) and ${seenBy(actor, 't1')} returning customer_id`,
  );
  const found = new Set([...listed].map((row) => row.customer_id));
  const issues = ids.flatMap((id, i): Issue[] =>
    found.has(id)
      ? []
      : [{ path: ['input', 'customerIds', i], code: 'NOT_FOUND', message: 'Not found. (未找到。)' }],
  );
  if (issues.length > 0) throw badInput(issues);
}

/** Whether these files, and no others, are on the list. */
export const hasMembers = (tx: Database, segmentId: string, ids: string[]): Promise<boolean> =>
  queryJson(
    tx,
    sql`select to_json(array(select customer_id from segment_member where segment_id = ${segmentId}::uuid order by 1)
                       = array(select distinct id from unnest(${uuids(ids)}) id order by 1))`,
  );

const seenBy = (actor: Actor, alias: string): SQL => asSql(isVisible(actor.viewer, fileColumnsOf(alias)));
