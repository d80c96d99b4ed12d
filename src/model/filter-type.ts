import { Field, InputType, Int } from 'type-graphql';
import type { Model } from './model.ts';
import { operatorTypeOf } from './operators.ts';

/**
 * Generates `<Name>Filter`: a condition per filterable attribute and relation,
 * with `and`, `or` and `not`. A segment's rule is a value of this type.
 */
export function filterTypeOf(model: Model): object {
  const Filter = named(`${model.name}Filter`);
  const add = (field: string, type: () => object, description: string) =>
    Field(type as never, { nullable: true, description })(Filter.prototype, field);

  for (const attribute of model.attributes.values()) {
    if (attribute.filterable) add(attribute.field, () => operatorTypeOf(attribute), attribute.description);
  }
  for (const special of model.specials.values()) add(special.field, special.type, special.description);
  for (const relation of model.relations.values()) {
    if (!relation.filterable) continue;
    const condition = (): object => (relation.arity === 'one' ? relation.target().Filter : relation.target().RelationFilter);
    add(relation.field, condition, relation.description);
  }
  add('and', () => [Filter], 'All of these hold; an empty list always holds. At most 50. (且)');
  add('or', () => [Filter], 'At least one of these holds; an empty list never holds. At most 50. (或)');
  add('not', () => Filter, 'This does not hold. Every row matches exactly one of f and { not: f }. (非)');
  InputType(`${model.name}Filter`, {
    description: `Conditions on a ${model.name}; all that are given must hold. Two-valued: a field without a value never meets a condition, and meets its negation. (筛选条件)`,
  })(Filter as never);
  return Filter;
}

/** Generates `<Name>RelationFilter`: conditions on the rows a relation leads to. */
export function relationFilterTypeOf(target: Model): object {
  const Count = named(`${target.name}CountFilter`);
  const addCount = (field: string, type: () => object, description: string) =>
    Field(type as never, { nullable: true, description })(Count.prototype, field);
  addCount('where', () => target.Filter, 'Counts only those that meet this. (计数条件)');
  addCount('eq', () => Int, 'Exactly this many. (等于)');
  addCount('gt', () => Int, 'More than this many. (大于)');
  addCount('gte', () => Int, 'At least this many. (不少于)');
  addCount('lt', () => Int, 'Fewer than this many. (小于)');
  addCount('lte', () => Int, 'At most this many. (不多于)');
  InputType(`${target.name}CountFilter`, { description: `How many of a relation’s ${target.name} rows there are. (数量条件)` })(
    Count as never,
  );

  const RelationFilter = named(`${target.name}RelationFilter`);
  const add = (field: string, type: () => object, description: string) =>
    Field(type as never, { nullable: true, description })(RelationFilter.prototype, field);
  add('some', () => target.Filter, 'At least one meets this; {} asks that there is any. (至少一个满足)');
  add('none', () => target.Filter, 'Not one meets this; {} asks that there are none. (没有满足的)');
  add('count', () => Count, 'How many there are. (数量)');
  InputType(`${target.name}RelationFilter`, {
    description: `Conditions on the ${target.name} rows of a file. (关联条件)`,
  })(RelationFilter as never);
  return RelationFilter;
}

const named = (name: string): { prototype: object } => ({ [name]: class {} })[name] as { prototype: object };
