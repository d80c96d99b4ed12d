import { type SQL, sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import { columnOf } from '../../core/model/alias.ts';
import { millisecondOf } from '../../core/model/instant-condition.ts';
import type { Row } from '../../core/model/model.types.ts';
import { runRows } from '../../core/model/read.ts';
import { linkedRelations, partModels } from '../../core/model/registry.ts';
import { rowsStatement } from '../../core/model/select.ts';
import type { NodeSelection } from '../../core/model/selection.ts';
import { customerModel } from './customer.model.ts';

/**
 * A file with all its parts as they were at an instant, under the viewer's present rights; null when it does not exist,
 * is not visible to the viewer, or had not been opened yet. One statement, or two where a filter refers to a segment.
 *
 * Today's rows are taken and the later changes in the history undone, so rows deleted since appear again. Employees and
 * tags themselves are as they are today, and so are fields without history.
 */
export async function findCustomerAsOf(
  ctx: Context,
  customerId: string,
  at: string,
  selection: NodeSelection,
): Promise<Row | null> {
  const rows = await runRows(ctx, customerModel, selection, (reading) => {
    const ids = sql`array[${customerId}::uuid]`;
    const query = rowsStatement(reading, customerModel, selection, ids, presentOwner);
    return { ...query, statement: sql`with ${tablesAt(customerId, at)} ${query.statement}` };
  });
  return rows[0] ?? null;
}

const presentOwner = (alias: string) => ({
  id: columnOf(alias, 'id'),
  ownerId: columnOf(alias, 'present_owner_id'),
});

/** Tables whose rows are read as they were at the instant, besides `customer`. */
export const asOfTables = (): string[] => [
  ...partTables(),
  ...linkedRelations().map(({ link }) => link.tableName),
];
const partTables = (): string[] => partModels().map(({ tableName }) => tableName);

/**
 * Common table expressions that shadow the tables of the same names, so that the rest of the statement reads the rows
 * of that instant without any change to it.
 */
function tablesAt(customerId: string, at: string): SQL {
  const file = sql`${customerId}::uuid`;
  // What is shown of the instant, its millisecond, includes all that happened in it.
  const { until } = millisecondOf(at);
  const parts = partModels().map(({ tableName: table, attributes }) => {
    // The history has no sort keys: they follow from the texts.
    const sortKeys = [...attributes.values()].flatMap(({ column, orderedBy }) =>
      orderedBy ? [sql`, ${orderedBy.name}::text, sort_key(rows.fields ->> ${column.name}::text)`] : [],
    );
    const stamps = sql`select jsonb_build_object('version', count(distinct version), 'updated_at', max(occurred_at)${sql.join(sortKeys)}) as fields
      from file_line where subject = ${table}::text and subject_id = rows.id and occurred_at < ${until}`;
    return sql`${sql.raw(table)} as (
      select r.* from ${rowsAt(table, 'id', 'customer_id', file)} rows
      cross join lateral (${stamps}) stamp
      cross join lateral jsonb_populate_record(null::${sql.raw(table)}, rows.fields || stamp.fields) r)`;
  });
  const links = linkedRelations().map(({ link: { tableName: table, fileColumn, targetColumn } }) => {
    return sql`${sql.raw(table)} as (
      select r.* from ${rowsAt(table, targetColumn, fileColumn, file)} rows
      cross join lateral jsonb_populate_record(null::${sql.raw(table)}, rows.fields) r)`;
  });
  return sql`file_line as materialized (
      select * from file_history where customer_id = ${file}
    ), later_change as materialized (
      select * from file_line where occurred_at >= ${until}
    ), file_figure as (
      -- What the figures were then is not kept.
      select * from public.file_figure where false
    ), ${sql.join([...parts, ...links], sql`, `)}, customer as (
      select r.*, rows.present_owner_id from (
        select past.*, (select owner_id from customer where id = ${file}) as present_owner_id
        from ${rowsAt('customer', 'id', 'id', file)} past) rows
      cross join lateral (
        select jsonb_build_object('version', max(version), 'last_interaction_at', (select max(occurred_at) from interaction),
                                  'updated_at', coalesce(max(occurred_at) filter (
                                    where source <> 'SYSTEM' and subject not in ('access_grant', 'delegation')), min(occurred_at))) as fields
        from file_line where occurred_at < ${until}) stamp
      cross join lateral jsonb_populate_record(null::customer, rows.fields || stamp.fields) r)`;
}

/**
 * The rows `(id, fields)` of one table as they were. Whether a row existed follows from its first later INSERT or
 * DELETE in the history: inserted later, it did not; deleted later, it did. Each field then gets the value it had
 * before its first later change.
 */
const rowsAt = (table: string, key: string, fileColumn: string, file: SQL): SQL => {
  const subject = sql`${table}::text`;
  return sql`(
    select coalesce(present.id, turned.subject_id) as id,
           coalesce(turned.old_value, present.fields) || coalesce(undone.fields, '{}') as fields
    from (select ${sql.raw(key)} as id, to_jsonb(p) as fields from ${sql.raw(table)} p where ${sql.raw(fileColumn)} = ${file}) present
    full join (
      select distinct on (subject_id) subject_id, operation, old_value, version from later_change
      where subject = ${subject} and field is null order by subject_id, version, id) turned on turned.subject_id = present.id
    left join lateral (
      select jsonb_object_agg(field, old_value) as fields from (
        select distinct on (field) field, old_value from later_change
        where subject = ${subject} and subject_id = coalesce(present.id, turned.subject_id) and field is not null
          and (turned.version is null or version < turned.version) and field <> all (overwritten_columns(${subject}))
        order by field, version, id) first_change) undone on true
    where turned.operation is distinct from 'INSERT')`;
};
