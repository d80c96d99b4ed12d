import { type SQL, sql } from 'drizzle-orm';
import { noteUse } from '../access/access-log-port.ts';
import type { AccessClass } from '../access/policy.ts';
import type { FileColumns } from '../access/row-predicates.ts';
import { type Declared, isOwn, rightTo } from '../access/row-predicates.ts';
import { foreignFile, readsForeignFile } from './access-trace.ts';
import { type Alias, columnOf, tableAs } from './alias.ts';
import type { Attribute } from './attribute.ts';
import { attributeValue } from './attribute-value.ts';
import { type AuthorizedSource, authorizedSource, mergedRows } from './authorized-source.ts';
import { maxCounted, maxPageSize, type RawPage } from './connection.ts';
import { compileFilter, type Filter } from './filter.ts';
import type { Model, OrderKey, OrderTerm, ReadContext, Relation, Row } from './model.types.ts';
import { besideCursor, cursorKey, orderBy, orderKeys, readableTerms } from './order.ts';
import { type ListArguments, orderOf, pageRequest } from './page-request.ts';
import { rankedRows, rankKeys } from './ranked-rows.ts';
import { type Aliases, aliases, all, flagOf, openedBy, readableOn } from './read-context.ts';
import { accessClassOf } from './registry.ts';
import {
  type EncodedPage,
  type EncodedRow,
  formOf,
  type PageLayout,
  type RelationLayout,
  type RowLayout,
  type RowQuery,
  readRawPage,
  readRows,
  type TextColumn,
} from './row-layout.ts';
import { type Columns, rowOf } from './row-value.ts';
import {
  type NodeSelection,
  nodeSelection,
  type PageSelection,
  pageSelection,
  type Selected,
} from './selection.ts';

/** A restriction of a list set by code: `where` receives the row's alias. */
export interface ListScope {
  where?: (alias: Alias) => SQL;
  /** A key for `where` if it is always the same condition, so that its statements can be cached. */
  key?: string;
  /** Leaves out archived files and what belongs to them. */
  activeOnly?: boolean;
  /** `where` selects one row: conditions are evaluated on it alone, even for a total. */
  isOne?: boolean;
  /** Additional filters, e.g. a segment's rule; authorized by the reader's rights like the client's own. */
  filters?: Filter[];
  /** UUID of the one file that `where` is about: named in the access log where conditions are used. */
  fileId?: string;
}

/** The statement for a page of `model`. */
export function pageStatement(
  reading: ReadContext,
  model: Model,
  selection: PageSelection,
  args: ListArguments,
  scope: ListScope = {},
): RowQuery<RawPage<Row>> {
  const next = aliases();
  const { json, layout } = pageJson(reading, model, selection, args, next, (alias) => {
    const rows = authorizedSource(reading, model, alias, next, scope.isOne ?? false);
    if (scope.where) rows.conditions.push(scope.where(alias));
    if (scope.activeOnly) rows.conditions.push(sql`${rows.file?.archivedAt} is null`);
    return { ...rows, filters: scope.filters ?? [], isOne: scope.isOne ?? false };
  });
  return {
    statement: sql`select ${json}`,
    arity: 'many',
    layout,
    read: (answer: EncodedPage) => readRawPage(layout, answer),
  };
}

/**
 * The statement for the rows with these ids, in no particular order. `fileOf` returns the columns that decide rights,
 * if they are not the row's own.
 */
export function rowsStatement(
  reading: ReadContext,
  model: Model,
  selection: NodeSelection,
  ids: SQL,
  fileOf?: (alias: Alias) => FileColumns,
): RowQuery<Row[]> {
  const next = aliases();
  const alias = next();
  const rows = authorizedSource(reading, model, alias, next, true, fileOf?.(alias));
  const conditions = [...rows.conditions];
  conditions.push(sql`${columnOf(alias, 'id')} = any(${ids})`);
  const row = rowOf(selectList(reading, model, alias, rows, selection, next));
  return {
    statement: sql`select array_to_json(array(select ${row.value} from ${rows.from} where ${all(conditions)}))`,
    arity: 'list',
    layout: { row: row.layout, rowsOnly: true },
    read: (answer: EncodedRow[]) => readRows(row.layout, answer),
  };
}

function pageJson(
  reading: ReadContext,
  model: Model,
  selection: PageSelection,
  args: ListArguments,
  next: Aliases,
  rowsOf: (alias: Alias) => AuthorizedSource,
  defaultOrder: OrderTerm[] = model.defaultOrder,
): { json: SQL; layout: PageLayout } {
  const alias = next();
  const rows = rowsOf(alias);
  const { from, file, conditions } = rows;
  const { list: ofList = '' } = selection;
  const filters = [...(rows.filters ?? []), ...(args.filter ? [args.filter] : [])];
  /** A page is evaluated file by file, a total over all files at once. */
  const met = (atOnce: boolean): SQL[] =>
    filters.map((filter) => compileFilter({ ...reading, atOnce }, model, filter, alias, file, next));
  const found = args.search != null ? model.search?.(reading, alias, args.search, file) : undefined;
  if (found && reading.shape) {
    reading.shape.uses.filters.add(args.search);
    // How many rows hold the text decides which plan is fast.
    reading.shape.isFiltered = true;
  }
  const source = found ? sql`${from} ${found.join}` : from;
  const among = found ? [...conditions, found.where] : conditions;

  let list = sql`null`;
  let layout: RowLayout | null = null;
  const terms = orderOf(args, readableTerms(reading, model, defaultOrder));
  const isRanked = found !== undefined && !terms;
  const keysOf = (): OrderKey[] =>
    isRanked ? rankKeys(found, alias) : orderKeys(reading, model, terms ?? [], alias, file);
  const beside = (keys: OrderKey[]): SQL[] =>
    (['after', 'before'] as const).flatMap((side) => {
      const cursor = args[side];
      return cursor == null ? [] : [besideCursor(ofList, keys, cursor, side)];
    });
  // A total is of the whole list, but a cursor of another list is refused beside it too.
  if (!selection.node && (args.after != null || args.before != null)) beside(keysOf());
  if (selection.node) {
    const request = pageRequest(args);
    const keys = keysOf();
    for (const { field } of args.orderBy ?? [])
      noteUse(reading.shape?.uses, accessClassOf(model.name, field), `${model.name}.${field}`);
    const wanted = [...(isRanked ? conditions : among), ...met(false)];
    const columns = selectList(reading, model, alias, rows, selection.node, next);
    // First, where the writer of a page finds it.
    if (selection.wantsKey)
      columns.texts.unshift({ name: '$key', form: 'text', value: cursorKey(ofList, keys) });
    const row = rowOf(columns);
    layout = row.layout;
    // One extra row shows whether there is a further page.
    const limit = selection.wantsMore ? request.size + 1 : request.size;
    // Not a parameter: PostgreSQL takes an unknown limit for a tenth of the table, and then plans at each execution.
    const cut = sql`${orderBy(keys, request.backwards)} limit ${sql.raw(String(Math.trunc(limit)))}`;
    // With a client's filter or search the parts are not merged: each would evaluate the condition again, for all rows
    // of a relation.
    const merged = filters.length === 0 && !found && !rows.isOne;
    let listSource: SQL;
    if (isRanked) {
      const ranked = { rows: source, found, alias, wanted, beside, limit, backwards: request.backwards };
      listSource = sql`${rankedRows(ranked)} ${rows.fileJoin ?? sql``}`;
    } else if (merged) listSource = mergedRows(reading, rows, alias, [...wanted, ...beside(keys)], cut);
    else listSource = sql`${source} where ${all([...wanted, ...beside(keys)])}`;
    list = sql`array_to_json(array(select ${row.value} from ${listSource} ${cut}))`;
    if (!selection.wantsTotal && !selection.wantsHead)
      return { json: list, layout: { row: layout, rowsOnly: true } };
  }
  /** The rows to be counted; a search stops counting. */
  const matching = (): SQL => {
    const rowsMet = sql`from ${source} where ${all([...among, ...met(!rows.isOne)])}`;
    return found ? sql`from (select ${rowsMet} limit ${maxCounted}::int) matching` : rowsMet;
  };
  const total = selection.wantsTotal ? sql`(select count(*) ${matching()})` : sql`null`;
  // From the statement's own snapshot: whatever these rows do not show yet has a later position in the log.
  const head = selection.wantsHead
    ? sql`(select json_build_object('epoch', epoch, 'seq', last_seq) from stream_head)`
    : sql`null`;
  return {
    json: sql`json_build_array(${list}, ${total}, ${head})`,
    layout: { row: layout, rowsOnly: false },
  };
}

/** The columns of one row: id, selected attributes, readability flags, and relations as JSON. */
export function selectList(
  reading: ReadContext,
  model: Model,
  alias: Alias,
  { file, entersFile }: Pick<AuthorizedSource, 'file' | 'entersFile'>,
  selection: NodeSelection,
  next: Aliases,
): Columns {
  const texts = new Map<string, TextColumn & { value: SQL }>();
  const relations = new Map<string, RelationLayout & { value: SQL }>();
  const addAttribute = (field: string, right: true | SQL) => {
    const attribute = model.attributes.get(field) as Attribute;
    const column = attributeValue(reading, attribute, alias);
    // An array's text form is specific to PostgreSQL, so it is read as JSON.
    const value = attribute.list ? sql`to_json(${column})` : column;
    texts.set(field, {
      name: field,
      form: formOf(attribute),
      value: right === true ? value : sql`case when ${right} then ${value} end`,
    });
  };
  for (const field of ['id', ...model.requiredAttributes]) addAttribute(field, true);
  if (entersFile && file && readsForeignFile(model, selection)) {
    const value = sql`case when (${isOwn(reading.viewer, file)}) is not true then ${file.id} end`;
    texts.set(foreignFile, { name: foreignFile, form: 'text', value });
  }

  const flags = new Map<AccessClass | 'identity', SQL>();
  const own = model.isOwn?.(reading.viewer, alias) ?? false;
  /** The right as a row condition, also recorded as a flag; `false` selects nothing. */
  const rightOn = (declared: Declared): true | false | SQL => {
    const access = rightTo(reading.viewer, declared);
    const right = readableOn(reading, declared, file, own);
    const byRow = readableOn(reading, declared, file && { ...file, opened: [] }, own);
    // The flag is set even if all rows here meet the right: the resolver of a row sees nothing but the row.
    if (typeof byRow === 'object' && access !== 'open') flags.set(access, right === true ? sql`true` : byRow);
    return right;
  };
  // A row that can be the reader's own always carries this flag: fields computed from it depend on it too.
  if (own) rightOn({ access: 'open', text: 'FREE' });
  // Whether a cursor holds the value of a field or null is decided by the same flag as whether the field is shown.
  const inCursor = selection.inCursor ?? [];
  for (const field of inCursor) rightOn(model.attributes.get(field) as Attribute);
  for (const selected of selection.fields) {
    const attribute = model.attributes.get(selected.name);
    if (attribute) {
      if (texts.has(selected.name)) continue;
      const right = rightOn(attribute);
      if (right !== false) addAttribute(selected.name, right);
      continue;
    }
    const relation = model.relations.get(selected.name);
    if (!relation) continue;
    const right = rightOn(relation);
    if (right === false) continue;
    const opened = file && openedBy(file, relation.access);
    const { json, page } = relationJson(reading, relation, alias, opened, selected, next);
    relations.set(selected.key, {
      name: selected.key,
      arity: relation.arity,
      page,
      value: right === true ? json : sql`case when ${right} then ${json} end`,
    });
  }
  for (const [access, right] of flags) {
    texts.set(flagOf(access), { name: flagOf(access), form: 'boolean', value: right });
  }
  return { model, inCursor, texts: [...texts.values()], relations: [...relations.values()] };
}

function relationJson(
  reading: ReadContext,
  relation: Relation,
  source: Alias,
  file: FileColumns | null,
  selected: Selected,
  next: Aliases,
): { json: SQL; page: PageLayout } {
  const target = relation.target();
  const rowsOf = (alias: Alias): AuthorizedSource => {
    const inFile = relation.sameFile && file !== null && target.fileColumn !== null;
    const rows = inFile
      ? { from: tableAs(target.tableName, alias), file, entersFile: false, conditions: [] }
      : authorizedSource(reading, target, alias, next, relation.arity === 'one');
    rows.conditions.push(relation.on(source, alias));
    return rows;
  };
  if (relation.arity === 'many') {
    const selection = pageSelection(selected, target, relation.defaultOrder);
    const args = selected.args as ListArguments;
    const { json, layout } = pageJson(reading, target, selection, args, next, rowsOf, relation.defaultOrder);
    return { json, page: layout };
  }
  const alias = next();
  const rows = rowsOf(alias);
  const { from, conditions } = rows;
  const columns = selectList(reading, target, alias, rows, nodeSelection(selected, target), next);
  const { value, layout } = rowOf(columns);
  const page = { row: layout, rowsOnly: true };
  if (relation.arity === 'list') {
    const keys = orderKeys(
      reading,
      target,
      readableTerms(reading, target, relation.defaultOrder),
      alias,
      rows.file,
    );
    const json = sql`array_to_json(array(select ${value} from ${from} where ${all(conditions)} ${orderBy(keys, false)} limit ${maxPageSize}::int))`;
    return { json, page };
  }
  const row = layout.relations.length > 0 ? value : sql`array_to_json(${value})`;
  return { json: sql`(select ${row} from ${from} where ${all(conditions)})`, page };
}
