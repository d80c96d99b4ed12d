// The filter grammar evaluated a second time, row by row in memory, without the compiler.
import { type AccessClass, policy } from '../../src/core/access/policy.ts';
import type { Viewer } from '../../src/core/access/viewer.ts';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import type { Model, Relation } from '../../src/core/model/model.types.ts';
import * as calendar from './calendar.ts';
import type { RawRow, World } from './world.ts';

type Filter = Record<string, unknown>;

export interface Moment {
  viewer: Viewer;
  now: Date;
}

/** Ids of the files that exist for the viewer and meet the filter, by the rights they have on each. */
export function matchingFiles(world: World, model: Model, filter: Filter, moment: Moment): string[] {
  const used = new Set<AccessClass>();
  collectClasses(world, model, filter, used);
  return world
    .rowsOf('customer')
    .filter((file) => isVisible(world, file, moment.viewer))
    .filter((file) => [...used].every((access) => mayRead(world, file, access, moment.viewer)))
    .filter((file) => holds(world, model, filter, file, moment))
    .map(({ id }) => id as string);
}

export const isVisible = (world: World, file: RawRow, viewer: Viewer): boolean =>
  policy[viewer.role].files === 'ALL' ||
  file.owner_id === viewer.id ||
  grantsOn(world, file, viewer).length > 0;

const grantsOn = (world: World, file: RawRow, viewer: Viewer): RawRow[] =>
  world
    .rowsOf('access_grant')
    .filter(
      (grant) => grant.customer_id === file.id && grant.grantee_id === viewer.id && grant.ended_at === null,
    );

function mayRead(world: World, file: RawRow, access: AccessClass, viewer: Viewer): boolean {
  const granted = grantsOn(world, file, viewer);
  const named = granted.some((grant) => (grant.classes as string[]).includes(access));
  switch (policy[viewer.role].read[access]) {
    case 'ALL':
      return true;
    case 'NONE':
      return false;
    case 'GRANTED':
      return named;
    case 'OWN':
      return (
        file.owner_id === viewer.id ||
        named ||
        (granted.length > 0 && (access === 'card' || access === 'basic'))
      );
  }
}

/** Every access class the filter reads, wherever in it. */
function collectClasses(world: World, model: Model, filter: Filter, used: Set<AccessClass>): void {
  const add = (access: string) => {
    if (access !== 'open') used.add(access as AccessClass);
  };
  for (const [field, value] of Object.entries(filter)) {
    if (value === null) continue;
    const inner = value as Filter;
    if (field === 'and' || field === 'or') {
      for (const branch of value as Filter[]) collectClasses(world, model, branch, used);
    } else if (field === 'not') collectClasses(world, model, inner, used);
    else if (field === 'history') {
      for (const past of Object.keys(inner)) {
        if (inner[past] !== null) add(attributeOf(model, past).access);
      }
    } else if (field === 'inSegment')
      collectClasses(world, model, world.rules.get(value as string) as Filter, used);
    else if (model.relations.get(field)?.filterable) {
      const relation = model.relations.get(field) as Relation;
      add(relation.access);
      const target = relation.target();
      if (relation.arity === 'one') collectClasses(world, target, inner, used);
      else
        for (const [quantifier, asked] of Object.entries(inner)) {
          if (asked === null) continue;
          const condition = asked as Filter;
          if (quantifier === 'some' || quantifier === 'none') collectClasses(world, target, condition, used);
          else {
            if (condition.where) collectClasses(world, target, condition.where as Filter, used);
            if (condition.field) add(attributeOf(target, condition.field as string).access);
          }
        }
    } else add(model.attributes.get(field)?.access ?? model.customFilters.get(field)?.access ?? 'open');
  }
}

const attributeOf = (model: Model, field: string): Attribute => model.attributes.get(field) as Attribute;

function holds(world: World, model: Model, filter: Filter, row: RawRow, moment: Moment): boolean {
  return Object.entries(filter).every(([field, value]) => {
    if (value === null) return true;
    const inner = value as Filter;
    if (field === 'and')
      return (value as Filter[]).every((branch) => holds(world, model, branch, row, moment));
    if (field === 'or') return (value as Filter[]).some((branch) => holds(world, model, branch, row, moment));
    if (field === 'not') return !holds(world, model, inner, row, moment);
    if (field === 'tags' && model.name === 'Customer') return tagsHold(world, inner, row);
    if (field === 'inSegment')
      return holds(world, model, world.rules.get(value as string) as Filter, row, moment);
    if (field === 'history') return historyHolds(world, model, inner, row, moment);
    const relation = model.relations.get(field);
    if (relation) return relationHolds(world, model, relation, inner, row, moment);
    const attribute = attributeOf(model, field);
    return valueHolds(attribute, row[attribute.column.name], inner, moment);
  });
}

function relationHolds(
  world: World,
  model: Model,
  relation: Relation,
  value: Filter,
  row: RawRow,
  moment: Moment,
): boolean {
  const target = relation.target();
  const rows = world.related(model, relation, row);
  const meeting = (filter: Filter) => rows.filter((other) => holds(world, target, filter, other, moment));
  if (relation.arity === 'one') return meeting(value).length > 0;
  return Object.entries(value).every(([quantifier, asked]) => {
    if (asked === null) return true;
    if (quantifier === 'some') return meeting(asked as Filter).length > 0;
    if (quantifier === 'none') return meeting(asked as Filter).length === 0;
    const { where, field, ...bounds } = asked as Filter;
    const counted = meeting((where as Filter) ?? {});
    if (quantifier === 'count') {
      return Object.entries(bounds).every(
        ([operator, bound]) => bound === null || compare(operator, counted.length - (bound as number)),
      );
    }
    const column = attributeOf(target, field as string).column.name;
    const numbers = counted.flatMap((other) =>
      other[column] === null ? [] : [scaled(String(other[column]))],
    );
    return aggregateHolds(quantifier, numbers, bounds);
  });
}

/** Compares `sum × n` with `bound × n`, so that an average needs no division. */
function aggregateHolds(aggregate: string, numbers: bigint[], bounds: Filter): boolean {
  const sum = numbers.reduce((a, b) => a + b, 0n);
  const sorted = numbers.toSorted((a, b) => (a < b ? -1 : 1));
  const none = numbers.length === 0;
  const [top, times] =
    aggregate === 'sum'
      ? [sum, 1n]
      : aggregate === 'avg'
        ? [sum, BigInt(numbers.length)]
        : [aggregate === 'min' ? sorted[0] : sorted.at(-1), 1n];
  const value = none && aggregate !== 'sum' ? null : (top as bigint);
  return Object.entries(bounds).every(([operator, bound]) => {
    if (operator === 'isNull') return (value === null) === bound;
    if (value === null) return operator === 'ne';
    return compare(operator, sign(value - scaled(bound as string) * times));
  });
}

function tagsHold(world: World, value: Filter, row: RawRow): boolean {
  const labels = new Set(world.labelsOf(row));
  return Object.entries(value).every(([operator, asked]) => {
    if (asked === null) return true;
    const has = (label: string) => labels.has(label);
    if (operator === 'hasAny') return (asked as string[]).some(has);
    if (operator === 'hasAll') return (asked as string[]).every(has);
    return !(asked as string[]).some(has);
  });
}

function historyHolds(world: World, model: Model, value: Filter, row: RawRow, moment: Moment): boolean {
  const lines = world
    .rowsOf('file_history')
    .filter((line) => line.subject === model.tableName && line.subject_id === row.id);
  return Object.entries(value).every(([field, asked]) => {
    if (asked === null) return true;
    const attribute = attributeOf(model, field);
    const name = attribute.column.name;
    const { was, changed } = asked as { was?: Filter | null; changed?: Filter | null };
    const met = (stored: unknown, operators: Filter) =>
      valueHolds(attribute, asText(stored), operators, moment);
    const changes = lines.filter((line) => line.field === name);
    if (was) {
      // The lines made up for the world come out of the blue: what a value is changed to is not always what it is now.
      const values = [row[name], ...changes.map((line) => line.old_value)];
      if (!values.some((stored) => met(stored, was))) return false;
    }
    if (!changed) return true;
    const { from, to, at, by } = changed as Record<string, Filter | null>;
    return changes.some(
      (line) =>
        (!from || met(line.old_value, from)) &&
        (!to || met(line.new_value, to)) &&
        (!at || valueHolds({ ...attribute, kind: 'instant' }, line.occurred_at, at, moment)) &&
        (!by || valueHolds({ ...attribute, kind: 'id' }, line.actor_id, by, moment)),
    );
  });
}

const asText = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value);

/** One stored value against `{ gte: …, lt: … }`. */
export function valueHolds(
  attribute: Attribute,
  stored: unknown,
  operators: Filter,
  { now }: Moment,
): boolean {
  const { kind } = attribute;
  const comparable = (value: unknown): bigint | string | boolean => {
    if (kind === 'decimal' || kind === 'integer') return scaled(String(value));
    if (kind === 'instant') return calendar.microsOf(toUtc(value as string)) / 1000n;
    if (kind === 'text') return (value as string).toLowerCase();
    if (kind === 'date') return BigInt(calendar.dayNumber(value as string));
    return value as string;
  };
  const asked = (value: unknown) => (kind === 'id' ? uuidOf(value as string) : comparable(value));
  return Object.entries(operators).every(([operator, value]) => {
    if (operator === 'isNull') return (stored === null || stored === undefined) === value;
    const negated = operator === 'ne' || operator === 'notIn';
    if (stored === null || stored === undefined) return negated;
    const own = comparable(stored);
    switch (operator) {
      case 'eq':
        return own === asked(value);
      case 'ne':
        return own !== asked(value);
      case 'in':
        return (value as unknown[]).some((one) => own === asked(one));
      case 'notIn':
        return !(value as unknown[]).some((one) => own === asked(one));
      case 'contains':
        return (stored as string).toLowerCase().includes((value as string).toLowerCase());
      case 'startsWith':
        return (stored as string).toLowerCase().startsWith((value as string).toLowerCase());
      case 'withinLast':
      case 'withinNext':
      case 'anniversaryWithin':
        return timeHolds(operator, kind === 'date', stored as string, value as string, now);
      default:
        return compare(operator, sign((own as bigint) - (asked(value) as bigint)));
    }
  });
}

function timeHolds(operator: string, isDate: boolean, stored: string, duration: string, now: Date): boolean {
  const span = calendar.spanOf(duration);
  const instant = calendar.microsOf(now.toISOString());
  const wall = calendar.wallOf(instant);
  const today = calendar.startOfDay(wall);
  const dayNow = calendar.dayOfWall(wall);
  if (operator === 'anniversaryWithin') {
    const last = calendar.dayOfWall(calendar.moved(today, span, 1));
    const { year } = calendar.dateOf(dayNow);
    return [year, year + 1]
      .map((y) => calendar.anniversaryIn(y, stored))
      .some((day) => day >= dayNow && day <= last);
  }
  const back = operator === 'withinLast';
  if (isDate) {
    const edge = calendar.dayOfWall(calendar.moved(today, span, back ? -1 : 1));
    const day = calendar.dayNumber(stored);
    return back ? day >= edge && day <= dayNow : day >= dayNow && day <= edge;
  }
  const whole = !duration.includes('T');
  const own = calendar.microsOf(toUtc(stored));
  const edge = calendar.instantOf(calendar.moved(whole ? today : wall, span, back ? -1 : 1));
  if (back) return own >= edge && own <= instant;
  if (!whole) return own >= instant && own <= edge;
  const end = calendar.instantOf(calendar.moved(calendar.moved(today, span, 1), calendar.oneDay, 1));
  return own >= instant && own < end;
}

const toUtc = (text: string) => text.replace(/\+00:00$/, 'Z');
const sign = (value: bigint): number => (value > 0n ? 1 : value < 0n ? -1 : 0);

function compare(operator: string, difference: number): boolean {
  switch (operator) {
    case 'eq':
      return difference === 0;
    case 'ne':
      return difference !== 0;
    case 'gt':
      return difference > 0;
    case 'gte':
      return difference >= 0;
    case 'lt':
      return difference < 0;
    default:
      return difference <= 0;
  }
}

/** A decimal as a whole number of 10⁻¹⁰. */
function scaled(text: string): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const value = BigInt(whole + fraction.padEnd(10, '0'));
  return text.startsWith('-') ? -value : value;
}
