import { Field, ID, InputType, Int } from 'type-graphql';
import { DateScalar, DateTimeScalar, DecimalScalar, DurationScalar } from '../graphql/schema/scalars.ts';
import type { Attribute, AttributeKind } from './attribute.ts';
import { namedClass } from './named-class.ts';

// Filter operators, with the same names for every type. Several in one object must all hold.

type Thunk = () => object;

const describe = {
  eq: 'Equal to this value. (等于)',
  ne: 'Not equal to this value; a field without a value counts as not equal. (不等于)',
  in: 'One of these values, at most 200. (属于)',
  notIn: 'None of these values, at most 200; a field without a value counts. (不属于)',
  isNull: 'True: has no value; false: has one. (为空)',
  contains: 'Contains this text, ignoring case; 1 to 200 characters. (包含)',
  startsWith: 'Starts with this text, ignoring case; 1 to 200 characters. (开头为)',
  gt: 'Greater than this value. (大于)',
  gte: 'At least this value. (不小于)',
  lt: 'Less than this value. (小于)',
  lte: 'At most this value. (不大于)',
  withinLast:
    'Between this long before now and now. A duration of whole days or more starts at the beginning of its first day in the organisation’s time zone. (最近一段时间内)',
  withinNext:
    'Between now and this long after now. A duration of whole days or more ends at the end of its last day in the organisation’s time zone. (未来一段时间内)',
  anniversaryWithin:
    'The next anniversary (day and month) is within this long from today, including today; 29 February counts as 28 February in other years. (周年日在未来一段时间内)',
} as const;
export type Operator = keyof typeof describe;

/** Operators for each kind of attribute. */
export const operatorsOf: Record<AttributeKind, readonly Operator[]> = {
  text: ['eq', 'ne', 'in', 'notIn', 'contains', 'startsWith', 'isNull'],
  enum: ['eq', 'ne', 'in', 'notIn', 'isNull'],
  id: ['eq', 'ne', 'in', 'notIn', 'isNull'],
  integer: ['eq', 'ne', 'in', 'notIn', 'gt', 'gte', 'lt', 'lte', 'isNull'],
  decimal: ['eq', 'ne', 'in', 'notIn', 'gt', 'gte', 'lt', 'lte', 'isNull'],
  instant: ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'withinLast', 'withinNext', 'isNull'],
  date: ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'withinLast', 'withinNext', 'anniversaryWithin', 'isNull'],
  boolean: ['eq', 'ne', 'isNull'],
  json: [],
};

function operatorType(name: string, kind: AttributeKind, value: Thunk, description: string): object {
  const Type = namedClass(name);
  for (const operator of operatorsOf[kind]) {
    const type: Thunk =
      operator === 'isNull'
        ? () => Boolean
        : operator === 'in' || operator === 'notIn'
          ? () => [value()]
          : operator === 'withinLast' || operator === 'withinNext' || operator === 'anniversaryWithin'
            ? () => DurationScalar
            : value;
    Field(type, { nullable: true, description: describe[operator] })(Type.prototype, operator);
  }
  InputType(name, { description })(Type);
  return Type;
}

const moneyType = operatorType(
  'MoneyFilter',
  'decimal',
  () => DecimalScalar,
  'Conditions on an amount of money, which only amounts in its currency meet. (金额条件)',
);
Field(() => String, {
  nullable: true,
  description:
    'The currency of the amounts compared, ISO 4217; the organisation’s unless given. Alone it is no condition. (币种)',
})((moneyType as { prototype: object }).prototype, 'currency');

const plainTypes: Record<Exclude<AttributeKind, 'enum' | 'json'>, object> = {
  text: operatorType('TextFilter', 'text', () => String, 'Conditions on a text. (文本条件)'),
  id: operatorType('IdFilter', 'id', () => ID, 'Conditions on an id. (编号条件)'),
  integer: operatorType('IntFilter', 'integer', () => Int, 'Conditions on a whole number. (整数条件)'),
  decimal: operatorType(
    'DecimalFilter',
    'decimal',
    () => DecimalScalar,
    'Conditions on an exact number. (数值条件)',
  ),
  instant: operatorType(
    'DateTimeFilter',
    'instant',
    () => DateTimeScalar,
    'Conditions on an instant. (时间条件)',
  ),
  date: operatorType('DateFilter', 'date', () => DateScalar, 'Conditions on a calendar date. (日期条件)'),
  boolean: operatorType('BooleanFilter', 'boolean', () => Boolean, 'Conditions on a boolean. (是否条件)'),
};

const enumTypes = new Map<object, object>();

/** Registers the filter type of an enumeration under the enumeration's GraphQL name. */
export function registerEnumFilter(enumeration: object, name: string): void {
  enumTypes.set(
    enumeration,
    operatorType(`${name}Filter`, 'enum', () => enumeration, `Conditions on a ${name}. (枚举条件)`),
  );
}

const historyTypes = new Map<object, object>();

/** The input type for conditions on the past of an attribute, created once per operator type. */
export function historyTypeOf(attribute: Attribute): object {
  const Operators = operatorTypeOf(attribute) as { name: string };
  const known = historyTypes.get(Operators);
  if (known) return known;
  const kind = Operators.name.replace(/Filter$/, '');
  const Changed = declareInput(
    `${kind}ChangeFilter`,
    'One change that meets all of this; {} matches any change. The initial value is not a change. A change counts once it has its position in the event log, usually within 30 ms of its commit. (变更条件)',
    {
      from: [() => Operators, 'Value before. (变更前)'],
      to: [() => Operators, 'Value after. (变更后)'],
      at: [() => plainTypes.instant, 'When it changed. (变更时间)'],
      by: [() => plainTypes.id, 'The employee who changed it. (变更人)'],
    },
  );
  const History = declareInput(
    `${kind}HistoryFilter`,
    'Conditions on the past of a field; both must hold. (历史条件)',
    {
      was: [() => Operators, 'Has or once had such a value. (曾经是)'],
      changed: [() => Changed, 'Was changed in this way at least once. (发生过变更)'],
    },
  );
  historyTypes.set(Operators, History);
  return History;
}

function declareInput(name: string, description: string, fields: Record<string, [Thunk, string]>): object {
  const Type = namedClass(name);
  for (const [field, [type, about]] of Object.entries(fields)) {
    Field(type, { nullable: true, description: about })(Type.prototype, field);
  }
  InputType(name, { description })(Type);
  return Type;
}

/** The input type with the operators of an attribute. */
export const operatorTypeOf = (attribute: Attribute): object => {
  if (attribute.kind === 'json') throw new Error(`${attribute.field} is JSON and cannot be filtered.`);
  if (attribute.currency) return moneyType;
  if (attribute.kind !== 'enum') return plainTypes[attribute.kind];
  const type = enumTypes.get(attribute.enumeration as object);
  if (!type) throw new Error(`The enumeration of ${attribute.field} is not registered.`);
  return type;
};
