import { type SQL, sql } from 'drizzle-orm';
import { type Alias, columnOf } from './alias.ts';
import type { Found, OrderKey, RankStep } from './model.types.ts';
import { orderBy, withTieBreaker } from './order.ts';
import { all } from './read-context.ts';

/** Rows found by a search, and what is wanted of them. */
interface Ranked {
  /** The rows' tables, the one that the search joins among them. */
  rows: SQL;
  found: Found;
  alias: Alias;
  wanted: SQL[];
  /** The conditions of the cursors, for an order. */
  beside: (keys: OrderKey[]) => SQL[];
  limit: number;
  backwards: boolean;
}

const stepColumn = '$step';
const withinColumn = (index: number): string => `$within${index}`;

/** The order of rows that {@link rankedRows} returned: by step, then within it. */
export const rankKeys = ({ within }: Found, alias: Alias): OrderKey[] =>
  withTieBreaker(
    [
      {
        name: 'step',
        expression: columnOf(alias, stepColumn),
        type: 'int',
        nullable: false,
        direction: 'ASC',
      },
      ...within.map((key, index) => ({ ...key, expression: columnOf(alias, withinColumn(index)) })),
    ],
    alias,
  );

/** Most rows of one step that are ranked; of more, those that were made last. */
const maxRanked = 250;

/**
 * The first `limit` rows of a search by rank, as a table under the same alias, which carries the keys of the rank too.
 *
 * Each step of the rank is a query of its own that ends when it has enough rows, newest first. So PostgreSQL chooses for
 * each whether to look the text up in an index, or to walk along the ids until 250 rows hold it: a word that a third of
 * all names hold needs some thousand of them. Ranking all of them took 10 s for two letters at 200,000 files.
 */
export function rankedRows({ rows, found, alias, wanted, beside, limit, backwards }: Ranked): SQL {
  const keys = rankKeys(found, alias);
  const table = sql.raw(alias);
  const names = found.steps.map((_, step) => sql.raw(`step${step}`));
  const order = backwards ? names.map((_, step) => step).reverse() : names.map((_, step) => step);
  const queries = order.map((step, index) => {
    const { where, join = sql``, within = [] } = found.steps[step] as RankStep;
    const columns = found.within.map(
      ({ expression }, index) =>
        sql`, ${within[index] ?? expression} as ${sql.identifier(withinColumn(index))}`,
    );
    const before = order
      .slice(0, index)
      .map((earlier) => sql`(select count(*) from ${names[earlier] as SQL})`);
    // Evaluated once, before any row of this step is looked for.
    const room = index === 0 ? [] : [sql`${sql.join(before, sql` + `)} < ${limit}::int`];
    return sql`${names[step] as SQL} as materialized (select * from (
      select ${table}.*, ${sql.raw(String(step))}::int as ${sql.identifier(stepColumn)}${sql.join(columns)}
      from ${rows} ${join} where ${all([...room, where, ...wanted])}
      order by ${columnOf(alias, 'id')} desc limit ${maxRanked}::int) ${table}
      where ${all(beside(keys))} ${orderBy(keys, backwards)} limit ${limit}::int)`;
  });
  const steps = sql.join(
    names.map((name) => sql`select * from ${name}`),
    sql` union all `,
  );
  return sql`(with ${sql.join(queries, sql`, `)} ${steps}) ${table}`;
}
