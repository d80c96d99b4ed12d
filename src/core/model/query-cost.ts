import type { SQL } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { newUses } from '../access/access-log-port.ts';
import { analysts, policy } from '../access/policy.ts';
import type { Viewer } from '../access/viewer.ts';
import type { Context } from '../context.ts';
import { tooComplex } from '../errors.ts';
import type { HeavyCondition, Model, QueryShape } from './model.types.ts';

/** Analysts share few connections: the cost limit of others, divided by this. */
const analystShare = 4;

/** Maximum number of hints in one refusal. */
const maxHints = 3;

type QueryToPrice = SQL | ReturnType<Context['statements']['rendered']>;

/** An empty record of one statement: see {@link QueryShape}. */
export const newShape = (): QueryShape => ({
  isFiltered: false,
  isByRow: false,
  heavy: new Map(),
  uses: newUses(),
});

/** The cost limit for this viewer's statements, in PostgreSQL's units. */
const costLimitOf = (ctx: Context, { role }: Viewer): number =>
  analysts.includes(role) ? Math.floor(ctx.queryCostLimit / analystShare) : ctx.queryCostLimit;

/**
 * PostgreSQL's cost estimate for a statement, in its own units: 1 is a sequential read of an 8 kB page. Runs nothing;
 * based on the statement's values and the number of rows.
 */
export async function estimateCost(
  { statements }: Pick<Context, 'statements'>,
  statement: QueryToPrice,
): Promise<number> {
  const plan = (await statements.explain(statement)) as [{ Plan: { 'Total Cost': number } }];
  return Math.ceil(plan[0].Plan['Total Cost']);
}

/**
 * Refuses a statement above the viewer's cost limit before it runs. Checks only statements with a condition that no
 * index can answer alone; takes a separate statement of some tenths of a millisecond. If the viewer may not read
 * everything the estimate is based on, the statement's values are excluded from it.
 *
 * @throws QUERY_TOO_COMPLEX with the estimate (if it reveals nothing the viewer may not read), the limit, and for each
 * such condition the fields on which an additional condition would help.
 */
export async function requireAffordable(
  ctx: Context,
  shape: QueryShape,
  statement: QueryToPrice,
): Promise<void> {
  const { viewer } = ctx;
  if (shape.heavy.size === 0 || !viewer) return;
  const isReported = !shape.isByRow && policy[viewer.role].files === 'ALL';
  const cost = await estimateCost(ctx, isReported ? statement : withoutValues(ctx, statement));
  const maximum = costLimitOf(ctx, viewer);
  if (cost <= maximum) return;
  const hints = [...shape.heavy.values()].slice(0, maxHints).map(hintFor);
  const said = hints.map(({ path, add }) => `${path.join('.')}: ${add.join(', ')}`).join('; ');
  throw tooComplex(
    `This would read too much${isReported ? ` (${cost} of ${maximum})` : ''}. Add a condition beside it, ${said}. (查询代价过高，请增加条件：${said}。)`,
    { limit: 'databaseCost', ...(isReported && { value: cost }), maximum, hints },
  );
}

/**
 * The statement as planned for unknown values: PostgreSQL cannot see values inside a subquery. Otherwise a client could
 * vary a value until the response changes from refused to accepted, and learn how hidden values are distributed. The
 * row limit remains.
 */
function withoutValues({ statements }: Pick<Context, 'statements'>, statement: QueryToPrice) {
  const { text, ...query } = statements.rendered(statement);
  return { ...query, text: text.replace(/(?<!limit )\$\d+(::[a-z]+(\[\])?)?/g, '(select $&)') };
}

const hintFor = ({ path, model }: HeavyCondition): { path: (string | number)[]; add: string[] } => ({
  path,
  add: indexedFields(model),
});

/** Fields of a model that are the first column of an index: a condition on one of them leaves few rows. */
function indexedFields(model: Model): string[] {
  const attributes = [...model.attributes.values()].filter(
    ({ filterable, field }) => filterable && field !== 'id',
  );
  const table = attributes[0]?.column.table as PgTable;
  const leading = new Set(
    getTableConfig(table).indexes.flatMap(({ config: { columns } }) => {
      const [first] = columns;
      return first && 'name' in first ? [first.name] : [];
    }),
  );
  return attributes.filter(({ column }) => leading.has(column.name)).map(({ field }) => field);
}
