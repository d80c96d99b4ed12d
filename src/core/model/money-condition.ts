import { type SQL, sql } from 'drizzle-orm';
import type { Issue } from '../errors.ts';
import { checkCurrency } from '../validation/code.ts';
import { isAggregate } from './aggregate.ts';
import type { Attribute } from './attribute.ts';
import type { Filter, Model, ReadContext } from './model.types.ts';

// Money never crosses currencies: a condition on an amount holds for amounts in its currency alone.

/** The condition's currency as stored: the organisation's unless it names one; adds its violation to `issues`. */
export function currencyOf(
  named: unknown,
  { currency }: Pick<ReadContext, 'currency'>,
  path: (string | number)[],
  issues: Issue[],
): string {
  if (named === undefined || named === null) return currency;
  const { value, problem } = checkCurrency(String(named));
  if (problem) issues.push({ path: [...path, 'currency'], ...problem });
  return value ?? currency;
}

const positive: Record<string, string> = { ne: 'eq', notIn: 'in' };

/** One comparison of an amount, among those in a currency. `compare` compiles an operator without regard to it. */
export function inCurrency(
  column: SQL,
  currency: string,
  operator: string,
  compare: (operator: string) => SQL,
): SQL {
  if (operator === 'isNull') return compare(operator);
  const opposite = positive[operator];
  const met = sql`(${column} = ${currency}::text and ${compare(opposite ?? operator)})`;
  return opposite === undefined ? met : sql`${met} is not true`;
}

/**
 * A filter in which every condition on an amount names its currency, so that it means the same when the organisation's
 * has changed. Otherwise as it was written.
 */
export function withCurrencies(model: Model, filter: Filter, currency: string): Filter {
  return mapped(filter, (field, value) => {
    if (field === 'and' || field === 'or')
      return (value as Filter[]).map((branch) => withCurrencies(model, branch, currency));
    if (field === 'not') return withCurrencies(model, value as Filter, currency);
    if (field === 'history')
      return mapped(value as Filter, (past, condition) =>
        pastIn(model.attributes.get(past), condition, currency),
      );
    const relation = model.relations.get(field);
    if (relation) {
      const target = relation.target();
      return relation.arity === 'one'
        ? withCurrencies(target, value as Filter, currency)
        : mapped(value as Filter, (quantifier, condition) =>
            relatedIn(target, quantifier, condition, currency),
          );
    }
    return named(model.attributes.get(field), value as Filter, currency);
  });
}

function relatedIn(target: Model, quantifier: string, condition: unknown, currency: string): unknown {
  if (quantifier === 'some' || quantifier === 'none')
    return withCurrencies(target, condition as Filter, currency);
  // Tags have conditions of their own: lists of labels.
  if (quantifier !== 'count' && !isAggregate(quantifier)) return condition;
  const { where, ...bounds } = condition as Filter;
  const counted = {
    ...(where != null && { where: withCurrencies(target, where as Filter, currency) }),
    ...bounds,
  };
  return isAggregate(quantifier)
    ? named(target.attributes.get(String(bounds.field)), counted, currency)
    : counted;
}

const pastIn = (attribute: Attribute | undefined, condition: unknown, currency: string): unknown =>
  mapped(condition as Filter, (word, past) => {
    if (word === 'was') return named(attribute, past as Filter, currency);
    return mapped(past as Filter, (side, operators) =>
      side === 'from' || side === 'to' ? named(attribute, operators as Filter, currency) : operators,
    );
  });

/** The operators of one attribute, with the currency where they compare an amount that has one. */
function named(attribute: Attribute | undefined, operators: Filter, currency: string): Filter {
  if (!attribute?.currency || !comparesAmount(operators)) return operators;
  return { ...operators, currency: operators.currency ?? currency };
}

const comparesAmount = (operators: Filter): boolean =>
  Object.entries(operators).some(
    ([word, value]) => value != null && !['currency', 'isNull', 'field', 'where'].includes(word),
  );

const mapped = (filter: Filter, map: (key: string, value: unknown) => unknown): Filter =>
  Object.fromEntries(
    Object.entries(filter).map(([key, value]) => [
      key,
      value === null || value === undefined ? value : map(key, value),
    ]),
  );
