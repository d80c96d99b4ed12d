import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { requireId } from '../graphql/input-id.ts';
import type { HandoverPreview, HandoverRecipient } from './handover.type.ts';

/** What a handover from this employee would move, in one statement. Errors: NOT_FOUND. */
export async function previewHandover(ctx: Context, fromEmployeeId: string): Promise<HandoverPreview> {
  const id = sql`${requireId('emp', fromEmployeeId, ['fromEmployeeId'])}::uuid`;
  const inFiles = (table: string, condition = 'true') =>
    sql`(select count(*) from ${sql.raw(table)} r join customer f on f.id = r.customer_id where f.owner_id = ${id} and ${sql.raw(condition)})`;
  const preview = await ctx.statements.load(sql`
    select (select json_build_object(
      'customers', (select count(*) from customer where owner_id = ${id} and archived_at is null),
      'archivedCustomers', (select count(*) from customer where owner_id = ${id} and archived_at is not null),
      'contacts', ${inFiles('contact')},
      'openNeeds', ${inFiles('need', `r.status = 'OPEN'`)},
      'openDeals', (select count(*) from deal where owner_id = ${id} and stage = 'OPEN'),
      'followUps', ${inFiles('interaction', 'r.next_step_at > now()')},
      'grants', (select count(*) from access_grant where grantee_id = ${id} and ended_at is null),
      'segments', (select count(*) from segment where owner_id = ${id}))
    from employee where id = ${id})`);
  if (!preview) throw notFound();
  return preview as HandoverPreview;
}

/** Who received how many files in a handover, most first. One statement. */
export const findRecipients = async (ctx: Context, handoverId: string): Promise<HandoverRecipient[]> =>
  (await ctx.statements.load(sql`
    select coalesce(json_agg(json_build_object('employeeId', e.id, 'employeeName', e.name, 'customers', r.customers)
                             order by r.customers desc, e.name), '[]')
    from handover h, jsonb_to_recordset(h.receptions) r ("employeeId" uuid, customers integer), employee e
    where h.id = ${handoverId}::uuid and e.id = r."employeeId"`)) as HandoverRecipient[];
