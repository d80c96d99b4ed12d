import { type SQL, sql } from 'drizzle-orm';
import { type Aggregate, isAggregate } from './aggregate.ts';
import { type Alias, columnOf, currencyColumn } from './alias.ts';
import { attributeValue } from './attribute-value.ts';
import {
  existence,
  type FilterCompilerState,
  noteHeavy,
  type Path,
  refuse,
  refuseOthers,
  use,
} from './filter-compiler-state.ts';
import type { Filter, Model, Relation } from './model.types.ts';
import { currencyOf } from './money-condition.ts';
import { compileOperators } from './operator-compiler.ts';
import { all, decided } from './read-context.ts';

const countOperators: Record<string, string> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' };

/**
 * Refuses relations through which a condition could reach a row without checking the rights on it. Uses of a row are
 * authorized by the file in which the filter begins, so a condition must begin in the file its rows belong to, and stay
 * there.
 *
 * @throws with the name of every such relation; they must be declared `filterable: false`.
 */
export function requireAuthorizedConditions(models: readonly Model[]): void {
  const faults = models.flatMap((model) =>
    [...model.relations.values()]
      .filter(({ filterable, target }) => filterable && target().fileColumn !== null)
      .filter(({ sameFile }) => model.fileColumn === null || !sameFile)
      .map(({ field }) => `${model.name}.${field}`),
  );
  if (faults.length > 0)
    throw new Error(
      `Conditions would reach customer files without authorization through: ${faults.join(', ')}`,
    );
}

/**
 * Compiles a condition on the rows of a relation: a filter for one row; some, none, count and aggregates for many. Rows
 * outside files that are not visible to the viewer meet none.
 */
export function compileRelation(
  c: FilterCompilerState,
  model: Model,
  relation: Relation,
  value: Filter,
  alias: Alias,
  path: Path,
): SQL {
  const target = relation.target();
  // A relation of a relation.
  if (model.fileColumn !== 'id') noteHeavy(c, target, path);
  const rows: RelatedRows = {
    target,
    from: (inner) => sql.raw(`"${target.tableName}" ${inner}`),
    on: (inner) => relation.on(alias, inner),
    alias,
    fileColumn: model.fileColumn === 'id' && relation.sameFile ? target.fileColumn : null,
  };
  const exists = (filter: Filter, at: Path) => {
    const inner = c.nextAlias();
    const met = nestedIn(c, target, filter, inner, at);
    return existence(c, sql`from ${rows.from(inner)} where ${rows.on(inner)} and ${met}`);
  };
  if (relation.arity === 'one') return idCondition(c, relation, value, alias, path) ?? exists(value, path);

  const parts: SQL[] = [];
  for (const [quantifier, condition] of Object.entries(value)) {
    if (condition === undefined || condition === null) continue;
    const at = [...path, quantifier];
    if (quantifier === 'some') parts.push(exists(condition as Filter, at));
    else if (quantifier === 'none') parts.push(decided(sql`not ${exists(condition as Filter, at)}`));
    else if (quantifier === 'count') parts.push(compileCount(c, rows, condition as Filter, at));
    else if (isAggregate(quantifier)) {
      parts.push(compileAggregate(c, rows, quantifier, condition as Filter, at));
    } else parts.push(refuse(c, at, 'UNKNOWN_FIELD', 'There is no such condition. (条件不存在。)'));
  }
  return all(parts);
}

/**
 * A condition on nothing but a row's id is applied to the column that holds the id, whose foreign key guarantees that
 * the row exists. Null if it uses other fields, or rows can be hidden.
 *
 * With a join, PostgreSQL kept the rows with such ids (a hundred) and compared each with every row of the page.
 */
function idCondition(
  c: FilterCompilerState,
  { key, target }: Relation,
  value: Filter,
  alias: Alias,
  path: Path,
): SQL | null {
  const readsIdOnly = Object.entries(value).every(
    ([field, condition]) => field === 'id' || condition == null,
  );
  if (key === null || target().scope || !readsIdOnly) return null;
  const column = columnOf(alias, key);
  const unjoined = c.nextAlias();
  c.ids.set(unjoined, column);
  return decided(all([sql`${column} is not null`, c.nested(target(), value, unjoined, path)]));
}

/** A filter on related rows that are visible: an enclosing `or` does not keep them from being joined to each other. */
function nestedIn(c: FilterCompilerState, target: Model, filter: Filter, inner: Alias, path: Path): SQL {
  const wasAlternative = c.isAlternative;
  c.isAlternative = false;
  const condition = c.nested(target, filter, inner, path);
  c.isAlternative = wasAlternative;
  return all([...(target.scope ? [target.scope(c.reading.viewer, inner)] : []), condition]);
}

/** The related rows of the row `alias`. */
interface RelatedRows {
  target: Model;
  from: (inner: Alias) => SQL;
  on: (inner: Alias) => SQL;
  alias: Alias;
  /** Their column with the id of the file `alias`; null if they are not reached directly from a file. */
  fileColumn: string | null;
}

/** "At least three visits": the number of rows that meet `where`. */
function compileCount(
  c: FilterCompilerState,
  rows: RelatedRows,
  { where, ...bounds }: Filter,
  path: Path,
): SQL {
  refuseOthers(c, bounds, Object.keys(countOperators), path);
  const condition = Object.entries(bounds).filter(
    ([operator, bound]) => bound != null && countOperators[operator],
  );
  const compare = (count: SQL) =>
    all(
      condition.map(
        ([operator, bound]) => sql`${count} ${sql.raw(countOperators[operator] as string)} ${bound}::bigint`,
      ),
    );
  return compareNumber(c, rows, {
    where: (where as Filter | null) ?? {},
    path,
    number: () => sql`count(*)`,
    compare,
    holdsForNone: holdsFor(0, bounds),
  });
}

/**
 * "The sum of WON contractAmount is at least …". The sum of no rows is 0; their average, minimum and maximum have no
 * value, like a field without one.
 */
function compileAggregate(
  c: FilterCompilerState,
  rows: RelatedRows,
  aggregate: Aggregate,
  { field, where, currency, ...bounds }: Filter,
  path: Path,
): SQL {
  const { target } = rows;
  const attribute = target.attributes.get(String(field));
  if (!attribute?.filterable || (attribute.kind !== 'decimal' && attribute.kind !== 'integer')) {
    return refuse(c, [...path, 'field'], 'UNKNOWN_FIELD', 'There is no such number. (没有该数值字段。)');
  }
  use(c, attribute, `${target.name}.${attribute.field}`);
  if (currency != null && !attribute.currency) {
    return refuse(c, [...path, 'currency'], 'UNUSED', 'This number has no currency. (该数值没有币种。)');
  }
  const code = currencyOf(currency, c.reading, path, c.issues);
  // The column does not matter here: a comparison depends only on the kind.
  const compared = { ...attribute, kind: 'decimal' as const };
  return compareNumber(c, rows, {
    where: (where as Filter | null) ?? {},
    path,
    among: (inner) => {
      const column = currencyColumn(attribute, inner);
      return column ? [sql`${column} = ${code}::text`] : [];
    },
    number: (inner) => {
      const number = sql`${sql.raw(aggregate)}(${attributeValue(c.reading, attribute, inner)}::numeric)`;
      return aggregate === 'sum' ? sql`coalesce(${number}, 0)` : number;
    },
    compare: (number) => compileOperators(c.reading, compared, number, bounds, path, c.issues),
    holdsForNone: holdsFor(aggregate === 'sum' ? 0 : null, bounds),
  });
}

interface Comparison {
  where: Filter;
  path: Path;
  /** What else the rows must meet. */
  among?: (inner: Alias) => SQL[];
  number: (inner: Alias) => SQL;
  /** Called once. */
  compare: (number: SQL) => SQL;
  /** Whether it holds for a file without any such rows. */
  holdsForNone: boolean;
}

/** Compares an aggregate of a file's rows: for all files in one pass over the rows, or file by file. */
function compareNumber(c: FilterCompilerState, rows: RelatedRows, condition: Comparison): SQL {
  const { from, on, alias, target, fileColumn } = rows;
  noteHeavy(c, target, condition.path);
  const inner = c.nextAlias();
  const met = all([
    nestedIn(c, target, condition.where, inner, [...condition.path, 'where']),
    ...(condition.among?.(inner) ?? []),
  ]);
  const number = condition.number(inner);
  if (c.reading.atOnce && fileColumn !== null) {
    const file = columnOf(inner, fileColumn);
    const group = c.nextAlias();
    const compared = condition.compare(number);
    // Files without such rows form no group: if they are wanted, files that fail are searched for instead.
    const having = condition.holdsForNone ? sql`(${compared}) is not true` : compared;
    const found = sql`exists (select 1 from (select ${file} as file_id from ${from(inner)} where ${met} group by ${file} having ${having}) ${sql.raw(group)} where ${columnOf(group, 'file_id')} = ${columnOf(alias, 'id')})`;
    return decided(condition.holdsForNone ? sql`not ${found}` : found);
  }
  const related = sql`from ${from(inner)} where ${on(inner)} and ${met}`;
  const compared = condition.compare(sql`(select ${number} ${related})`);
  // Requiring that such rows exist changes nothing, but gives PostgreSQL a condition it can start from with an index.
  return condition.holdsForNone ? compared : sql`(${existence(c, related)} and ${compared})`;
}

/** Whether the bounds hold for an aggregate of no rows: 0, or no value. */
function holdsFor(value: 0 | null, bounds: Filter): boolean {
  const holds: Record<string, (bound: number) => boolean> = {
    eq: (bound) => value === 0 && bound === 0,
    ne: (bound) => value === null || bound !== 0,
    gt: (bound) => value === 0 && bound < 0,
    gte: (bound) => value === 0 && bound <= 0,
    lt: (bound) => value === 0 && bound > 0,
    lte: (bound) => value === 0 && bound >= 0,
  };
  return Object.entries(bounds).every(([operator, bound]) => {
    if (bound === undefined || bound === null) return true;
    return operator === 'isNull' ? bound === (value === null) : (holds[operator]?.(Number(bound)) ?? true);
  });
}
