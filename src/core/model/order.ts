import { type SQL, sql } from 'drizzle-orm';
import { type FileColumns, reachOf, requireReadable } from '../access/row-predicates.ts';
import { badInputAt } from '../errors.ts';
import { type Alias, columnOf } from './alias.ts';
import { attributeValue } from './attribute-value.ts';
import type { Model, OrderKey, OrderTerm, ReadContext } from './model.types.ts';
import { sqlTypeOf } from './operator-compiler.ts';
import { readableOn } from './read-context.ts';

/** Maximum number of terms in one order. */
const maxTerms = 5;

/**
 * The keys of an order, ending with the id as tie-breaker.
 *
 * A field the viewer's role can never read is refused. If they may read it on some files only, the others are sorted as
 * if they had no value.
 */
export function orderKeys(
  reading: ReadContext,
  model: Model,
  terms: OrderTerm[],
  alias: Alias,
  file: FileColumns | null,
): OrderKey[] {
  if (terms.length > maxTerms) {
    throw badInputAt(
      ['orderBy'],
      'TOO_MANY',
      `At most ${maxTerms} terms of order. (最多 ${maxTerms} 个排序字段。)`,
    );
  }
  const keys = terms.map(({ field, direction }): OrderKey => {
    const attribute = model.attributes.get(field);
    if (!attribute?.sortable) throw new Error(`${model.name}.${field} is not sortable.`);
    requireReadable(reading.viewer, attribute, `${model.name}.${field}`);
    const right = readableOn(reading, attribute, file);
    const { name, notNull } = attribute.orderedBy ?? attribute.column;
    const column = attribute.orderedBy ? columnOf(alias, name) : attributeValue(reading, attribute, alias);
    return {
      name: field,
      expression: typeof right === 'object' ? sql`case when ${right} then ${column} end` : column,
      type: attribute.orderedBy ? 'text' : sqlTypeOf[attribute.kind],
      nullable: !notNull || typeof right === 'object',
      direction: direction ?? 'ASC',
    };
  });
  return withTieBreaker(keys, alias);
}

/** The default order of a list, without fields the reader may not read, whose values the order would reveal. */
export const readableTerms = (
  { viewer }: ReadContext,
  { attributes }: Model,
  terms: OrderTerm[],
): OrderTerm[] =>
  terms.filter(({ field }) => {
    const attribute = attributes.get(field);
    return !attribute || reachOf(viewer, attribute) !== 'NONE';
  });

/** Appends the id to an order, in the direction of the last term, so that one index serves both. */
export const withTieBreaker = (keys: OrderKey[], alias: Alias): OrderKey[] => [
  ...keys,
  {
    name: 'id',
    expression: columnOf(alias, 'id'),
    type: 'uuid',
    nullable: false,
    direction: keys.at(-1)?.direction ?? 'ASC',
  },
];

/** `order by …`, nulls last; reversed when reading backwards. */
export const orderBy = (keys: OrderKey[], backwards: boolean): SQL =>
  sql`order by ${sql.join(
    keys.map(({ expression, direction, nullable }) => {
      const ascending = (direction === 'ASC') !== backwards;
      const nulls = nullable ? (backwards ? ' nulls first' : ' nulls last') : '';
      return sql`${expression} ${sql.raw((ascending ? 'asc' : 'desc') + nulls)}`;
    }),
    sql`, `,
  )}`;

/** The values of a cursor of this list (a field, such as Query.deals) in this order, as one JSON array. */
export const cursorKey = (list: string, keys: OrderKey[]): SQL =>
  sql`json_build_array(${signatureOf(list, keys)}::text, ${sql.join(
    // numeric as text, because a JSON number would be parsed as a float.
    keys.map(({ expression, type }) => (type === 'numeric' ? sql`(${expression})::text` : expression)),
    sql`, `,
  )})`;

/**
 * Rows strictly on one side of a cursor of this list. With equal directions and no nulls it is a row comparison, for
 * which an index on the same columns starts at the cursor.
 */
export function besideCursor(list: string, keys: OrderKey[], cursor: string, side: 'after' | 'before'): SQL {
  const values = cursorValues(signatureOf(list, keys), keys, cursor, side);
  const direction = keys[0]?.direction;
  const forwards = side === 'after';
  const operator = (key: OrderKey) => sql.raw((key.direction === 'ASC') === forwards ? '>' : '<');
  const parameter = (index: number) => sql`${values[index]}::${sql.raw(keys[index]?.type as string)}`;

  if (keys.every((key) => !key.nullable && key.direction === direction)) {
    const left = sql.join(
      keys.map((key) => key.expression),
      sql`, `,
    );
    const right = sql.join(
      keys.map((_, index) => parameter(index)),
      sql`, `,
    );
    return sql`(${left}) ${operator(keys[0] as OrderKey)} (${right})`;
  }
  const branches = keys.map((key, index) => {
    const equal = keys
      .slice(0, index)
      .map((before, i) =>
        values[i] === null ? sql`${before.expression} is null` : sql`${before.expression} = ${parameter(i)}`,
      );
    let beyond: SQL;
    if (values[index] === null) beyond = forwards ? sql`false` : sql`${key.expression} is not null`;
    else {
      beyond = sql`${key.expression} ${operator(key)} ${parameter(index)}`;
      if (key.nullable && forwards) beyond = sql`(${beyond} or ${key.expression} is null)`;
    }
    return sql`(${sql.join([...equal, beyond], sql` and `)})`;
  });
  return sql`(${sql.join(branches, sql` or `)})`;
}

/** Lists in the same order have equal keys, but a place in one is none in another. */
const signatureOf = (list: string, keys: OrderKey[]): string =>
  list + keys.map(({ name, direction }) => (direction === 'ASC' ? '+' : '-') + name).join('');

/**
 * The values of a cursor of this signature, well-formed for their keys. Errors: BAD_USER_INPUT (MALFORMED_CURSOR) at the
 * argument.
 */
export function cursorValues(
  signature: string,
  keys: readonly Pick<OrderKey, 'type' | 'nullable'>[],
  cursor: string,
  argument: string,
): unknown[] {
  const malformed = badInputAt(
    [argument],
    'MALFORMED_CURSOR',
    'This cursor is not of this list and order. (游标与该列表或排序不符。)',
  );
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw malformed;
  }
  if (!Array.isArray(decoded) || decoded.length !== keys.length + 1 || decoded[0] !== signature)
    throw malformed;
  const values = decoded.slice(1) as unknown[];
  const sound = keys.every(({ type, nullable }, index) =>
    values[index] === null ? nullable : (wellFormed[type]?.(values[index]) ?? false),
  );
  if (!sound) throw malformed;
  return values;
}

const matchesText =
  (pattern: RegExp) =>
  (value: unknown): value is string =>
    typeof value === 'string' && pattern.test(value);
const isInstantText = matchesText(
  /^\d{4,5}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?\+00:00$/,
);
const isDateText = matchesText(/^\d{4}-\d{2}-\d{2}$/);

/** Whether a date exists: PostgreSQL fails on one that does not, and JavaScript takes the next month's. */
function isDay(date: string): boolean {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const found = new Date(Date.UTC(2000, month - 1, day));
  found.setUTCFullYear(year, month - 1, day);
  return year > 0 && found.getUTCMonth() === month - 1 && found.getUTCDate() === day;
}

/** Validates a cursor's value for each SQL type; anything else never reaches the database. */
const wellFormed: Record<string, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string' && value.length <= 10_000 && !value.includes('\0'),
  uuid: matchesText(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  int: (value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31,
  bigint: (value) => Number.isSafeInteger(value),
  float8: (value) => typeof value === 'number',
  numeric: matchesText(/^-?\d{1,20}(\.\d{1,10})?$/),
  timestamptz: (value) => isInstantText(value) && isDay(value.slice(0, value.indexOf('T'))),
  date: (value) => isDateText(value) && isDay(value),
  boolean: (value) => typeof value === 'boolean',
};
