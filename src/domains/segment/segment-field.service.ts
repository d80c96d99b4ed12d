import { type SQL, sql } from 'drizzle-orm';
import { logUses, newUses, noteUse } from '../../core/access/access-log-port.ts';
import {
  asSql,
  type Declared,
  reachOf,
  requireReadable,
  visibleFiles,
} from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import type { Context } from '../../core/context.ts';
import { badInputAt } from '../../core/errors.ts';
import { aggregates } from '../../core/model/aggregate.ts';
import { type Attribute, isMoney } from '../../core/model/attribute.ts';
import { attributeValue } from '../../core/model/attribute-value.ts';
import { numbersOf } from '../../core/model/filter-type.ts';
import { recordedAttributes } from '../../core/model/history-condition.ts';
import { enumLabel, type Label, labelOf } from '../../core/model/label.ts';
import type { EntriesCondition } from '../../core/model/list-condition.ts';
import type { Model, Relation, SpecialCondition } from '../../core/model/model.types.ts';
import { operatorsOf } from '../../core/model/operators.ts';
import { readingOf } from '../../core/model/read.ts';
import { all, fileColumnsOf, readableOn } from '../../core/model/read-context.ts';
import { contains } from '../../core/model/text-condition.ts';
import { customerModel } from '../customer/customer.model.ts';
import { attributeLabel, relationLabel } from './rule-words.ts';

/** A field that a rule can use. */
export interface UsableField {
  path: string;
  label: string;
  labelEn: string;
  type: string;
  operators: string[];
  quantifiers: string[];
  unit: string | null;
  hasCurrency: boolean;
  values: { value: string; label: string; labelEn: string }[];
  hasHistory: boolean;
  isUsable: boolean;
}

/** All fields of a file and its parts that a rule can use. */
export function usableFields(viewer: Viewer): UsableField[] {
  const own = [...customerModel.attributes.values()]
    .filter(({ filterable }) => filterable)
    .map((attribute) => usableField(viewer, customerModel, attribute, null));
  const lists = [...customerModel.customFilters.values()].flatMap((list) => usableList(viewer, list));
  const related = [...customerModel.relations.values()].filter(({ filterable }) => filterable);
  const below = related.flatMap((relation) =>
    [...relation.target().attributes.values()]
      .filter(({ filterable }) => filterable)
      .map((attribute) => usableField(viewer, relation.target(), attribute, relation)),
  );
  return [...own, ...lists, ...below];
}

/** A field that holds several entries, such as tags; none for a condition that is about no field: a segment. */
function usableList(viewer: Viewer, list: SpecialCondition): UsableField[] {
  if (list.parts) return [...list.parts.values()].map((part) => usablePart(viewer, list, part));
  const { kind, operators } = list.type() as Partial<EntriesCondition>;
  if (!kind || !operators) return [];
  const label = labelOf(list.field, list.description);
  return [
    {
      path: list.field,
      label: label.ZH,
      labelEn: label.EN,
      type: kind,
      operators: [...operators],
      quantifiers: [],
      unit: null,
      hasCurrency: false,
      values: [],
      hasHistory: false,
      isUsable: mayUse(viewer, [list]),
    },
  ];
}

/** A part of an object, such as the room of premises. */
function usablePart(viewer: Viewer, { field, description }: SpecialCondition, part: Attribute): UsableField {
  const whole = labelOf(field, description);
  const name = attributeLabel(part);
  return {
    path: `${field}.${part.field}`,
    label: `${whole.ZH} · ${name.ZH}`,
    labelEn: `${whole.EN} · ${name.EN}`,
    type: part.kind.toUpperCase(),
    operators: [...operatorsOf[part.kind]],
    quantifiers: [],
    unit: null,
    hasCurrency: false,
    values: valuesOf(part),
    hasHistory: false,
    isUsable: mayUse(viewer, [part]),
  };
}

const mayUse = (viewer: Viewer, used: readonly Declared[]): boolean =>
  used.every((one) => reachOf(viewer, one) !== 'NONE');

function usableField(
  viewer: Viewer,
  model: Model,
  attribute: Attribute,
  relation: Relation | null,
): UsableField {
  const name = attributeLabel(attribute);
  const through = relation && relationLabel(relation);
  const label = (locale: keyof Label) => (through ? `${through[locale]} · ${name[locale]}` : name[locale]);
  const isNumber = numbersOf(model).includes(attribute);
  return {
    path: relation ? `${relation.field}.${attribute.field}` : attribute.field,
    label: label('ZH'),
    labelEn: label('EN'),
    type: attribute.kind.toUpperCase(),
    operators: [...operatorsOf[attribute.kind]],
    quantifiers: relation?.arity === 'many' ? ['some', 'none', 'count', ...(isNumber ? aggregates : [])] : [],
    unit: isMoney(attribute) ? '元' : null,
    hasCurrency: attribute.currency !== null,
    values: valuesOf(attribute),
    hasHistory: recordedAttributes(model).includes(attribute),
    isUsable: mayUse(viewer, relation ? [relation, attribute] : [attribute]),
  };
}

const valuesOf = ({ enumeration }: Attribute) =>
  Object.values(enumeration ?? {}).map((value) => {
    const words = enumLabel(enumeration as object, value);
    return { value, label: words.ZH, labelEn: words.EN };
  });

/** Most values suggested. */
const maxSuggestions = 20;
/** Most rows read; a larger table is sampled, so that suggestions keep up with typing. */
const maxRows = 50_000;

/**
 * The values of a text or enumeration field on the active files where the viewer may read it, most frequent first.
 * Errors: BAD_USER_INPUT for a field of another kind, FORBIDDEN for one that is withheld by role.
 */
export async function suggestValues(ctx: Context, path: string, search: string | null): Promise<string[]> {
  const { model, attribute, relation, name } = fieldAt(path);
  const reading = readingOf(ctx);
  const file = fileColumnsOf('f');
  requireValuesOf(reading.viewer, path);
  const used = relation ? [relation, attribute] : [attribute];
  const rights = [visibleFiles(reading.viewer, file), ...used.map((one) => readableOn(reading, one, file))];
  const uses = newUses();
  if (relation) noteUse(uses, relation.access, `${customerModel.name}.${relation.field}`);
  noteUse(uses, attribute.access, name);
  if (search) uses.filters.add(search);
  const column = attributeValue(reading, attribute, relation ? 'r' : 'f');
  const from = relation
    ? sql`customer f join ${sql.raw(`"${model.tableName}" r`)} on ${relation.on('f', 'r')}`
    : sql`customer f`;
  const conditions: SQL[] = [
    sql`f.archived_at is null`,
    sql`${column} is not null`,
    ...rights.filter((right) => right !== true).map(asSql),
  ];
  if (search) conditions.push(contains(attribute, column, search));
  const statement = sql`select coalesce(json_agg(v), '[]') from (
    select v from (select ${column} as v from ${from} where ${all(conditions)} limit ${maxRows}::int) seen
    group by v order by count(*) desc, v limit ${maxSuggestions}::int) suggested`;
  const values = (await ctx.statements.load(statement)) as string[];
  await logUses(ctx, uses);
  return values;
}

/** Refuses, before any SQL runs, the values of a field that the viewer's role may never read. */
export function requireValuesOf(viewer: Viewer, path: string): void {
  const { attribute, relation, name } = fieldAt(path);
  for (const one of relation ? [relation, attribute] : [attribute]) requireReadable(viewer, one, name);
}

interface FieldAt {
  model: Model;
  attribute: Attribute;
  relation: Relation | null;
  /** As it is refused and logged. */
  name: string;
}

function fieldAt(path: string): FieldAt {
  const [first = '', second] = path.split('.');
  const relation = second === undefined ? null : (customerModel.relations.get(first) ?? null);
  const model = relation ? relation.target() : customerModel;
  const part = customerModel.customFilters.get(first)?.parts?.get(second ?? '');
  const attribute = part ?? model.attributes.get(second ?? first);
  const suits = attribute?.filterable && (attribute.kind === 'text' || attribute.kind === 'enum');
  if (!suits || (second !== undefined && !relation?.filterable && !part)) {
    throw badInputAt(
      ['field'],
      'UNKNOWN_FIELD',
      'There is no text or enumeration of this path. (没有该文本或枚举字段。)',
    );
  }
  return { model, attribute, relation, name: `${model.name}.${part ? first : attribute.field}` };
}
