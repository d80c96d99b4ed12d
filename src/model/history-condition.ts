import { type SQL, sql } from 'drizzle-orm';
import { type Alias, columnOf } from './alias.ts';
import type { Attribute } from './attribute.ts';
import { type Compilation, type Filter, type Path, refuse, use } from './compilation.ts';
import { compileOperators, sqlTypeOf } from './condition.ts';
import type { Model } from './model.ts';
import { all, any } from './reading.ts';

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
export function compileHistory(c: Compilation, model: Model, value: Filter, alias: Alias, path: Path): SQL {
  const recorded = new Map(recordedAttributes(model).map((attribute) => [attribute.field, attribute]));
  const parts: SQL[] = [];
  for (const [field, asked] of Object.entries(value)) {
    if (asked === undefined || asked === null) continue;
    const attribute = recorded.get(field);
    if (!attribute) {
      parts.push(
        refuse(c, [...path, field], 'UNKNOWN_FIELD', 'Its history cannot be asked. (该字段没有历史条件。)'),
      );
      continue;
    }
    use(c, attribute.access, `${model.name}.${field}`);
    const { was, changed } = asked as { was?: Filter | null; changed?: Filter | null };
    if (was) parts.push(compileWas(c, model, attribute, was, alias, [...path, field, 'was']));
    if (changed) parts.push(compileChanged(c, model, attribute, changed, alias, [...path, field, 'changed']));
  }
  return all(parts);
}

/** Once had such a value: from its first line in the history to now. */
function compileWas(
  c: Compilation,
  model: Model,
  attribute: Attribute,
  operators: Filter,
  alias: Alias,
  path: Path,
): SQL {
  const line = c.nextAlias();
  const name = attribute.column.name;
  const column = columnOf(line, 'field');
  // A line without a field is the whole row as it was entered. CASE keeps other fields' values from being cast.
  const readValue = (side: 'old_value' | 'new_value') =>
    typed(
      attribute,
      sql`case when ${column} = ${name}::text then ${columnOf(line, side)} #>> '{}' else ${columnOf(line, side)} ->> ${name}::text end`,
    );
  const met = (value: SQL) => compileOperators(c.reading, attribute, value, operators, path, c.issues);
  const now = met(columnOf(alias, name));
  const known = c.issues.length;
  const before = sql`(${column} is not null and ${met(readValue('old_value'))})`;
  const after = met(readValue('new_value'));
  // The same operators were compiled three times; their violations are told once.
  c.issues.length = known;
  const ofField = sql`(${column} = ${name}::text or ${column} is null)`;
  return any([
    now,
    sql`exists (select 1 ${linesOf(model, alias, line)} and ${ofField} and (${before} or ${after}))`,
  ]);
}

/** One change that took it from such a value to such a value, at such a time, by such a person. */
function compileChanged(
  c: Compilation,
  model: Model,
  attribute: Attribute,
  change: Filter,
  alias: Alias,
  path: Path,
): SQL {
  const line = c.nextAlias();
  const name = attribute.column.name;
  const conditions = [sql`${columnOf(line, 'field')} = ${name}::text`];
  const add = (key: string, of: Attribute, value: SQL) => {
    const operators = change[key];
    if (operators === undefined || operators === null) return;
    conditions.push(compileOperators(c.reading, of, value, operators as Filter, [...path, key], c.issues));
  };
  const sideOf = (side: 'old_value' | 'new_value') =>
    typed(
      attribute,
      sql`case when ${columnOf(line, 'field')} = ${name}::text then ${columnOf(line, side)} #>> '{}' end`,
    );
  add('from', attribute, sideOf('old_value'));
  add('to', attribute, sideOf('new_value'));
  add('at', { ...attribute, kind: 'instant', prefix: undefined }, columnOf(line, 'occurred_at'));
  add('by', { ...attribute, kind: 'id', prefix: 'emp' }, columnOf(line, 'actor_id'));
  return sql`exists (select 1 ${linesOf(model, alias, line)} and ${all(conditions)})`;
}

/** The row's lines: `customer_id` is asked too because the history is indexed by file. */
const linesOf = (model: Model, alias: Alias, line: Alias): SQL =>
  sql`from file_change ${sql.raw(line)} where ${columnOf(line, 'customer_id')} = ${columnOf(alias, model.fileColumn as string)} and ${columnOf(line, 'subject')} = ${model.tableName}::text and ${columnOf(line, 'subject_id')} = ${columnOf(alias, 'id')}`;

const typed = ({ kind }: Attribute, text: SQL): SQL => sql`(${text})::${sql.raw(sqlTypeOf[kind])}`;
