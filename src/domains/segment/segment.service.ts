import { type SQL, sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import { collectIssues, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { columnOf } from '../../core/model/alias.ts';
import { checkFilter, type Filter } from '../../core/model/filter.ts';
import { findRow, readingOf, runQuery } from '../../core/model/read.ts';
import { type ListScope, pageStatement } from '../../core/model/select.ts';
import { customerModel } from '../customer/customer.model.ts';
import { activeFiles } from '../customer/customer.service.ts';
import { segmentModel } from './segment.model.ts';

/**
 * The rule of a segment that the viewer can see. Errors: NOT_FOUND, BAD_USER_INPUT for an id of another kind, together
 * with the violations of `filter`, which is combined with the segment.
 */
export async function requireSegmentRule(
  ctx: Context,
  id: string,
  path: string[],
  filter?: Filter | null,
): Promise<Filter> {
  const uuid = await collectIssues(
    () => requireId('seg', id, path),
    () => filter && checkCustomerFilter(ctx, filter),
  );
  const row = await findRow(ctx, segmentModel, uuid, { fields: [] });
  if (!row) throw notFound();
  return row.rule as Filter;
}

/** Refuses whatever a query for customers with this filter would refuse. */
export const checkCustomerFilter = (ctx: Context, filter: Filter): Promise<void> =>
  checkFilter((statement) => ctx.statements.load(statement), readingOf(ctx), customerModel, filter);

/** The files that a rule selects for the reader: active ones that they can see, by their own rights. */
export const membersOf = (rule: Filter): ListScope => ({
  filters: [rule],
  where: activeFiles,
  key: 'active',
});

/** How many files a rule selects for the reader. Errors: FORBIDDEN if the rule uses a field they may not read. */
export const countMembers = (ctx: Context, rule: Filter): Promise<number> => countFiles(ctx, membersOf(rule));

/** Whether a rule selects this file for the reader; also false for a file that they cannot see. */
export async function isMember(ctx: Context, rule: Filter, customerId: string): Promise<boolean> {
  const uuid = requireId('cus', customerId, ['customerId']);
  const where = (alias: string): SQL =>
    sql`(${activeFiles(alias)} and ${columnOf(alias, 'id')} = ${uuid}::uuid)`;
  return (await countFiles(ctx, { filters: [rule], where, isOne: true })) > 0;
}

const countFiles = async (ctx: Context, scope: ListScope): Promise<number> => {
  const onlyCount = { node: null, wantsKey: false, wantsMore: false, wantsTotal: true, wantsHead: false };
  const { total } = await runQuery(ctx, (reading) =>
    pageStatement(reading, customerModel, onlyCount, {}, scope),
  );
  return total as number;
};
