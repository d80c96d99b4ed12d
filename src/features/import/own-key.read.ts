import { sql } from 'drizzle-orm';
import type { Role } from '../../core/access/role.ts';
import type { Database } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';
import { checkId, type IdPrefix } from '../../core/graphql/schema/type-id.ts';
import type { Attribute } from '../../core/model/attribute.ts';
import { labelOf } from '../../core/model/label.ts';
import { allModels } from '../../core/model/registry.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { customer } from '../../domains/customer/customer.table.ts';
import { employee } from '../../domains/employee/employee.table.ts';
import type { Referent } from './external-key.write.ts';
import { columnKey, type Source } from './mapping.types.ts';
import type { RecordType, RecordTypeName } from './record-type.ts';

/** The headings under which an export, or a person, lists the numbers of files. */
const numberHeadings = (): Set<string> => {
  const { field, description } = customerModel.attributes.get('fileNumber') as Attribute;
  const { ZH, EN } = labelOf(field, description);
  return new Set([field, ZH, EN].map((heading) => columnKey(heading).toLowerCase()));
};

/** Whether a source is nothing but a column of file numbers. */
const isNumber = ({ parts: [first, ...others] }: Source): boolean =>
  others.length === 0 &&
  first !== undefined &&
  'column' in first &&
  numberHeadings().has(columnKey(first.column).toLowerCase());

/**
 * The ids of rows by keys that are this system's own, as an export lists them: an id (`con_…`), or in a column of this name
 * the number of a file. An id is known whether its row is still there or not. At most one statement.
 */
export async function findOwnIds(
  tx: Database,
  recordType: RecordTypeName,
  source: Source,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const prefix = allModels().find(({ tableName }) => tableName === recordType)?.prefix as IdPrefix;
  const found = new Map<string, string>();
  for (const key of keys) {
    const id = key.startsWith(`${prefix}_`) ? checkId(prefix, key).value : undefined;
    if (id !== undefined) found.set(key, id);
  }
  const others = keys.filter((key) => !found.has(key));
  if (recordType !== 'customer' || others.length === 0 || !isNumber(source)) return found;
  const numbered = await tx.execute<{ key: string; id: string }>(sql`
    select key, id from jsonb_array_elements_text(${JSON.stringify(others)}::text::jsonb) as given (key)
      join ${customer} on file_number = upper(key)`);
  for (const { key, id } of numbered) found.set(key, id);
  return found;
}

/**
 * Rows that a reference names by what this system knows them by: files as in {@link findOwnIds}, employees by id, e-mail
 * address or, where no other has it, by name. Employees stay locked, as those found by external keys.
 */
export async function findOwnReferents(
  tx: Database,
  { name: to, table }: Pick<RecordType, 'name' | 'table'>,
  source: Source,
  keys: readonly string[],
): Promise<Map<string, Referent>> {
  if (keys.length === 0) return new Map();
  const ids = await findOwnIds(tx, to, source, keys);
  if (to !== 'employee') {
    const there = await tx.execute<{ id: string }>(
      sql`select id from ${table} where id = any(${uuids([...ids.values()])})`,
    );
    const isThere = new Set(there.map(({ id }) => id));
    const kept = [...ids].filter(([, id]) => isThere.has(id));
    return new Map(kept.map(([key, id]) => [key, { id, isActive: true, role: null }]));
  }
  const rows = await tx.execute<{ id: string; email: string; name: string; role: Role; active: boolean }>(sql`
    select id, lower(email) as email, name, role, disabled_at is null as active from ${employee}
    where id = any(${uuids([...ids.values()])})
       or lower(email) in (select lower(key) from jsonb_array_elements_text(${JSON.stringify(keys)}::text::jsonb) as given (key))
       or name in (select key from jsonb_array_elements_text(${JSON.stringify(keys)}::text::jsonb) as given (key))
    order by id for share of employee`);
  const found = new Map<string, Referent>();
  for (const key of keys) {
    const named = rows.filter(({ name }) => name === key);
    const active = named.filter((row) => row.active);
    const row =
      rows.find(({ id, email }) => id === ids.get(key) || email === key.toLowerCase()) ??
      (active.length > 0 ? sole(active) : sole(named));
    if (row) found.set(key, { id: row.id, isActive: row.active, role: row.role });
  }
  return found;
}

const sole = <T>(rows: readonly T[]): T | undefined => (rows.length === 1 ? rows[0] : undefined);
