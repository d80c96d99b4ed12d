import { type SQL, sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import type { Row } from '../../core/model/model.types.ts';
import { runRows } from '../../core/model/read.ts';
import { rowsStatement } from '../../core/model/select.ts';
import type { NodeSelection } from '../../core/model/selection.ts';
import { customerModel } from './customer.model.ts';
import { findCustomerAsOf } from './customer-as-of.service.ts';

/** Files that are not archived. */
export const activeFiles = (alias: Alias): SQL => sql`${columnOf(alias, 'archived_at')} is null`;

/** Identifies a file by id or number, and the instant to read it as of (now by default). */
export interface CustomerKey {
  id?: string | undefined;
  fileNumber?: string | undefined;
  asOf?: string | undefined;
}

/** One file by number, or as of an instant; null when it does not exist or the viewer cannot see it. */
export async function findCustomer(
  ctx: Context,
  { id, fileNumber, asOf }: CustomerKey,
  selection: NodeSelection,
): Promise<Row | null> {
  if (asOf != null) {
    const uuid =
      id != null
        ? requireId('cus', id, ['id'])
        : (await findCustomer(ctx, { fileNumber }, { fields: [] }))?.id;
    return uuid === undefined ? null : findCustomerAsOf(ctx, uuid, asOf, selection);
  }
  const ids = sql`array(select id from customer where file_number = ${fileNumber}::text)`;
  const rows = await runRows(ctx, customerModel, selection, (reading) =>
    rowsStatement(reading, customerModel, selection, ids),
  );
  return rows[0] ?? null;
}
