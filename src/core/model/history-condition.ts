import { type SQL, sql } from 'drizzle-orm';
import { type Alias, columnOf } from './alias.ts';
import type { Attribute } from './attribute.ts';
import {
  existence,
  type FilterCompilerState,
  noteHeavy,
  type Path,
  refuse,
  refuseOthers,
  use,
} from './filter-compiler-state.ts';
import type { Filter, Model } from './model.types.ts';
import { compileOperators, sqlTypeOf } from './operator-compiler.ts';
import { all, any } from './read-context.ts';

/** Kept by the database or never changed, so the history has no line of them. */
const unrecorded = new Set(['id', 'version', 'createdAt', 'updatedAt', 'lastInteractionAt']);

/** The attributes of a model whose past can be asked for; none for models outside customer files. */
export const recordedAttributes = (model: Model): Attribute[] =>
  model.fileColumn === null
    ? []
    : [...model.attributes.values()].filter(
        ({ field, filterable, history }) => filterable && history === 'VERSIONED' && !unrecorded.has(field),
      );

/** Compiles `history: { stage: { was: …, changed: … } }` over the lines of history of the row `alias`. */
export function compileHistory(
  c: FilterCompilerState,
  model: Model,
  value: Filter,
  alias: Alias,
  path: Path,
): SQL {
  const recorded = new Map(recordedAttributes(model).map((attribute) => [attribute.field, attribute]));
  const parts: SQL[] = [];
  for (const [field, requested] of Object.entries(value)) {
    if (requested === undefined || requested === null) continue;
    const attribute = recorded.get(field);
    if (!attribute) {
      parts.push(
        refuse(c, [...path, field], 'UNKNOWN_FIELD', 'Its history cannot be asked. (该字段没有历史条件。)'),
      );
      continue;
    }
    use(c, attribute, `${model.name}.${field}`);
    refuseOthers(c, requested as Filter, ['was', 'changed'], [...path, field]);
    const { was, changed } = requested as { was?: Filter | null; changed?: Filter | null };
    if (was) parts.push(compileWas(c, model, attribute, was, alias, [...path, field, 'was']));
    if (changed) parts.push(compileChanged(c, model, attribute, changed, alias, [...path, field, 'changed']));
  }
  return all(parts);
}

/**
 * Once had such a value: has it now, or a line of the history tells that it was changed from it. What it was entered
 * with is one of the two, so the lines of whole rows need not be read. Lines that wait for their place in the log are
 * among them: else a file would be missing for as long as that takes.
 */
function compileWas(
  c: FilterCompilerState,
  model: Model,
  attribute: Attribute,
  operators: Filter,
  alias: Alias,
  path: Path,
): SQL {
  noteHeavy(c, model, path);
  const line = c.nextAlias();
  const { name } = attribute.column;
  const met = (value: SQL) => compileOperators(c.reading, attribute, value, operators, path, c.issues);
  const now = met(columnOf(alias, name));
  const known = c.issues.length;
  const before = met(valueIn(attribute, line, 'old_value'));
  // The same operators were compiled twice; their violations are told once.
  c.issues.length = known;
  const linesIn = (table: 'file_change' | 'waiting_history') =>
    sql`from ${sql.raw(`${table} ${line}`)} where ${recordingOf(model, attribute, line)} and ${before}`;
  const isRecordedIn = (table: 'file_change' | 'waiting_history') =>
    sql`${columnOf(alias, 'id')} in (select ${columnOf(line, 'subject_id')} ${linesIn(table)})`;
  const past = c.reading.atOnce
    ? isRecordedIn('file_change')
    : existence(
        { ...c, isAlternative: true },
        sql`${linesIn('file_change')} and ${isOf(model, alias, line)}`,
      );
  return any([now, past, isRecordedIn('waiting_history')]);
}

/**
 * One change that took it from such a value to such a value, at such a time, by such a person, once the change has its
 * place in the log. Those that wait are left out, because then it could not start from the few lines that tell of it.
 */
function compileChanged(
  c: FilterCompilerState,
  model: Model,
  attribute: Attribute,
  change: Filter,
  alias: Alias,
  path: Path,
): SQL {
  noteHeavy(c, model, path);
  refuseOthers(c, change, ['from', 'to', 'at', 'by'], path);
  const line = c.nextAlias();
  const conditions: SQL[] = [];
  const add = (key: string, of: Attribute, value: SQL) => {
    const operators = change[key];
    if (operators === undefined || operators === null) return;
    conditions.push(compileOperators(c.reading, of, value, operators as Filter, [...path, key], c.issues));
  };
  add('from', attribute, valueIn(attribute, line, 'old_value'));
  add('to', attribute, valueIn(attribute, line, 'new_value'));
  // When and by whom are no values of the field: its words do not bound them.
  const aside = { ...attribute, enumeration: undefined };
  add('at', { ...aside, kind: 'instant', prefix: undefined }, columnOf(line, 'occurred_at'));
  add('by', { ...aside, kind: 'id', prefix: 'emp' }, columnOf(line, 'actor_id'));
  return existence(
    c,
    sql`from file_change ${sql.raw(line)} where ${recordingOf(model, attribute, line)} and ${isOf(model, alias, line)} and ${all(conditions)}`,
  );
}

/** Lines that tell of a change of the field. */
const recordingOf = (model: Model, { column }: Attribute, line: Alias): SQL =>
  sql`${columnOf(line, 'subject')} = ${model.tableName}::text and ${columnOf(line, 'field')} = ${column.name}::text`;

/** Lines of the row `alias`: `customer_id` is asked too because the history is indexed by file. */
const isOf = (model: Model, alias: Alias, line: Alias): SQL =>
  sql`${columnOf(line, 'customer_id')} = ${columnOf(alias, model.fileColumn as string)} and ${columnOf(line, 'subject_id')} = ${columnOf(alias, 'id')}`;

/** A value of the field that a line tells. CASE keeps other fields' values from being cast. */
const valueIn = ({ column, kind }: Attribute, line: Alias, side: 'old_value' | 'new_value'): SQL =>
  sql`(case when ${columnOf(line, 'field')} = ${column.name}::text then ${columnOf(line, side)} #>> '{}' end)::${sql.raw(sqlTypeOf[kind])}`;
