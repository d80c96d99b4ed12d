import { type SQL, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { requireId } from '../graphql/input-id.ts';
import { type Alias, columnOf, type Row } from '../model/model.ts';
import { findRow, runStatement } from '../model/read.ts';
import { rowsStatement } from '../model/select.ts';
import type { NodeSelection } from '../model/selection.ts';
import { customerModel } from './customer.model.ts';

/** Files that are not archived. */
export const activeFiles = (alias: Alias): SQL => sql`${columnOf(alias, 'archived_at')} is null`;

/** One file by id or number, or null when it is not there or not the viewer's. */
export async function findCustomer(
  ctx: Context,
  { id, fileNumber }: { id?: string | undefined; fileNumber?: string | undefined },
  selection: NodeSelection,
): Promise<Row | null> {
  if (id != null) return findRow(ctx, customerModel, requireId('cus', id, ['id']), selection);
  const ids = sql`array(select id from customer where file_number = ${fileNumber}::text)`;
  const rows = (await runStatement(ctx, (reading) =>
    rowsStatement(reading, customerModel, selection, ids),
  )) as Row[];
  return rows[0] ?? null;
}
