import { type SQL, sql } from 'drizzle-orm';
import type { AccessClass } from '../access/policy.ts';
import { type FileColumns, visibleFiles } from '../access/reach.ts';
import { badInputAt } from '../errors.ts';
import type { Attribute, FieldAccess } from './attribute.ts';
import { defaultPageSize, maxPageSize, type PageRequest } from './connection.ts';
import { compileFilter, type Filter } from './filter.ts';
import { type Alias, columnOf, type Model, type OrderTerm, type Relation, rowAccessOf } from './model.ts';
import { besideCursor, cursorKey, type OrderKey, orderBy, orderKeys, withTieBreaker } from './order.ts';
import { foreignFile, tellsFile } from './read-trace.ts';
import {
  type Aliases,
  aliases,
  all,
  fileColumnsOf,
  fileOfRow,
  flagOf,
  type Reading,
  readableOn,
} from './reading.ts';
import {
  type NodeSelection,
  nodeSelection,
  type PageSelection,
  pageSelection,
  type Selected,
} from './selection.ts';

/** Arguments of a list, as GraphQL delivers them. */
export interface ListArguments {
  filter?: Filter | null;
  orderBy?: OrderTerm[] | null;
  search?: string | null;
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** Restricts a list from the code's side: `where` gets the row's alias. */
export interface ListScope {
  where?: (alias: Alias) => SQL;
  /** More filters that must hold as well, e.g. a segment's rule; judged by the reader's rights like the client's own. */
  filters?: Filter[];
}

/** The statement for a page of `model`: one JSON value `{ rows, total, head }`. */
export function pageStatement(
  reading: Reading,
  model: Model,
  selection: PageSelection,
  args: ListArguments,
  scope: ListScope = {},
): SQL {
  const next = aliases();
  return pageJson(reading, model, selection, args, next, (alias) => {
    const { from, file, conditions } = rootRows(reading, model, alias, next);
    if (scope.where) conditions.push(scope.where(alias));
    for (const filter of scope.filters ?? [])
      conditions.push(compileFilter(reading, model, filter, alias, file, next));
    return { from, file, entersFile: true, conditions };
  });
}

/**
 * The statement for the rows with these ids, in no particular order: a JSON array. `fileOf` names the columns that
 * rights are judged by, where they are not the row's own.
 */
export function rowsStatement(
  reading: Reading,
  model: Model,
  selection: NodeSelection,
  ids: SQL,
  fileOf?: (alias: Alias) => FileColumns,
): SQL {
  const next = aliases();
  const alias = next();
  const rows = rootRows(reading, model, alias, next, fileOf?.(alias));
  const conditions = [...rows.conditions];
  conditions.push(sql`${columnOf(alias, 'id')} = any(${ids})`);
  return sql`select coalesce(json_agg(x), '[]') from (select ${selectList(reading, model, alias, rows, selection, next)} from ${rows.from} where ${all(conditions)}) x`;
}

interface Rows {
  from: SQL;
  file: FileColumns | null;
  /** They stand in a file of their own, not in that of the row above. */
  entersFile: boolean;
  conditions: SQL[];
}

/** The rows of a model that exist for the reader: the one place a statement enters a table from outside. */
function rootRows(
  reading: Reading,
  model: Model,
  alias: Alias,
  next: Aliases,
  judgedBy: FileColumns | null = fileOfRow(model, alias, null),
): Rows {
  let from = tableAs(model, alias);
  const conditions: SQL[] = [];
  let file = judgedBy;
  if (file && model.fileColumn !== 'id') {
    const fileAlias = next();
    file = fileColumnsOf(fileAlias);
    from = sql`${from} join customer ${sql.raw(fileAlias)} on ${columnOf(fileAlias, 'id')} = ${columnOf(alias, model.fileColumn as string)}`;
  }
  if (file) {
    for (const right of [visibleFiles(reading.viewer, file), readableOn(reading, rowAccessOf(model), file)]) {
      if (right !== true) conditions.push(right === false ? sql`false` : right);
    }
  }
  if (model.scope) conditions.push(model.scope(reading.viewer, alias));
  return { from, file, entersFile: true, conditions };
}

function pageJson(
  reading: Reading,
  model: Model,
  selection: PageSelection,
  args: ListArguments,
  next: Aliases,
  rowsOf: (alias: Alias) => Rows,
  defaultOrder: OrderTerm[] = model.defaultOrder,
): SQL {
  const alias = next();
  const rows = rowsOf(alias);
  const { from, file, conditions } = rows;
  if (args.filter) conditions.push(compileFilter(reading, model, args.filter, alias, file, next));
  const found = args.search != null ? model.search?.(reading, alias, args.search, file) : undefined;
  if (found) conditions.push(found.where);

  const parts: SQL[] = [];
  if (selection.node) {
    const request = pageRequest(args);
    const keys: OrderKey[] =
      found && !args.orderBy
        ? withTieBreaker([found.rank], alias)
        : orderKeys(reading, model, args.orderBy ?? defaultOrder, alias, file);
    const wanted = [...conditions];
    if (args.after) wanted.push(besideCursor(keys, args.after, 'after'));
    if (args.before) wanted.push(besideCursor(keys, args.before, 'before'));
    const list = selectList(reading, model, alias, rows, selection.node, next);
    const columns = selection.wantsKey ? sql`${list}, ${cursorKey(keys)} as "$key"` : list;
    parts.push(
      sql`'rows', (select coalesce(json_agg(x), '[]') from (select ${columns} from ${from} where ${all(wanted)} ${orderBy(keys, request.backwards)} limit ${request.size + 1}::int) x)`,
    );
  }
  if (selection.wantsTotal) parts.push(sql`'total', (select count(*) from ${from} where ${all(conditions)})`);
  // In the statement's own snapshot: whatever these rows do not show yet has a later place in the log.
  if (selection.wantsHead) {
    parts.push(sql`'head', (select json_build_object('epoch', epoch, 'seq', last_seq) from stream_head)`);
  }
  return sql`select json_build_object(${sql.join(parts, sql`, `)})`;
}

/** The columns of one row: id, selected attributes, readability flags, and relations as JSON. */
function selectList(
  reading: Reading,
  model: Model,
  alias: Alias,
  { file, entersFile }: Pick<Rows, 'file' | 'entersFile'>,
  selection: NodeSelection,
  next: Aliases,
): SQL {
  const columns = new Map<string, SQL>([['id', columnOf(alias, 'id')]]);
  if (entersFile && file && tellsFile(model, selection)) {
    columns.set(
      foreignFile,
      sql`case when ${file.ownerId} <> ${reading.viewer.id}::uuid then ${file.id} end`,
    );
  }
  for (const field of model.always) {
    columns.set(field, columnOf(alias, (model.attributes.get(field) as Attribute).column.name));
  }
  const flags = new Map<AccessClass, SQL>();
  /** The right as a condition by row, remembered as a flag; `false` selects nothing at all. */
  const rightOn = (access: FieldAccess): true | false | SQL => {
    const right = readableOn(reading, access, file);
    if (typeof right === 'object' && access !== 'open') flags.set(access, right);
    return right;
  };
  for (const selected of selection.fields) {
    const attribute = model.attributes.get(selected.name);
    if (attribute && !columns.has(selected.name)) {
      const right = rightOn(attribute.access);
      if (right === false) continue;
      const column = columnOf(alias, attribute.column.name);
      // A JSON number is read as a float, so exact numbers travel as text.
      const value = attribute.kind === 'decimal' ? sql`${column}::text` : column;
      columns.set(selected.name, right === true ? value : sql`case when ${right} then ${value} end`);
      continue;
    }
    const relation = model.relations.get(selected.name);
    if (!relation) continue;
    const right = rightOn(relation.access);
    if (right === false) continue;
    const value = relationJson(reading, relation, alias, file, selected, next);
    columns.set(`$${selected.alias}`, right === true ? value : sql`case when ${right} then ${value} end`);
  }
  for (const [access, right] of flags) columns.set(flagOf(access), right);
  return sql.join(
    [...columns].map(([name, value]) => sql`${value} as ${sql.raw(`"${name}"`)}`),
    sql`, `,
  );
}

function relationJson(
  reading: Reading,
  relation: Relation,
  source: Alias,
  file: FileColumns | null,
  selected: Selected,
  next: Aliases,
): SQL {
  const target = relation.target();
  const rowsOf = (alias: Alias): Rows => {
    const inFile = relation.sameFile && file !== null && target.fileColumn !== null;
    const rows = inFile
      ? { from: tableAs(target, alias), file, entersFile: false, conditions: [] }
      : rootRows(reading, target, alias, next);
    rows.conditions.push(relation.on(source, alias));
    return rows;
  };
  if (relation.arity === 'many') {
    const selection = pageSelection(selected, target);
    return sql`(${pageJson(reading, target, selection, selected.args as ListArguments, next, rowsOf, relation.defaultOrder)})`;
  }
  const alias = next();
  const rows = rowsOf(alias);
  const list = selectList(reading, target, alias, rows, nodeSelection(selected, target), next);
  if (relation.arity === 'list') {
    const keys = orderKeys(reading, target, relation.defaultOrder, alias, rows.file);
    return sql`(select coalesce(json_agg(x), '[]') from (select ${list} from ${rows.from} where ${all(rows.conditions)} ${orderBy(keys, false)} limit ${maxPageSize}::int) x)`;
  }
  return sql`(select to_json(x) from (select ${list} from ${rows.from} where ${all(rows.conditions)}) x)`;
}

const tableAs = (model: Model, alias: Alias): SQL => sql.raw(`"${model.tableName}" ${alias}`);

/** How many rows, from which end; refuses what is out of bounds. */
export function pageRequest({ first, after, last, before }: ListArguments): PageRequest {
  if (first != null && last != null) {
    throw badInputAt(
      ['last'],
      'FIRST_AND_LAST',
      'Give first or last, not both. (first 与 last 不能同时使用。)',
    );
  }
  const argument = last != null ? 'last' : 'first';
  const size = last ?? first ?? defaultPageSize;
  if (size < 1 || size > maxPageSize) {
    throw badInputAt(
      [argument],
      'OUT_OF_BOUNDS',
      `${argument} must be 1 to ${maxPageSize}. (${argument} 须在 1 至 ${maxPageSize} 之间。)`,
    );
  }
  return { size, backwards: last != null, fromCursor: (last != null ? before : after) != null };
}
