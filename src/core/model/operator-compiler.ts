import { type SQL, sql } from 'drizzle-orm';
import type { Issue } from '../errors.ts';
import { checkId } from '../graphql/schema/type-id.ts';
import type { Attribute, AttributeKind } from './attribute.ts';
import { compareInstant } from './instant-condition.ts';
import type { ReadContext } from './model.types.ts';
import { currencyOf, inCurrency } from './money-condition.ts';
import { type Operator, operatorsOf } from './operators.ts';
import { all } from './read-context.ts';
import { standardNamed } from './standard.ts';
import { arrayOf, contains, isOneOf, startsWith } from './text-condition.ts';

/** Maximum number of values of one `in` or `notIn`. */
const maxValues = 200;
/** Maximum length of one `contains` or `startsWith`, in characters. */
const maxTextLength = 200;

/** SQL parameter type for each kind. */
export const sqlTypeOf: Record<AttributeKind, string> = {
  text: 'text',
  enum: 'text',
  id: 'uuid',
  integer: 'int',
  decimal: 'numeric',
  instant: 'timestamptz',
  date: 'date',
  boolean: 'boolean',
  json: 'jsonb',
};

type Path = (string | number)[];

/**
 * Compiles `{ gte: …, lt: … }` on one column; adds violations to `issues`. `currencyIn` is the column with the currency of
 * an amount that has one.
 */
export function compileOperators(
  reading: ReadContext,
  attribute: Attribute,
  column: SQL,
  operators: { readonly [operator: string]: unknown },
  path: Path,
  issues: Issue[],
  currencyIn: SQL | null = null,
): SQL {
  const parts: SQL[] = [];
  const currency = currencyIn && currencyOf(operators.currency, reading, path, issues);
  for (const [operator, value] of Object.entries(operators)) {
    if (value === undefined || (currencyIn && operator === 'currency')) continue;
    const at = [...path, operator];
    if (value === null) {
      issues.push({
        path: at,
        code: 'NULL',
        message: 'Use isNull to filter for no value. (请使用 isNull 判断空值。)',
      });
      continue;
    }
    const problem = operatorsOf[attribute.kind].includes(operator as Operator)
      ? (outOfBounds(operator, value) ?? unknownWord(attribute, operator, value))
      : 'There is no such operator here. (此处没有该运算符。)';
    if (problem) {
      issues.push({ path: at, code: 'OUT_OF_BOUNDS', message: problem });
      continue;
    }
    const stored = attribute.prefix ? decodeIds(attribute, value, operator, at, issues) : value;
    if (stored === undefined) continue;
    const compare = (by: string) => compileOperator(reading, attribute, column, by, stored);
    parts.push(
      currencyIn && currency ? inCurrency(currencyIn, currency, operator, compare) : compare(operator),
    );
  }
  return all(parts);
}

function compileOperator(
  reading: ReadContext,
  attribute: Attribute,
  column: SQL,
  operator: string,
  value: unknown,
): SQL {
  if (attribute.kind === 'instant') {
    const compared = compareInstant(column, operator, String(value), reading.timeZone);
    if (compared) return compared;
  }
  const type = sql.raw(sqlTypeOf[attribute.kind]);
  const equals = (values: readonly unknown[]): SQL =>
    attribute.kind === 'text'
      ? isOneOf(standardNamed(attribute.standard), column, values as string[])
      : sql`${column} = any(${arrayOf(values, type)})`;
  switch (operator) {
    case 'eq':
      return attribute.kind === 'text' ? equals([value]) : sql`${column} = ${value}::${type}`;
    case 'ne':
      return attribute.kind === 'text'
        ? sql`(${equals([value])}) is not true`
        : sql`${column} is distinct from ${value}::${type}`;
    case 'in':
      return (value as unknown[]).length === 0 ? sql`false` : equals(value as unknown[]);
    case 'notIn':
      return (value as unknown[]).length === 0 ? sql`true` : sql`(${equals(value as unknown[])}) is not true`;
    case 'isNull':
      return value ? sql`${column} is null` : sql`${column} is not null`;
    case 'gt':
      return sql`${column} > ${value}::${type}`;
    case 'gte':
      return sql`${column} >= ${value}::${type}`;
    case 'lt':
      return sql`${column} < ${value}::${type}`;
    case 'lte':
      return sql`${column} <= ${value}::${type}`;
    case 'contains':
      return contains(attribute, column, value as string);
    case 'startsWith':
      return startsWith(attribute, column, value as string);
    case 'withinLast':
      return within(reading, attribute.kind, column, value as string, 'last');
    case 'withinNext':
      return within(reading, attribute.kind, column, value as string, 'next');
    case 'anniversaryWithin':
      return anniversaryWithin(reading, column, value as string);
    default:
      throw new Error(`Unknown operator ${operator}.`);
  }
}

/** An instant and a calendar. */
export interface Clock<Now = Date> {
  now: Now;
  timeZone: string;
}
/** The same in a statement, which may be kept for other instants. */
export type StatementClock = Clock<ReadContext['now']>;

const instantOf = ({ now }: StatementClock): SQL =>
  sql`${now instanceof Date ? now.toISOString() : now}::timestamptz`;

/** The organisation's local time at an instant, without time zone. */
const localNow = (clock: StatementClock): SQL =>
  sql`(${instantOf(clock)} at time zone ${clock.timeZone}::text)`;
/** The organisation's calendar date at an instant. */
export const today = (reading: StatementClock): SQL => sql`${localNow(reading)}::date`;

/** The first and the last value of a time span, and whether the last is included. */
export interface SpanBounds {
  from: SQL;
  to: SQL;
  includesTo: boolean;
}

/**
 * The last or next span of calendar time. PostgreSQL's interval arithmetic clamps month ends (31 August minus P6M is 28
 * or 29 February). A span without a time part counts whole days of the organisation's calendar, so that "six months ago
 * today" is within the last six months at any hour.
 */
export function spanBounds(
  reading: StatementClock,
  kind: AttributeKind,
  duration: string,
  side: 'last' | 'next',
): SpanBounds {
  const span = sql`${duration}::interval`;
  if (kind === 'date') {
    const [from, to] =
      side === 'last'
        ? [sql`(${today(reading)} - ${span})::date`, today(reading)]
        : [today(reading), sql`(${today(reading)} + ${span})::date`];
    return { from, to, includesTo: true };
  }
  const now = instantOf(reading);
  const zone = sql`${reading.timeZone}::text`;
  const wholeDays = !duration.includes('T');
  const start = wholeDays ? sql`date_trunc('day', ${localNow(reading)})` : localNow(reading);
  if (side === 'last')
    return { from: sql`(${start} - ${span}) at time zone ${zone}`, to: now, includesTo: true };
  return wholeDays
    ? {
        from: now,
        to: sql`(${start} + ${span} + interval '1 day') at time zone ${zone}`,
        includesTo: false,
      }
    : { from: now, to: sql`(${start} + ${span}) at time zone ${zone}`, includesTo: true };
}

function within(
  reading: ReadContext,
  kind: AttributeKind,
  column: SQL,
  duration: string,
  side: 'last' | 'next',
): SQL {
  const { from, to, includesTo } = spanBounds(reading, kind, duration, side);
  return sql`(${column} >= ${from} and ${column} ${sql.raw(includesTo ? '<=' : '<')} ${to})`;
}

/**
 * Month and day are between those of today and of the last day, or in either part if the span crosses the new year.
 * Compared as numbers, month times 100 plus day, so that an index on `month_day` applies. A span of a year includes
 * every day; one that ends on 28 February of a common year includes birthdays on the 29th.
 */
function anniversaryWithin(reading: ReadContext, column: SQL, duration: string): SQL {
  const day = today(reading);
  const last = sql`(${day} + ${duration}::interval)::date`;
  const isWhole = sql`${last} >= (${day} + interval '1 year')::date`;
  const from = sql`case when ${isWhole} then 101 else month_day(${day}) end`;
  const to = sql`case when ${isWhole} then 1231 when month_day(${last} + 1) = 301 then 229 else month_day(${last}) end`;
  const isSplit = sql`${from} > ${to}`;
  const monthDay = sql`month_day(${column})`;
  return sql`(${monthDay} between ${from} and (case when ${isSplit} then 1231 else ${to} end)
    or ${monthDay} between (case when ${isSplit} then 101 else ${from} end) and ${to})`;
}

function outOfBounds(operator: string, value: unknown): string | null {
  if (operator === 'in' || operator === 'notIn') {
    const values = value as unknown[];
    if (values.length > maxValues) return `At most ${maxValues} values. (最多 ${maxValues} 个值。)`;
    if (values.some((item) => item === null)) return 'A list of values has no null. (值列表不能包含空值。)';
  }
  if (operator === 'contains' || operator === 'startsWith') {
    const length = [...(value as string)].length;
    if (length < 1 || length > maxTextLength)
      return `1 to ${maxTextLength} characters. (1 至 ${maxTextLength} 个字符。)`;
  }
  if (durationOperators.has(operator) && yearsOf(value as string) > maxYears) {
    return `At most ${maxYears} years. (最长 ${maxYears} 年。)`;
  }
  return null;
}

/**
 * A rule may have been saved when the enumeration had other values: unknown ones are reported instead of matching
 * nothing.
 */
function unknownWord({ enumeration }: Attribute, operator: string, value: unknown): string | null {
  if (!enumeration || operator === 'isNull') return null;
  const known: unknown[] = Object.values(enumeration);
  const isKnown = Array.isArray(value) ? value.every((word) => known.includes(word)) : known.includes(value);
  return isKnown ? null : 'There is no such value. (没有该取值。)';
}

const durationOperators = new Set(['withinLast', 'withinNext', 'anniversaryWithin']);
/** Maximum span in years: PostgreSQL's calendar begins some 4,700 years before Christ. */
const maxYears = 1_000;

/** The approximate number of years in an ISO 8601 duration. */
function yearsOf(duration: string): number {
  const perYear: Record<string, number> = {
    Y: 1,
    M: 12,
    W: 52,
    D: 365,
    TH: 8_760,
    TM: 525_600,
    TS: 31_536_000,
  };
  let years = 0;
  let time = '';
  for (const [, mark, amount, unit] of duration.matchAll(/(T)?(?:(\d+)([YMWDHS]))?/g)) {
    if (mark) time = 'T';
    if (unit) years += Number(amount) / (perYear[time + unit] as number);
  }
  return years;
}

function decodeIds(
  attribute: Attribute,
  value: unknown,
  operator: string,
  path: Path,
  issues: Issue[],
): unknown {
  if (operator === 'isNull' || !attribute.prefix) return value;
  const decode = (text: string): string | undefined => {
    const checked = checkId(attribute.prefix as never, text);
    if (checked.problem) issues.push({ path, ...checked.problem });
    return checked.value;
  };
  if (!Array.isArray(value)) return decode(value as string);
  const decoded = value.map((item) => decode(item as string));
  return decoded.includes(undefined) ? undefined : decoded;
}
