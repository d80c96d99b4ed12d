import { type SQL, sql } from 'drizzle-orm';
import { noteUse } from '../../core/access/access-log-port.ts';
import { pseudonymousRoles } from '../../core/access/policy.ts';
import {
  type Declared,
  type FileColumns,
  requireReadable,
  visibleFiles,
} from '../../core/access/row-predicates.ts';
import { columnOf, currencyColumn } from '../../core/model/alias.ts';
import { compileFilter, type Filter } from '../../core/model/filter.ts';
import type { ReadContext } from '../../core/model/model.types.ts';
import { aliases, all, fileColumnsOf, readableOn } from '../../core/model/read-context.ts';
import { isOneOf } from '../../core/model/text-condition.ts';
import { tagStandard } from '../../core/validation/text-standard.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { activeFiles } from '../../domains/customer/customer.service.ts';
import { type Dimension, tagAlias } from './dimension.ts';
import { aggregateOf, inParts, type MeasuredNumber, type MeasureFunction } from './measure.ts';

/** Most groups of one statistic. */
export const maxGroups = 10_000;

export interface Measure {
  name: string;
  of: MeasureFunction;
  number: MeasuredNumber;
  /** Restricts the needs or deals measured. */
  where: Filter | null;
  /** Of an amount of money: the currency it is in, which the rows measured are. */
  currency: string | null;
}

export interface StatsQuery {
  /** All must hold. */
  filters: Filter[];
  dimensions: Dimension[];
  tagFacet: string | null;
  measures: Measure[];
}

/** One group of a source, or its total (`whole`). */
export interface RawCell {
  whole: boolean;
  keys: (string | null)[];
  count: number;
  measures: (string | null)[];
}

export interface RawStats {
  /** The list of the files' own numbers, followed by one list per measure of needs or deals, in order. */
  cells: RawCell[][];
  names: Record<string, string> | null;
}

/**
 * The statement of a statistic, which returns one JSON value {@link RawStats}.
 *
 * If the viewer may read a field on some files only, it counts as null on the others, as in a list.
 *
 * @throws FORBIDDEN for a field that is withheld by role.
 */
export function statsStatement(reading: ReadContext, query: StatsQuery): SQL {
  const next = aliases();
  const file = next();
  const columns = fileColumnsOf(file);
  const { dimensions, measures, tagFacet } = query;
  const own = measures.filter(({ number }) => number.relation === null);
  const related = measures.filter(({ number }) => number.relation !== null);
  const byTag = dimensions.findIndex(({ name }) => name === 'TAG');

  const readableValue = (through: readonly Declared[], { name, field }: Named, value: SQL): SQL => {
    const byRow = rightsByRow(reading, through, { name, field }, columns);
    return byRow.length === 0 ? value : sql`case when ${all(byRow)} then ${value} end`;
  };
  const conditions = query.filters.map((filter) =>
    compileFilter({ ...reading, atOnce: true }, customerModel, filter, file, columns, next),
  );
  const selected = [sql`${columnOf(file, 'id')} as id`, sql`${columnOf(file, 'owner_id')} as owner_id`];
  dimensions.forEach((dimension, i) => {
    if (i === byTag) {
      requireReadable(reading.viewer, dimension, dimension.name);
      return;
    }
    const value = dimension.value(file, reading.timeZone);
    selected.push(sql`${readableValue([dimension], dimension, value)} as ${raw(`d${i}`)}`);
  });
  own.forEach(({ number }, i) => {
    const value = sql`${columnOf(file, number.attribute.column.name)}::numeric`;
    selected.push(sql`${readableValue(number.through, nameOf(number), value)} as ${raw(`n${i}`)}`);
  });

  const visible = visibleFiles(reading.viewer, columns);
  const rows = [activeFiles(file), ...conditions];
  if (visible !== true) rows.push(visible === false ? sql`false` : visible);
  const tagJoin = sql` left join (select ct.customer_id, tag.value from customer_tag ct join tag on tag.id = ct.tag_id where ${ofFacet(tagFacet)}) ${raw(tagAlias)} on ${raw(tagAlias)}.customer_id = file.id`;
  const tagColumn = sql`, ${raw(tagAlias)}.value as ${raw(`d${byTag}`)}`;

  const keys = dimensions.map((_, i) => raw(`d${i}`));
  const ownValues = own.map(({ of }, i) => ({ of, number: raw(`n${i}`) }));
  const lists = [cellsOf(keys, byTag >= 0, (source) => sql`from ${raw(source)}`, ownValues)];
  for (const { of, number, where, currency } of related) {
    const row = next();
    const counted = where ? [compileFilter(reading, number.model, where, row, fileColumnsOf('c'), next)] : [];
    counted.push(...rightsByRow(reading, number.through, nameOf(number), fileColumnsOf('c')));
    const currencyIn = currencyColumn(number.attribute, row);
    if (currencyIn) counted.push(sql`${currencyIn} = ${currency}::text`);
    const value = sql`${columnOf(row, number.attribute.column.name)}::numeric`;
    const on = (number.relation as NonNullable<typeof number.relation>).on('c', row);
    const from = (source: string) =>
      sql`from ${raw(source)} c join ${raw(`"${number.model.tableName}" ${row}`)} on ${on} and ${all(counted)}`;
    lists.push(cellsOf(keys, byTag >= 0, from, [{ of, number: value }]));
  }
  const staff = dimensions.some(({ names }) => names === 'employee' || names === 'team');
  // Roles that see only the ids of colleagues get the names of teams only.
  const employees = pseudonymousRoles.includes(reading.viewer.role)
    ? sql``
    : sql` union all select id, name from employee`;
  const names = staff
    ? sql`(select json_object_agg(id, name) from (select id, name from team${employees}) staff)`
    : sql`null`;
  const cell = byTag < 0 ? sql`` : sql`, cell as (select file.*${tagColumn} from file${tagJoin})`;
  // Not materialized: otherwise a million rows would be written out first and then read by a single worker.
  return sql`with file as not materialized (select ${sql.join(selected, sql`, `)} from customer ${raw(file)} where ${all(rows)})${cell}
    select json_build_object('cells', json_build_array(${sql.join(lists, sql`, `)}), 'names', ${names})`;
}

const ofFacet = (facet: string | null): SQL =>
  facet === null ? sql`tag.facet is null` : isOneOf(tagStandard, sql`tag.facet`, [facet]);

/** A number's or dimension's name in the API, and its declared field. */
interface Named {
  name: string;
  field: string;
}

const nameOf = ({ name, model, attribute }: MeasuredNumber): Named => ({
  name,
  field: `${model.name}.${attribute.field}`,
});

/** The conditions under which a value may be read on a row. Errors: FORBIDDEN where the role may read it on none. */
function rightsByRow(
  reading: ReadContext,
  through: readonly Declared[],
  { name, field }: Named,
  columns: FileColumns,
): SQL[] {
  const rights = through.map((one) => {
    requireReadable(reading.viewer, one, name);
    noteUse(reading.shape?.uses, one.access, field);
    return readableOn(reading, one, columns);
  });
  return rights.filter((right): right is SQL => typeof right === 'object');
}

/**
 * The groups and the total of one source, as JSON cells.
 *
 * The rows are aggregated into groups and these into the total. If a number cannot be combined from parts (a median),
 * both are computed from the rows; if a file is in several groups, the total is computed from the files themselves.
 */
function cellsOf(
  keys: SQL[],
  several: boolean,
  from: (source: string) => SQL,
  values: { of: MeasureFunction; number: SQL }[],
): SQL {
  const count = sql`count(*)`;
  const direct = { count, values: values.map(({ of, number }) => aggregateOf(of, number)) };
  const limit = sql`limit ${maxGroups + 2}::int`;
  const names = sql.join(keys, sql`, `);
  const cells = (groups: SQL) => sql`(select coalesce(json_agg(x), '[]') from (${groups}) cells)`;
  const total = sql`select ${cellJson(sql`true`, [], direct)} as x ${from('file')}`;
  if (keys.length === 0) return cells(total);
  if (several) {
    const groups = sql`select ${cellJson(sql`false`, keys, direct)} as x ${from('cell')} group by ${names} ${limit}`;
    return cells(sql`(${groups}) union all (${total})`);
  }
  const both = (numbers: CellNumbers, source: SQL) =>
    cells(
      sql`select ${cellJson(sql`grouping(${names}) > 0`, keys, numbers)} as x ${source} group by grouping sets ((${names}), ()) ${limit}`,
    );
  const split = values.map(({ of, number }, i) => inParts(of, number, `m${i}`));
  if (split.includes(null)) return both(direct, from('file'));
  const halves = split.filter((half) => half !== null);
  const columns = [...keys, sql`${count} as files`, ...halves.map(({ part }) => part)];
  const merged = { count: sql`coalesce(sum(files), 0)`, values: halves.map(({ whole }) => whole) };
  return both(
    merged,
    sql`from (select ${sql.join(columns, sql`, `)} ${from('file')} group by ${names}) grouped`,
  );
}

/** The numbers of a cell, each an aggregate expression. */
interface CellNumbers {
  count: SQL;
  values: SQL[];
}

function cellJson(whole: SQL, keys: SQL[], { count, values }: CellNumbers): SQL {
  const array = (items: SQL[]) => sql`json_build_array(${sql.join(items, sql`, `)})`;
  return sql`json_build_object('whole', ${whole}, 'keys', ${array(keys)}, 'count', ${count}, 'measures', ${array(values)})`;
}

const raw = (text: string): SQL => sql.raw(text);
