import { type SQL, sql } from 'drizzle-orm';
import type { Declared } from '../../core/access/row-predicates.ts';
import type { Attribute } from '../../core/model/attribute.ts';
import { numbersOf } from '../../core/model/filter-type.ts';
import type { Model, Relation } from '../../core/model/model.types.ts';
import { upperSnake } from '../../core/model/order-type.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';

/** A numeric field that can be aggregated, of the file itself or of its needs or deals. */
export interface MeasuredNumber {
  name: string;
  attribute: Attribute;
  model: Model;
  /** The relation from the file to the rows; null for the file's own numbers. */
  relation: Relation | null;
  /** The fields that the viewer must be able to read. */
  through: readonly Declared[];
  description: string;
}

/** The declared name of a number's field, e.g. `Deal.amount`. */
export const fieldOf = ({ model, attribute }: MeasuredNumber): string => `${model.name}.${attribute.field}`;

const own = numbersOf(customerModel).map(
  (attribute): MeasuredNumber => ({
    name: upperSnake(attribute.field),
    attribute,
    model: customerModel,
    relation: null,
    through: [attribute],
    description: attribute.description,
  }),
);

const related = ['needs', 'deals'].flatMap((field) => {
  const relation = customerModel.relations.get(field) as Relation;
  const model = relation.target();
  return numbersOf(model).map(
    (attribute): MeasuredNumber => ({
      name: `${upperSnake(model.name.toLowerCase())}_${upperSnake(attribute.field)}`,
      attribute,
      model,
      relation,
      through: [relation, attribute],
      description: attribute.description,
    }),
  );
});

/** All numbers, by API name, e.g. CREDIT_LIMIT, DEAL_CONTRACT_AMOUNT. */
export const measuredNumbers = new Map<string, MeasuredNumber>(
  [...own, ...related].map((one) => [one.name, one]),
);

/** The aggregate functions. */
export const MeasureFunction = {
  COUNT: 'COUNT',
  SUM: 'SUM',
  AVG: 'AVG',
  MIN: 'MIN',
  MAX: 'MAX',
  MEDIAN: 'MEDIAN',
} as const;
export type MeasureFunction = (typeof MeasureFunction)[keyof typeof MeasureFunction];

/** The aggregate over a column of one group's rows, exact, as text. */
export function aggregateOf(of: MeasureFunction, number: SQL): SQL {
  switch (of) {
    case 'COUNT':
      return sql`count(${number})::text`;
    case 'SUM':
      return sql`coalesce(sum(${number}), 0)::text`;
    case 'AVG':
      return sql`round(avg(${number}), 4)::text`;
    case 'MIN':
      return sql`min(${number})::text`;
    case 'MAX':
      return sql`max(${number})::text`;
    case 'MEDIAN':
      // percentile_cont would return floating point; this is the exact middle value, or the mean of the two.
      return sql`round((percentile_disc(0.5) within group (order by ${number}) + percentile_disc(0.5) within group (order by ${number} desc)) / 2, 4)::text`;
  }
}

/**
 * The same in two steps, so that PostgreSQL can use parallel workers, which it cannot for grouping sets: the partial
 * aggregates of a group (in columns named after `name`) and the expression that combines them. Null for a median, which
 * cannot be combined from parts.
 */
export function inParts(of: MeasureFunction, number: SQL, name: string): { part: SQL; whole: SQL } | null {
  const [value, counted] = [sql.raw(name), sql.raw(`${name}_counted`)];
  const one = (part: SQL, whole: SQL) => ({ part: sql`${part} as ${value}`, whole: sql`${whole}::text` });
  switch (of) {
    case 'COUNT':
      return one(sql`count(${number})`, sql`sum(${value})`);
    case 'SUM':
      return one(sql`sum(${number})`, sql`coalesce(sum(${value}), 0)`);
    case 'AVG':
      return one(
        sql`count(${number}) as ${counted}, sum(${number})`,
        sql`round(sum(${value}) / nullif(sum(${counted}), 0), 4)`,
      );
    case 'MIN':
      return one(sql`min(${number})`, sql`min(${value})`);
    case 'MAX':
      return one(sql`max(${number})`, sql`max(${value})`);
    case 'MEDIAN':
      return null;
  }
}
