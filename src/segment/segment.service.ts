import { type SQL, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { customerModel } from '../customer/customer.model.ts';
import { activeFiles } from '../customer/customer.service.ts';
import { notFound } from '../errors.ts';
import { requireId } from '../graphql/input-id.ts';
import type { Filter } from '../model/filter.ts';
import { columnOf } from '../model/model.ts';
import { ask, findRow } from '../model/read.ts';
import { type ListScope, pageStatement } from '../model/select.ts';
import { segmentModel } from './segment.model.ts';

/** The rule of a segment the viewer may see. Errors: BAD_USER_INPUT for an id of another kind, NOT_FOUND. */
export async function requireSegmentRule(ctx: Context, id: string, path: string[]): Promise<Filter> {
  const row = await findRow(ctx, segmentModel, requireId('seg', id, path), { fields: [] });
  if (!row) throw notFound();
  return row.rule as Filter;
}

/** The files a rule selects among those the reader may see: active ones, by the reader's own rights. */
export const membersOf = (rule: Filter): ListScope => ({
  filters: [rule],
  where: activeFiles,
  key: 'active',
});

/** How many files a rule selects for the reader. Errors: FORBIDDEN when the rule asks what they may not read. */
export const countMembers = (ctx: Context, rule: Filter): Promise<number> => countFiles(ctx, membersOf(rule));

/** Whether a rule selects this file for the reader; false too for a file they cannot see. */
export async function isMember(ctx: Context, rule: Filter, customerId: string): Promise<boolean> {
  const uuid = requireId('cus', customerId, ['customerId']);
  const where = (alias: string): SQL =>
    sql`(${activeFiles(alias)} and ${columnOf(alias, 'id')} = ${uuid}::uuid)`;
  return (await countFiles(ctx, { filters: [rule], where, isOne: true })) > 0;
}

const countFiles = async (ctx: Context, scope: ListScope): Promise<number> => {
  const onlyCount = { node: null, wantsKey: false, wantsMore: false, wantsTotal: true, wantsHead: false };
  const { total } = await ask(ctx, (reading) => pageStatement(reading, customerModel, onlyCount, {}, scope));
  return total as number;
};
