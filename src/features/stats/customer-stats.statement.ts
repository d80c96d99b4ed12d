import { type SQL, sql } from 'drizzle-orm';
import { noteUse } from '../../core/access/access-log-port.ts';
import { pseudonymousRoles } from '../../core/access/policy.ts';
import {
  type Declared,
  type FileColumns,
  requireReadable,
  visibleFiles,
} from '../../core/access/row-predicates.ts';
import { type Alias, columnOf, currencyColumn } from '../../core/model/alias.ts';
import { attributeValue } from '../../core/model/attribute-value.ts';
import { compileFilter, type Filter } from '../../core/model/filter.ts';
import type { ReadContext } from '../../core/model/model.types.ts';
import { aliases, all, fileColumnsOf, readableOn } from '../../core/model/read-context.ts';
import { isOneOf } from '../../core/model/text-condition.ts';
import { tagStandard } from '../../core/validation/text-standard.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { activeFiles } from '../../domains/customer/customer.service.ts';
import { type Dimension, tagAlias } from './dimension.ts';
import { aggregateOf, fieldOf, inParts, type MeasuredNumber, type MeasureFunction } from './measure.ts';

/** Most groups of one statistic. */
export const maxGroups = 10_000;

export interface Measure {
  name: string;
  of: MeasureFunction;
  number: MeasuredNumber;
  /** Restricts the needs or deals measured. */
  where: Filter | null;
  /** For an amount of money: its currency. Only rows in this currency are measured. */
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
  const { dimensions, measures, tagFacet } = query;
  const own = measures.filter(({ number }) => number.relation === null);
  const related = measures.filter(({ number }) => number.relation !== null);
  const byTag = dimensions.findIndex(({ name }) => name === 'TAG');
  const files = filesOf(reading, query, own, file, next);
  const keys = dimensions.map((_, i) => raw(`d${i}`));
  const ownValues = own.map(({ of }, i) => ({ of, number: raw(`n${i}`) }));
  const lists = [
    cellsOf(keys, byTag >= 0, (source) => sql`from ${raw(source)}`, ownValues),
    ...related.map((measure) => relatedCells(reading, measure, keys, byTag >= 0, next)),
  ];
  const cell = byTag < 0 ? sql`` : sql`, cell as (${cellsByTag(tagFacet, byTag)})`;
  // Not materialized: otherwise a million rows would be written out first and then read by a single worker.
  return sql`with file as not materialized (${files})${cell}
    select json_build_object('cells', json_build_array(${sql.join(lists, sql`, `)}), 'names', ${staffNames(reading, dimensions)})`;
}

/** The files that are counted, with their keys (`d0` …) and their own numbers (`n0` …). */
function filesOf(
  reading: ReadContext,
  { filters, dimensions }: StatsQuery,
  own: Measure[],
  file: Alias,
  next: () => Alias,
): SQL {
  const columns = fileColumnsOf(file);
  const readableValue = (through: readonly Declared[], field: string, value: SQL): SQL => {
    const byRow = rightsByRow(reading, through, field, columns);
    return byRow.length === 0 ? value : sql`case when ${all(byRow)} then ${value} end`;
  };
  const conditions = filters.map((filter) =>
    compileFilter({ ...reading, atOnce: true }, customerModel, filter, file, columns, next),
  );
  const selected = [sql`${columnOf(file, 'id')} as id`, sql`${columnOf(file, 'owner_id')} as owner_id`];
  dimensions.forEach((dimension, i) => {
    // A tag is no column of its file: see cellsByTag.
    if (dimension.name === 'TAG') {
      requireReadable(reading.viewer, dimension, dimension.field);
      return;
    }
    const value = dimension.value(file, reading.timeZone);
    selected.push(sql`${readableValue([dimension], dimension.field, value)} as ${raw(`d${i}`)}`);
  });
  own.forEach(({ number }, i) => {
    const value = sql`${attributeValue(reading, number.attribute, file)}::numeric`;
    selected.push(sql`${readableValue(number.through, fieldOf(number), value)} as ${raw(`n${i}`)}`);
  });
  const visible = visibleFiles(reading.viewer, columns);
  const rows = [activeFiles(file), ...conditions];
  if (visible !== true) rows.push(visible === false ? sql`false` : visible);
  return sql`select ${sql.join(selected, sql`, `)} from customer ${raw(file)} where ${all(rows)}`;
}

/** The files once for each of their tags, or once without. */
const cellsByTag = (tagFacet: string | null, key: number): SQL =>
  sql`select file.*, ${raw(tagAlias)}.value as ${raw(`d${key}`)} from file left join (select ct.customer_id, tag.value from customer_tag ct join tag on tag.id = ct.tag_id where ${ofFacet(tagFacet)}) ${raw(tagAlias)} on ${raw(tagAlias)}.customer_id = file.id`;

/** The cells of a number that is in rows of the file, such as its deals. */
function relatedCells(
  reading: ReadContext,
  { of, number, where, currency }: Measure,
  keys: SQL[],
  several: boolean,
  next: () => Alias,
): SQL {
  const row = next();
  const counted = where ? [compileFilter(reading, number.model, where, row, fileColumnsOf('c'), next)] : [];
  counted.push(...rightsByRow(reading, number.through, fieldOf(number), fileColumnsOf('c')));
  const currencyIn = currencyColumn(number.attribute, row);
  if (currencyIn) counted.push(sql`${currencyIn} = ${currency}::text`);
  const value = sql`${columnOf(row, number.attribute.column.name)}::numeric`;
  const on = (number.relation as NonNullable<typeof number.relation>).on('c', row);
  const from = (source: string) =>
    sql`from ${raw(source)} c join ${raw(`"${number.model.tableName}" ${row}`)} on ${on} and ${all(counted)}`;
  return cellsOf(keys, several, from, [{ of, number: value }]);
}

/** The names of the employees and teams that are keys. Roles that see only the ids of colleagues get those of teams. */
function staffNames({ viewer }: ReadContext, dimensions: readonly Dimension[]): SQL {
  if (!dimensions.some(({ names }) => names === 'employee' || names === 'team')) return sql`null`;
  const employees = pseudonymousRoles.includes(viewer.role)
    ? sql``
    : sql` union all select id, name from employee`;
  return sql`(select json_object_agg(id, name) from (select id, name from team${employees}) staff)`;
}

const ofFacet = (facet: string | null): SQL =>
  facet === null ? sql`tag.facet is null` : isOneOf(tagStandard, sql`tag.facet`, [facet]);

/** The conditions under which the value of a declared field may be read on a row. Errors: FORBIDDEN where the role may read it on none. */
function rightsByRow(
  reading: ReadContext,
  through: readonly Declared[],
  field: string,
  columns: FileColumns,
): SQL[] {
  const rights = through.map((one) => {
    requireReadable(reading.viewer, one, field);
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
