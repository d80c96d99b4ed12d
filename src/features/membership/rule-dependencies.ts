// Importing the customer's model declares the models of all parts, to which it refers.
import '../../domains/customer/customer.model.ts';
import { badInputAt } from '../../core/errors.ts';
import { uuidOf } from '../../core/graphql/schema/type-id.ts';
import { isAggregate } from '../../core/model/aggregate.ts';
import type { Attribute } from '../../core/model/attribute.ts';
import type { Filter } from '../../core/model/filter.ts';
import { recordedAttributes } from '../../core/model/history-condition.ts';
import type { Model, Relation, SpecialCondition } from '../../core/model/model.types.ts';
import { fileTables, notedTables } from '../../core/model/registry.ts';
import { customer } from '../../domains/customer/customer.table.ts';

const inFiles = new Set(fileTables());
const noted = new Set(notedTables());

/** Whether changes of this table are recorded, so that a rule that reads it can be followed. */
export const isWatched = (table: string): boolean => inFiles.has(table) || noted.has(table);

export const spanOperators = ['withinLast', 'withinNext', 'anniversaryWithin'] as const;

/** A condition whose result can change by the passing of time alone. */
export interface TimeCondition {
  table: string;
  column: string;
  /** The column with the file's id; null where the rows belong to no file. */
  fileColumn: string | null;
  kind: 'date' | 'instant';
  operator: (typeof spanOperators)[number];
  /** ISO 8601. */
  duration: string;
  /** If `table` is the history: the table and column whose lines are meant. */
  linesOf: { subject: string; field: string } | null;
}

/** What the result of a rule depends on. */
export interface RuleDependencies {
  /** `table.column`; `table.*` for every column. */
  columns: Set<string>;
  /** Tables where the existence of a row matters. */
  rows: Set<string>;
  times: TimeCondition[];
  /** Segments that it refers to, by UUID. */
  segments: Set<string>;
}

/** The rules of segments, by the segment's UUID. */
export type SavedRules = ReadonlyMap<string, { rule: Filter } | null>;

/** Derived columns, whose changes are not recorded, and the columns that they follow from. */
const derived: Record<string, string[]> = {
  'customer.last_interaction_at': ['interaction.occurred_at'],
};
/** Columns that change with every change of their row. */
const restless = new Set(['version', 'updated_at']);

/**
 * What a rule reads. Errs on the side of too much, so that nothing else can change the rule's result.
 *
 * Errors: BAD_USER_INPUT at `segmentId` for a rule whose members cannot be kept up to date, because it compares a past
 * value with the present time or reads a table whose changes are not recorded.
 */
export function dependenciesOfRule(model: Model, rule: Filter, saved: SavedRules): RuleDependencies {
  const reads: RuleDependencies = { columns: new Set(), rows: new Set(), times: [], segments: new Set() };
  readColumn(reads, model.tableName, customer.archivedAt.name);
  reads.rows.add(model.tableName);
  readFilter({ reads, saved }, model, rule);
  for (const table of reads.rows) {
    if (!isWatched(table)) throw unfollowable(`reads ${table}`);
  }
  return reads;
}

/** Tables outside of files that a rule reads. */
export const outsideTables = (reads: RuleDependencies): string[] =>
  [...reads.rows].filter((table) => !inFiles.has(table));

/** Whether a change of a file in the event log may change the rule's result for that file. */
export function readsChange(reads: RuleDependencies, subject: string, fields: readonly string[]): boolean {
  if (reads.columns.has('customer.*')) return inFiles.has(subject);
  if (!reads.rows.has(subject)) return false;
  // An event without fields means that a row was added or removed.
  if (fields.length === 0 || reads.columns.has(`${subject}.*`)) return true;
  return fields.some((field) => reads.columns.has(`${subject}.${field}`));
}

interface Walk {
  reads: RuleDependencies;
  saved: SavedRules;
}

function readFilter(walk: Walk, model: Model, filter: Filter): void {
  for (const [field, value] of Object.entries(filter)) {
    if (value === undefined || value === null) continue;
    const attribute = model.attributes.get(field);
    const special = model.customFilters.get(field);
    const relation = model.relations.get(field);
    if (field === 'and' || field === 'or') {
      for (const branch of value as Filter[]) readFilter(walk, model, branch);
    } else if (field === 'not') readFilter(walk, model, value as Filter);
    else if (attribute?.filterable) {
      readAttribute(walk.reads, model, attribute);
      readTimes(walk.reads, value as Filter, timeOf(model, attribute));
    } else if (special) {
      readSpecial(walk.reads, model, special);
      if (special.saved) readSaved(walk, model, uuidOf(String(value)));
    } else if (relation?.filterable) {
      const target = relation.target();
      readJoin(walk.reads, model, relation);
      if (relation.arity === 'one') readFilter(walk, target, value as Filter);
      else readRelation(walk, target, value as Filter);
    } else if (field === 'history') readHistory(walk.reads, model, value as Filter);
    else throw unfollowable(`reads ${model.name}.${field}`);
  }
}

function readRelation(walk: Walk, target: Model, condition: Filter): void {
  for (const [quantifier, value] of Object.entries(condition)) {
    if (value === undefined || value === null) continue;
    if (quantifier === 'some' || quantifier === 'none') {
      readFilter(walk, target, value as Filter);
      continue;
    }
    const { where, field } = value as { where?: Filter | null; field?: string };
    if (where) readFilter(walk, target, where);
    if (isAggregate(quantifier)) {
      const attribute = target.attributes.get(String(field));
      if (attribute) readAttribute(walk.reads, target, attribute);
    }
  }
}

/** The rule of another segment. */
function readSaved(walk: Walk, model: Model, id: string): void {
  if (walk.reads.segments.has(id)) return;
  walk.reads.segments.add(id);
  const rule = walk.saved.get(id)?.rule;
  if (rule) readFilter(walk, model, rule);
}

function readHistory(reads: RuleDependencies, model: Model, condition: Filter): void {
  const recorded = new Map(recordedAttributes(model).map((attribute) => [attribute.field, attribute]));
  for (const [field, value] of Object.entries(condition)) {
    if (value === undefined || value === null) continue;
    const attribute = recorded.get(field);
    if (!attribute) throw unfollowable(`reads the history of ${model.name}.${field}`);
    readAttribute(reads, model, attribute);
    const { was, changed } = value as { was?: Filter | null; changed?: Record<string, Filter | null> | null };
    for (const past of [was, changed?.from, changed?.to]) {
      if (past && spanOperators.some((operator) => past[operator] != null)) {
        throw unfollowable(`compares a past ${field} with the present time`);
      }
    }
    readTimes(reads, changed?.at ?? {}, {
      table: 'file_change',
      column: 'occurred_at',
      fileColumn: 'customer_id',
      kind: 'instant',
      linesOf: { subject: model.tableName, field: attribute.column.name },
    });
  }
}

type TimedColumn = Omit<TimeCondition, 'operator' | 'duration'>;

const timeOf = (model: Model, { column, kind }: Attribute): TimedColumn => ({
  table: model.tableName,
  column: column.name,
  fileColumn: model.fileColumn,
  kind: kind === 'date' ? 'date' : 'instant',
  linesOf: null,
});

function readTimes(reads: RuleDependencies, operators: Filter, of: TimedColumn): void {
  for (const operator of spanOperators) {
    const duration = operators[operator];
    if (typeof duration === 'string') reads.times.push({ ...of, operator, duration });
  }
}

/** An amount is compared together with its currency. */
function readAttribute(
  reads: RuleDependencies,
  model: Model,
  { column, currency, computed }: Attribute,
): void {
  const { tableName } = model;
  if (computed) {
    for (const source of computed.follows.columns) readColumn(reads, tableName, source);
    for (const source of computed.follows.tables) readColumn(reads, source, '*');
    return;
  }
  readColumn(reads, tableName, column.name);
  if (currency) readColumn(reads, tableName, currency.name);
}

function readColumn(reads: RuleDependencies, table: string, column: string): void {
  reads.rows.add(table);
  reads.columns.add(`${table}.${restless.has(column) ? '*' : column}`);
  for (const source of derived[`${table}.${column}`] ?? []) {
    const [from, origin] = source.split('.') as [string, string];
    readColumn(reads, from, origin);
  }
}

/** Adds what a condition with its own SQL declares to read. */
function readSpecial(reads: RuleDependencies, model: Model, special: SpecialCondition): void {
  if (!special.reads) throw unfollowable(`reads ${model.name}.${special.field}`);
  for (const column of special.reads.columns) readColumn(reads, model.tableName, column);
  for (const table of special.reads.tables) reads.rows.add(table);
}

/** The columns by which a relation joins its rows. */
function readJoin(reads: RuleDependencies, model: Model, { field, columns, link, target }: Relation): void {
  if (!columns) throw unfollowable(`reads ${model.name}.${field}`);
  readColumn(reads, model.tableName, columns.source);
  readColumn(reads, target().tableName, columns.target);
  if (link) reads.rows.add(link.tableName);
}

const unfollowable = (why: string) =>
  badInputAt(
    ['segmentId'],
    'CANNOT_FOLLOW',
    `The segment cannot be followed, because its rule ${why}. (该客户分群的规则无法实时跟踪。)`,
  );
