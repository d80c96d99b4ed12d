import { sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import { findRow, readingOf, runStatement } from '../../core/model/read.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import type { BriefSource } from './customer-brief.type.ts';

/** The brief of a file (UUID), whose lists are read as they are selected; null for a file the viewer cannot see. */
export async function findBrief(ctx: Context, id: string): Promise<BriefSource | null> {
  const { viewer } = readingOf(ctx);
  const [file, last] = await Promise.all([
    findRow(ctx, customerModel, id, { fields: [] }),
    runStatement(
      ctx,
      () => sql`
        select to_json(max(occurred_at)) from interaction
        where customer_id = ${id}::uuid and employee_id = ${viewer.id}::uuid`,
    ),
  ]);
  return file && { id, lastVisitAt: last as string | null };
}
