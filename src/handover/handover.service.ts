import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { HandoverRecipient } from './handover.type.ts';

/** Who received how much in a handover, most first. One statement. */
export const findRecipients = async (ctx: Context, handoverId: string): Promise<HandoverRecipient[]> =>
  (await ctx.statements.load(sql`
    select coalesce(json_agg(json_build_object('employeeId', e.id, 'employeeName', e.name, 'customers', r.customers,
                       'custodianships', r.custodianships, 'confirmedAt', r.confirmed_at,
                       'state', case when r.confirmed_at is null then 'PENDING' else 'CONFIRMED' end)
                     order by r.customers desc, r.custodianships desc, e.name, e.id), '[]')
    from handover_reception r join employee e on e.id = r.employee_id
    where r.handover_id = ${handoverId}::uuid`)) as HandoverRecipient[];
