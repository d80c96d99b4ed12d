import { Field, InputType, Int, registerEnumType } from 'type-graphql';
import { DecimalScalar } from '../graphql/schema/scalars.ts';
import type { Attribute } from './attribute.ts';
import { Extensions } from './extensions.ts';
import { recordedAttributes } from './history-condition.ts';
import type { Model } from './model.types.ts';
import { namedClass } from './named-class.ts';
import { historyTypeOf, operatorTypeOf } from './operators.ts';
import { upperSnake } from './order-type.ts';

type AddField = (field: string, type: () => object, description: string, nullable?: boolean) => void;

/** Declares an input type whose fields are generated in a loop. */
function inputType(name: string, description: string, declare: (add: AddField) => void): new () => object {
  const Type = namedClass(name);
  declare((field, type, about, nullable = true) =>
    Field(type, { nullable, description: about })(Type.prototype, field),
  );
  InputType(name, { description })(Type);
  return Type;
}

/**
 * Generates `<Name>Filter`: a condition per filterable attribute and relation,
 * with `and`, `or` and `not`. A segment's rule is a value of this type.
 */
export function filterTypeOf(model: Model): object {
  const history = recordedAttributes(model);
  const History = history.length > 0 ? historyFilterTypeOf(model, history) : null;
  const Filter: new () => object = inputType(
    `${model.name}Filter`,
    `Conditions on a ${model.name}; all that are given must hold, and none given always holds. Two-valued: a field without a value never meets a condition, and meets its negation. At most 12 levels and 200 conditions. (筛选条件)`,
    (add) => {
      for (const attribute of model.attributes.values()) {
        if (attribute.filterable)
          add(attribute.field, () => operatorTypeOf(attribute), attribute.description);
      }
      for (const special of model.customFilters.values())
        add(special.field, special.type, special.description);
      for (const relation of model.relations.values()) {
        if (!relation.filterable) continue;
        if (relation.arity === 'one') {
          add(
            relation.field,
            () => relation.target().Filter,
            `${relation.description} {} requires that there is one. (关联对象条件)`,
          );
        } else add(relation.field, () => relation.target().RelationFilter, relation.description);
      }
      if (History)
        add('history', () => History, 'Conditions on past values of a field, or how it changed. (变更历史)');
      add('and', () => [Filter], 'All of these hold; an empty list always holds. At most 50. (且)');
      add('or', () => [Filter], 'At least one of these holds; an empty list never holds. At most 50. (或)');
      add('not', () => Filter, 'This does not hold. Every row matches exactly one of f and { not: f }. (非)');
    },
  );
  Extensions({ filterOf: model.name })(Filter);
  return Filter;
}

const historyFilterTypeOf = (model: Model, attributes: Attribute[]): object =>
  inputType(
    `${model.name}HistoryFilter`,
    `Conditions on the past of the fields of a ${model.name}. (历史条件)`,
    (add) => {
      for (const attribute of attributes) {
        // Outside the thunk: types cannot be declared once the schema is being built.
        const type = historyTypeOf(attribute);
        add(attribute.field, () => type, attribute.description);
      }
    },
  );

/** Generates `<Name>RelationFilter`: conditions on a relation's rows. */
export function relationFilterTypeOf(target: Model): object {
  const { name } = target;
  const Count = inputType(
    `${name}CountFilter`,
    `How many of a relation’s ${name} rows there are. (数量条件)`,
    (add) => {
      add('where', () => target.Filter, 'Counts only those that meet this. (计数条件)');
      add('eq', () => Int, 'Exactly this many. (等于)');
      add('gt', () => Int, 'More than this many. (大于)');
      add('gte', () => Int, 'At least this many. (不少于)');
      add('lt', () => Int, 'Fewer than this many. (小于)');
      add('lte', () => Int, 'At most this many. (不多于)');
    },
  );
  const Aggregate = aggregateTypeOf(target);
  return inputType(`${name}RelationFilter`, `Conditions on the related ${name} rows. (关联条件)`, (add) => {
    add(
      'some',
      () => target.Filter,
      'At least one meets this; {} requires that there is any. (至少一个满足)',
    );
    add('none', () => target.Filter, 'None meets this; {} requires that there are none. (没有满足的)');
    add('count', () => Count, 'How many there are. (数量)');
    if (!Aggregate) return;
    const type = () => Aggregate;
    add('sum', type, 'Their sum, 0 if there are none. (合计)');
    add('avg', type, 'Their average; no value if there are none. (平均值)');
    add('min', type, 'The least of them; no value if there are none. (最小值)');
    add('max', type, 'The greatest of them; no value if there are none. (最大值)');
  });
}

/** The numbers of a model that can be summed and averaged. */
export const numbersOf = (model: Model): Attribute[] =>
  [...model.attributes.values()].filter(
    ({ kind, filterable }) => filterable && (kind === 'decimal' || kind === 'integer'),
  );

/** `<Name>AggregateFilter`, or null for a model without numbers. */
function aggregateTypeOf(target: Model): object | null {
  const numbers = numbersOf(target);
  if (numbers.length === 0) return null;
  const NumberField = Object.fromEntries(numbers.map(({ field }) => [upperSnake(field), field]));
  registerEnumType(NumberField, {
    name: `${target.name}NumberField`,
    description: `Numbers of a ${target.name}. (数值字段)`,
    valuesConfig: Object.fromEntries(
      numbers.map(({ field, description }) => [upperSnake(field), { description }]),
    ),
  });
  const description = `Compares an aggregate of the related ${target.name} rows. Rows without a value are ignored. (汇总条件)`;
  return inputType(`${target.name}AggregateFilter`, description, (add) => {
    add('field', () => NumberField, 'Which number. (数值字段)', false);
    add('where', () => target.Filter, 'Only rows that meet this. (汇总范围)');
    if (numbers.some(({ currency }) => currency)) {
      add(
        'currency',
        () => String,
        'Of an amount of money: only amounts in this currency, ISO 4217; in the organisation’s unless given. (币种)',
      );
    }
    add('eq', () => DecimalScalar, 'Equal to this. (等于)');
    add('ne', () => DecimalScalar, 'Not equal to this; no value counts as not equal. (不等于)');
    add('gt', () => DecimalScalar, 'Greater than this. (大于)');
    add('gte', () => DecimalScalar, 'At least this. (不小于)');
    add('lt', () => DecimalScalar, 'Less than this. (小于)');
    add('lte', () => DecimalScalar, 'At most this. (不大于)');
    add('isNull', () => Boolean, 'True: there is nothing to average or compare. (为空)');
  });
}
