import { sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import { unauthenticated } from '../../core/errors.ts';
import { receptionOrder } from './handover.scope.ts';
import type { HandoverRecipient } from './handover.type.ts';

/** How much each receiver of a handover got, largest first. One statement. */
export async function findRecipients(ctx: Context, handoverId: string): Promise<HandoverRecipient[]> {
  if (!ctx.viewer) throw unauthenticated();
  return (await ctx.statements.load(sql`
    select coalesce(json_agg(json_build_object('employeeId', e.id, 'employeeName', e.name, 'customers', r.customers,
                       'custodianships', r.custodianships, 'confirmedAt', r.confirmed_at,
                       'confirmedById', c.id, 'confirmedByName', c.name,
                       'state', case when r.confirmed_at is null then 'PENDING' else 'CONFIRMED' end)
                     order by ${receptionOrder(ctx.viewer, 'e')}), '[]')
    from handover_reception r join employee e on e.id = r.employee_id left join employee c on c.id = r.confirmed_by_id
    where r.handover_id = ${handoverId}::uuid`)) as HandoverRecipient[];
}
