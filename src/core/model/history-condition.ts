import { type SQL, sql } from 'drizzle-orm';
import { type Alias, columnOf, currencyColumn } from './alias.ts';
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
import { inVisibleFile } from './visible-file.ts';

/** Maintained by the database or immutable, so the history has no lines for them. */
const unrecorded = new Set(['id', 'version', 'createdAt', 'updatedAt', 'lastInteractionAt']);

/** The attributes of a model whose history can be filtered on; none for models outside customer files. */
export const recordedAttributes = (model: Model): Attribute[] =>
  model.fileColumn === null
    ? []
    : [...model.attributes.values()].filter(
        ({ field, filterable, history, computed }) =>
          filterable && history === 'VERSIONED' && !computed && !unrecorded.has(field),
      );

/**
 * Compiles `history: { stage: { was: …, changed: … } }` over the history lines of the row `alias`.
 * A past amount is taken to have been in the currency that the row has now. Of a row that is visible beside its file, only who
 * sees the file knows the history, so that for others no such condition holds.
 */
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
        refuse(
          c,
          [...path, field],
          'UNKNOWN_FIELD',
          'Its history cannot be filtered by. (该字段没有历史条件。)',
        ),
      );
      continue;
    }
    use(c, attribute, `${model.name}.${field}`);
    refuseOthers(c, requested as Filter, ['was', 'changed'], [...path, field]);
    const { was, changed } = requested as { was?: Filter | null; changed?: Filter | null };
    if (was) parts.push(compileWas(c, model, attribute, was, alias, [...path, field, 'was']));
    if (changed) parts.push(compileChanged(c, model, attribute, changed, alias, [...path, field, 'changed']));
  }
  if (model.beside && parts.length > 0)
    parts.push(inVisibleFile(c.reading, model, alias, () => c.nextAlias()));
  return all(parts);
}

/**
 * The field has, or once had, such a value: either now, or as the old value of a line in its history. The initial value
 * is one of these, so lines of whole rows need not be read. Lines still waiting in the outbox are included; otherwise a
 * file would be missing until they are sequenced.
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
  const met = (value: SQL) =>
    compileOperators(
      c.reading,
      attribute,
      value,
      operators,
      path,
      c.issues,
      currencyColumn(attribute, alias),
    );
  const now = met(columnOf(alias, name));
  const known = c.issues.length;
  const before = met(valueIn(attribute, line, 'old_value'));
  // The same operators were compiled twice; their violations are reported once.
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
 * A single change from such a value to such a value, at such a time, by such a person, once it has its place in the
 * log. Waiting changes are excluded, because with them the search could not start from the few matching lines.
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
  const currency = currencyColumn(attribute, alias);
  const add = (key: string, of: Attribute, value: SQL) => {
    const operators = change[key];
    if (operators === undefined || operators === null) return;
    const at = [...path, key];
    const isValue = of === attribute;
    conditions.push(
      compileOperators(c.reading, of, value, operators as Filter, at, c.issues, isValue ? currency : null),
    );
  };
  add('from', attribute, valueIn(attribute, line, 'old_value'));
  add('to', attribute, valueIn(attribute, line, 'new_value'));
  // Time and person are not values of the field, so its enum does not constrain them.
  const aside = { ...attribute, enumeration: undefined };
  add('at', { ...aside, kind: 'instant', prefix: undefined }, columnOf(line, 'occurred_at'));
  add('by', { ...aside, kind: 'id', prefix: 'emp' }, columnOf(line, 'actor_id'));
  return existence(
    c,
    sql`from file_change ${sql.raw(line)} where ${recordingOf(model, attribute, line)} and ${isOf(model, alias, line)} and ${all(conditions)}`,
  );
}

/** Lines that record a change of the field. */
const recordingOf = (model: Model, { column }: Attribute, line: Alias): SQL =>
  sql`${columnOf(line, 'subject')} = ${model.tableName}::text and ${columnOf(line, 'field')} = ${column.name}::text`;

/** Lines of the row `alias`. `customer_id` is included because the history is indexed by file. */
const isOf = (model: Model, alias: Alias, line: Alias): SQL =>
  sql`${columnOf(line, 'customer_id')} = ${columnOf(alias, model.fileColumn as string)} and ${columnOf(line, 'subject_id')} = ${columnOf(alias, 'id')}`;

/** The field's value in a line. CASE keeps values of other fields from being cast. */
const valueIn = ({ column, kind }: Attribute, line: Alias, side: 'old_value' | 'new_value'): SQL =>
  sql`(case when ${columnOf(line, 'field')} = ${column.name}::text then ${columnOf(line, side)} #>> '{}' end)::${sql.raw(sqlTypeOf[kind])}`;
