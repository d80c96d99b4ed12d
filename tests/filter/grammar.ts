// Every filter the grammar allows, drawn from the models themselves: a field added to a model is tested from then on.
import fc from 'fast-check';
import { encodeId, type IdPrefix } from '../../src/core/graphql/schema/type-id.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import { numbersOf } from '../../src/core/model/filter-type.ts';
import { recordedAttributes } from '../../src/core/model/history-condition.ts';
import type { Model, Relation } from '../../src/core/model/model.types.ts';
import { operatorsOf } from '../../src/core/model/operators.ts';
import { modelOfPrefix } from '../../src/core/model/registry.ts';
import { amounts, dates, instants, texts, type World } from './world.ts';

export type GeneratedFilter = Record<string, unknown>;

const durations = [
  'P6M',
  'P12M',
  'P1M',
  'P1D',
  'P30D',
  'P2W',
  'P1Y6M',
  'P3Y',
  'PT1S',
  'PT24H',
  'P1MT12H',
  'P0D',
];
/** Filters on `model` over the values that occur in the world, and values beside them. */
export function filtersOn(world: World, model: Model, depth: number): fc.Arbitrary<GeneratedFilter> {
  const fields: fc.Arbitrary<[string, unknown]>[] = [];
  const add = (field: string, value: fc.Arbitrary<unknown>) =>
    fields.push(value.map((drawn) => [field, drawn]));

  for (const attribute of model.attributes.values()) {
    if (attribute.computed) continue;
    if (attribute.filterable) add(attribute.field, operators(world, attribute));
  }
  const recorded = recordedAttributes(model);
  if (recorded.length > 0) {
    const past = fc
      .constantFrom(...recorded)
      .chain((attribute) => history(world, attribute).map((value) => ({ [attribute.field]: value })));
    add('history', past);
    add('history', past);
  }
  if (model.customFilters.has('tags')) add('tags', tagConditions);
  if (model.customFilters.has('inSegment')) add('inSegment', fc.constantFrom(...world.rules.keys()));
  if (depth > 0) {
    for (const relation of model.relations.values()) {
      if (!relation.filterable) continue;
      const condition = relationCondition(world, relation, depth - 1);
      // Drawn more often than one plain field among thirty.
      for (let weight = 0; weight < 4; weight += 1) add(relation.field, condition);
    }
    const inner = fc.constant(null).chain(() => filtersOn(world, model, depth - 1));
    for (let weight = 0; weight < 4; weight += 1) {
      add('and', fc.array(inner, { maxLength: 3 }));
      add('or', fc.array(inner, { maxLength: 3 }));
      add('not', inner);
    }
  }
  const field = fc.oneof(
    { weight: 30, arbitrary: fc.oneof(...fields) },
    { weight: 1, arbitrary: fc.constant<[string, unknown]>(['stage', null]) },
  );
  return fc
    .array(field, { minLength: depth > 1 ? 1 : 0, maxLength: 2 })
    .map((entries) =>
      Object.fromEntries(entries.filter(([name]) => name !== 'stage' || model.attributes.has('stage'))),
    );
}

/** Single conditions on what is rarest in the whole grammar: time, history, ids and numbers made of relations. */
export function pointedFiltersOn(world: World, model: Model): fc.Arbitrary<GeneratedFilter> {
  const timed = [...model.attributes.values()].filter(({ kind }) => kind === 'instant' || kind === 'date');
  const time = fc
    .constantFrom(...timed)
    .chain((attribute) => operators(world, attribute).map((value) => ({ [attribute.field]: value })));
  const past = (of: Model, fields: string[]) =>
    fc
      .constantFrom(...recordedAttributes(of).filter(({ field }) => fields.includes(field)))
      .chain((attribute) =>
        history(world, attribute).map((value) => ({ history: { [attribute.field]: value } })),
      );
  const relations = ['contacts', 'needs', 'deals'].map((field) => model.relations.get(field) as Relation);
  const idOf = (of: Model) =>
    fc
      .constantFrom(
        ...[...of.relations.values()].filter(({ arity, filterable }) => arity === 'one' && filterable),
      )
      .chain(({ field, target }) =>
        operators(world, target().attributes.get('id') as Attribute).map((id) => ({ [field]: { id } })),
      );
  const interactions = (model.relations.get('interactions') as Relation).target();
  const ofContact = past((relations[0] as Relation).target(), ['phone', 'birthday']);
  return fc.oneof(
    time,
    past(model, ['stage', 'creditLimit', 'foundedOn', 'employeeCount']),
    idOf(model),
    idOf(interactions).map((value) => ({ interactions: { some: value } })),
    ofContact.map((value) => ({ contacts: { some: value } })),
    ...relations
      .slice(1)
      .map((relation) => relationCondition(world, relation, 0).map((value) => ({ [relation.field]: value }))),
  );
}

function operators(world: World, attribute: Attribute): fc.Arbitrary<GeneratedFilter> {
  const value = values(world, attribute);
  const one = fc
    .constantFrom(...operatorsOf[attribute.kind])
    .chain((operator): fc.Arbitrary<[string, unknown]> => {
      if (operator === 'isNull') return fc.boolean().map((yes) => [operator, yes]);
      if (operator === 'in' || operator === 'notIn')
        return fc.array(value, { maxLength: 3 }).map((list) => [operator, list]);
      if (operator === 'contains' || operator === 'startsWith')
        return fc.constantFrom(...partsFor(attribute)).map((text) => [operator, text]);
      if (operator === 'withinLast' || operator === 'withinNext' || operator === 'anniversaryWithin')
        return fc.constantFrom(...durations).map((span) => [operator, span]);
      return value.map((drawn) => [operator, drawn]);
    });
  const few = fc.oneof(
    { weight: 8, arbitrary: fc.array(one, { minLength: 1, maxLength: 1 }) },
    { weight: 2, arbitrary: fc.array(one, { maxLength: 2 }) },
  );
  return few.map((entries) => Object.fromEntries(entries));
}

/** Parts of texts. Of a field with a standard of its own only what is no number or address: see `spelling.test.ts`. */
const partsFor = ({ standard }: Attribute): readonly string[] =>
  standard === 'PLAIN' ? ['智造', 'A', 'b', '%', '_', '\\', '业', ' '] : ['智造', 'A', 'b', '业'];

/** Values that occur in the world, and values beside them. */
export function values(world: World, attribute: Attribute): fc.Arbitrary<unknown> {
  switch (attribute.kind) {
    case 'text':
      return fc.constantFrom(...texts, '+8613800001234', '浙江', '佛教', '不存在');
    case 'enum':
      return fc.constantFrom(...Object.values(attribute.enumeration as object));
    case 'integer':
      return fc.constantFrom(-1, 0, 1, 99, 2_147_483_647);
    case 'decimal':
      return fc.constantFrom(
        ...amounts,
        '500000',
        '0.001',
        '20.5',
        '499999.9900000001',
        '99999999999999999999',
      );
    case 'instant':
      return fc.constantFrom(...instants);
    case 'date':
      return fc.constantFrom(...dates);
    case 'boolean':
      return fc.boolean();
    case 'id':
      return ids(world, attribute.prefix as IdPrefix);
    case 'json':
      throw new Error('JSON is not filtered.');
  }
}

const nobody = '01890000-0000-7000-8000-00000000dead';
const ids = (world: World, prefix: IdPrefix): fc.Arbitrary<string> =>
  fc
    .constantFrom(
      ...world
        .rowsOf((modelOfPrefix(prefix) as Model).tableName)
        .slice(0, 12)
        .map(({ id }) => id as string),
      nobody,
    )
    .map((id) => encodeId(prefix, id));

const labels = fc.array(fc.constantFrom('行业-制造业', '规模-中小企业', '高预算', '无人', '不存在'), {
  maxLength: 3,
});
const tagConditions = fc.record({ hasAny: labels, hasAll: labels, hasNone: labels }, { requiredKeys: [] });

function history(world: World, attribute: Attribute): fc.Arbitrary<GeneratedFilter> {
  const value = operators(world, attribute);
  const at = operators(world, { ...attribute, kind: 'instant' });
  const by = operators(world, { ...attribute, kind: 'id', prefix: 'emp' });
  const changed = fc.record({ from: value, to: value, at, by }, { requiredKeys: [] });
  return fc.record({ was: value, changed }, { requiredKeys: [] });
}

function relationCondition(world: World, relation: Relation, depth: number): fc.Arbitrary<unknown> {
  const target = relation.target();
  const inner = fc.constant(null).chain(() => filtersOn(world, target, depth));
  if (relation.arity === 'one') return inner;
  const count = fc.record(
    { where: inner, eq: small, gt: small, gte: small, lt: small, lte: small },
    { requiredKeys: [] },
  );
  const conditions: Record<string, fc.Arbitrary<unknown>> = { some: inner, none: inner, count };
  const numbers = numbersOf(target);
  if (numbers.length > 0) {
    for (const aggregate of ['sum', 'avg', 'min', 'max']) {
      conditions[aggregate] = fc.constantFrom(...numbers).chain(({ field }) =>
        fc.record(
          {
            field: fc.constant(field),
            where: inner,
            eq: amount,
            ne: amount,
            gt: amount,
            lte: amount,
            isNull: fc.boolean(),
          },
          { requiredKeys: ['field'] },
        ),
      );
    }
  }
  return fc
    .constantFrom(...Object.entries(conditions))
    .chain(([name, condition]) => condition.map((drawn) => ({ [name]: drawn })));
}

const small = fc.integer({ min: 0, max: 3 });
const amount = fc.constantFrom(...amounts, '250000', '750000.005');
