import type { SQL } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { newUses } from '../access/access-log-port.ts';
import { analysts, policy } from '../access/policy.ts';
import type { Viewer } from '../access/viewer.ts';
import type { Context } from '../context.ts';
import { tooComplex } from '../errors.ts';
import type { HeavyCondition, Model, QueryShape } from './model.types.ts';

/** Analysts ask on few connections that they share: what others may cost, divided by this. */
const analystShare = 4;

/** Hints of one refusal at most. */
const maxHints = 3;

type QueryToPrice = SQL | ReturnType<Context['statements']['rendered']>;

/** Takes notes of one statement: see {@link QueryShape}. */
export const newShape = (): QueryShape => ({
  isFiltered: false,
  isByRow: false,
  heavy: new Map(),
  uses: newUses(),
});

/** What a statement of this viewer may cost, in PostgreSQL's units. */
const costLimitOf = (ctx: Context, { role }: Viewer): number =>
  analysts.includes(role) ? Math.floor(ctx.queryCostLimit / analystShare) : ctx.queryCostLimit;

/**
 * What PostgreSQL expects a statement to cost, in its own units: 1 is reading a page of 8 kB in order. It runs
 * nothing, and goes by the values asked for and by how many rows there are.
 */
export async function estimateCost(
  { statements }: Pick<Context, 'statements'>,
  statement: QueryToPrice,
): Promise<number> {
  const plan = (await statements.explain(statement)) as [{ Plan: { 'Total Cost': number } }];
  return Math.ceil(plan[0].Plan['Total Cost']);
}

/**
 * Refuses a statement that would cost more than the viewer's limit, before it runs. Looks only at statements with a
 * condition that no index answers alone; one statement of its own, some tenths of a millisecond. Where the viewer may
 * not read all that the estimate goes by, the values asked for have no part in it.
 *
 * @throws QUERY_TOO_COMPLEX with the estimate (where it tells nothing the viewer may not read), the limit, and for
 * each such condition the fields of which one beside it would help.
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
 * The statement as PostgreSQL plans it for any values: it takes none from a sub-select. Else a value that is moved until
 * the answer turns from refused to allowed would tell how hidden ones are spread. How many rows are wanted stays.
 */
function withoutValues({ statements }: Pick<Context, 'statements'>, statement: QueryToPrice) {
  const { text, ...query } = statements.rendered(statement);
  return { ...query, text: text.replace(/(?<!limit )\$\d+(::[a-z]+(\[\])?)?/g, '(select $&)') };
}

const hintFor = ({ path, model }: HeavyCondition): { path: (string | number)[]; add: string[] } => ({
  path,
  add: indexedFields(model),
});

/** Fields of a model that an index begins with: a condition on one of them leaves few rows. */
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
