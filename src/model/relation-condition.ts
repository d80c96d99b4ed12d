import { type SQL, sql } from 'drizzle-orm';
import { type Compilation, type Filter, type Path, refuse, use } from './compilation.ts';
import { compileOperators } from './condition.ts';
import { type Alias, columnOf, type Model, type Relation } from './model.ts';
import { all } from './reading.ts';

/** Ways to make one number of a relation's rows. */
export const aggregates = ['sum', 'avg', 'min', 'max'] as const;
export type Aggregate = (typeof aggregates)[number];

const countOperators: Record<string, string> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' };

/**
 * Refuses relations that a condition could follow to a row without judging its rights: what is used of a row is judged
 * by the file in which the filter begins, so a condition begins in the file that its rows belong to, and stays there.
 *
 * @throws with the name of every such relation; they have to be `filterable: false`.
 */
export function requireJudgedConditions(models: readonly Model[]): void {
  const faults = models.flatMap((model) =>
    [...model.relations.values()]
      .filter(({ filterable, target }) => filterable && target().fileColumn !== null)
      .filter(({ sameFile }) => model.fileColumn === null || !sameFile)
      .map(({ field }) => `${model.name}.${field}`),
  );
  if (faults.length > 0)
    throw new Error(`Conditions would reach customer files unjudged through: ${faults.join(', ')}`);
}

/**
 * Compiles a condition on the rows a relation leads to: a filter for one row; some, none, count and aggregates for many.
 * Rows outside files that do not exist for the viewer meet none.
 */
export function compileRelation(
  c: Compilation,
  relation: Relation,
  value: Filter,
  alias: Alias,
  path: Path,
): SQL {
  const target = relation.target();
  /** `from … where …` over the rows that meet `filter`. */
  const rows = (filter: Filter, inner: Alias, at: Path): SQL =>
    sql`from ${sql.raw(`"${target.tableName}" ${inner}`)} where ${all([
      relation.on(alias, inner),
      ...(target.scope ? [target.scope(c.reading.viewer, inner)] : []),
      c.nested(target, filter, inner, at),
    ])}`;
  const exists = (filter: Filter, at: Path) => sql`exists (select 1 ${rows(filter, c.nextAlias(), at)})`;
  if (relation.arity === 'one') return exists(value, path);

  const parts: SQL[] = [];
  for (const [quantifier, asked] of Object.entries(value)) {
    if (asked === undefined || asked === null) continue;
    const at = [...path, quantifier];
    if (quantifier === 'some') parts.push(exists(asked as Filter, at));
    else if (quantifier === 'none') parts.push(sql`not ${exists(asked as Filter, at)}`);
    else if (quantifier === 'count') {
      const { where, ...bounds } = asked as Filter;
      const inner = c.nextAlias();
      const count = sql`(select count(*) ${rows((where as Filter | null) ?? {}, inner, [...at, 'where'])})`;
      parts.push(...compareCount(count, bounds));
    } else if (aggregates.includes(quantifier as Aggregate)) {
      parts.push(compileAggregate(c, target, quantifier as Aggregate, asked as Filter, rows, at));
    } else parts.push(refuse(c, at, 'UNKNOWN_FIELD', 'There is no such condition. (条件不存在。)'));
  }
  return all(parts);
}

function compareCount(count: SQL, bounds: Filter): SQL[] {
  return Object.entries(bounds).flatMap(([operator, bound]) => {
    const symbol = countOperators[operator];
    return bound === undefined || bound === null || !symbol
      ? []
      : [sql`${count} ${sql.raw(symbol)} ${bound as number}::bigint`];
  });
}

/**
 * "The sum of WON contractAmount is at least …". The sum of nothing is 0; the
 * average, least and greatest of nothing have no value, like a field without one.
 */
function compileAggregate(
  c: Compilation,
  target: Model,
  aggregate: Aggregate,
  value: Filter,
  rows: (filter: Filter, inner: Alias, at: Path) => SQL,
  path: Path,
): SQL {
  const { field, where, ...bounds } = value;
  const attribute = target.attributes.get(String(field));
  if (!attribute?.filterable || (attribute.kind !== 'decimal' && attribute.kind !== 'integer')) {
    return refuse(c, [...path, 'field'], 'UNKNOWN_FIELD', 'There is no such number. (没有该数值字段。)');
  }
  use(c, attribute.access, `${target.name}.${attribute.field}`);
  const inner = c.nextAlias();
  const number = sql`${sql.raw(aggregate)}(${columnOf(inner, attribute.column.name)}::numeric)`;
  const result = aggregate === 'sum' ? sql`coalesce(${number}, 0)` : number;
  const expression = sql`(select ${result} ${rows((where as Filter | null) ?? {}, inner, [...path, 'where'])})`;
  // The column stays behind: only the kind matters to a comparison.
  const compared = { ...attribute, kind: 'decimal' as const };
  return compileOperators(c.reading, compared, expression, bounds, path, c.issues);
}
