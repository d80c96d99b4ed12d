import { type SQL, sql } from 'drizzle-orm';
import { noteUse } from '../../core/access/access-log-port.ts';
import { asSql } from '../../core/access/row-predicates.ts';
import type { Context } from '../../core/context.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { requireInstant } from '../../core/graphql/schema/input-instant.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import type { Attribute } from '../../core/model/attribute.ts';
import type { ReadContext, Row } from '../../core/model/model.types.ts';
import { runRows } from '../../core/model/read.ts';
import { fileColumnsOf, readableOn } from '../../core/model/read-context.ts';
import { rowsStatement } from '../../core/model/select.ts';
import type { NodeSelection } from '../../core/model/selection.ts';
import { standardNamed } from '../../core/model/standard.ts';
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
  const rows = await runRows(ctx, customerModel, selection, (reading) =>
    rowsStatement(reading, customerModel, selection, numbered(reading, fileNumber as string)),
  );
  return rows[0] ?? null;
}

/** The file of a file number; of any other, the one that has it as its archive number or had it, for who reads that. */
function numbered(reading: ReadContext, written: string): SQL {
  const { standard } = customerModel.attributes.get('fileNumber') as Attribute;
  const [number = ''] = standardNamed(standard).whole(written);
  const byNumber = sql`select id from customer where file_number = ${number}::text`;
  const alias: Alias = 'numbered';
  const right = readableOn(reading, { access: 'contact', text: 'IDENTIFYING' }, fileColumnsOf(alias));
  if (fileNumberFormat.test(number) || right === false) return sql`array(${byNumber})`;
  noteUse(reading.shape?.uses, 'contact', 'Customer.archiveNumber');
  noteUse(reading.shape?.uses, 'contact', 'Customer.formerNumbers');
  const id = columnOf(alias, 'id');
  const former = sql`select customer_id from cancelled_number where number = ${number}::text`;
  return sql`array(${byNumber} union all select ${id} from customer ${sql.raw(alias)}
    where (${columnOf(alias, 'archive_number')} = ${number}::text or ${id} = (${former})) and ${asSql(right)})`;
}

/** `new_file_number()`. */
const fileNumberFormat = /^CF\d{8,}$/;
