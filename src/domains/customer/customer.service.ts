import { type SQL, sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { requireInstant } from '../../core/graphql/schema/input-instant.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import type { Attribute } from '../../core/model/attribute.ts';
import type { Row } from '../../core/model/model.types.ts';
import { runRows } from '../../core/model/read.ts';
import { rowsStatement } from '../../core/model/select.ts';
import type { NodeSelection } from '../../core/model/selection.ts';
import { standardNamed } from '../../core/model/standard.ts';
import { isOneOf } from '../../core/model/text-condition.ts';
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
    const at = requireInstant(asOf, ['asOf']);
    const uuid =
      id != null
        ? requireId('cus', id, ['id'])
        : (await findCustomer(ctx, { fileNumber }, { fields: [] }))?.id;
    return uuid === undefined ? null : findCustomerAsOf(ctx, uuid, at, selection);
  }
  const { standard } = customerModel.attributes.get('fileNumber') as Attribute;
  const isNumbered = isOneOf(standardNamed(standard), sql`file_number`, [fileNumber as string]);
  const ids = sql`array(select id from customer where ${isNumbered})`;
  const rows = await runRows(ctx, customerModel, selection, (reading) =>
    rowsStatement(reading, customerModel, selection, ids),
  );
  return rows[0] ?? null;
}
