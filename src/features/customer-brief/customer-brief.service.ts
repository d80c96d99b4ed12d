import { sql } from 'drizzle-orm';
import { asSql, readable } from '../../core/access/row-predicates.ts';
import type { Context } from '../../core/context.ts';
import { findRow, readingOf, runStatement } from '../../core/model/read.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import type { BriefSource } from './customer-brief.type.ts';

/** The brief of a file (UUID), whose lists are read as they are selected; null for a file the viewer cannot see. */
export async function findBrief(ctx: Context, id: string): Promise<BriefSource | null> {
  const { viewer } = readingOf(ctx);
  const [file, found] = await Promise.all([
    findRow(ctx, customerModel, id, { fields: [] }),
    runStatement(
      ctx,
      () => sql`
        select json_build_object('lastVisitAt', (select max(occurred_at) from interaction
                                                  where customer_id = f.id and employee_id = ${viewer.id}::uuid),
                                 'readsBusiness', ${asSql(readable(viewer, 'business', fileColumnsOf('f')))})
        from customer f where f.id = ${id}::uuid`,
    ),
  ]);
  return file && { id, ...(found as Omit<BriefSource, 'id'>) };
}
