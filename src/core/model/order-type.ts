import { Field, InputType, registerEnumType } from 'type-graphql';
import { Extensions } from './extensions.ts';
import type { Model } from './model.types.ts';
import { namedClass } from './named-class.ts';

/** Sort direction. */
export const OrderDirection = { ASC: 'ASC', DESC: 'DESC' } as const;
registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'Direction of an order; rows without a value come last in both. (排序方向)',
  valuesConfig: {
    ASC: { description: 'Smallest first. (升序)' },
    DESC: { description: 'Largest first. (降序)' },
  },
});

/** Generates `<Name>Order { field, direction }` over the sortable attributes. */
export function orderTypeOf(model: Model): object {
  const sortable = [...model.attributes.values()].filter((attribute) => attribute.sortable);
  if (sortable.length === 0) return {};
  const fields = Object.fromEntries(sortable.map(({ field }) => [upperSnake(field), field]));
  registerEnumType(fields, {
    name: `${model.name}OrderField`,
    description: `What a list of ${model.name} rows can be ordered by. (排序字段)`,
    valuesConfig: Object.fromEntries(
      sortable.map(({ field, description }) => [upperSnake(field), { description }]),
    ),
  });
  const name = `${model.name}Order`;
  const Order = namedClass(name);
  Field(() => fields, { description: 'The field to order by. (排序字段)' })(Order.prototype, 'field');
  Field(() => OrderDirection, {
    description: 'The direction. (排序方向)',
    defaultValue: 'ASC',
  })(Order.prototype, 'direction');
  InputType(name, { description: 'One term of an order; the id breaks ties. (排序)' })(Order);
  Extensions({ orderOf: model.name })(Order);
  return Order;
}

/** The enum value for a field name: `creditLimit` becomes CREDIT_LIMIT. */
export const upperSnake = (field: string): string =>
  field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
