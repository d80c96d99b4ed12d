import { type SQL, sql } from 'drizzle-orm';
import type { GraphQLResolveInfo } from 'graphql';
import { logReads, logUses, type Named } from '../access/access-log-port.ts';
import type { Context } from '../context.ts';
import { notFound, unauthenticated } from '../errors.ts';
import { encodeId } from '../graphql/schema/type-id.ts';
import { readsOf } from './access-trace.ts';
import { Page, type RawPage } from './connection.ts';
import type { Arity } from './extensions.ts';
import type { Model, ReadContext, Row } from './model.types.ts';
import { type ListArguments, pageRequest } from './page-request.ts';
import { plannedFor } from './prepared-query.ts';
import { newShape, requireAffordable } from './query-cost.ts';
import { rowKeyOf } from './row-key.ts';
import type { RowQuery } from './row-layout.ts';
import { withSavedFilters } from './saved-filter.ts';
import { type ListScope, pageStatement, rowsStatement } from './select.ts';
import { type NodeSelection, pageSelection, selectedField } from './selection.ts';

/** The read context of an operation. Errors: UNAUTHENTICATED if nobody is signed in. */
export function readingOf(ctx: Context): ReadContext {
  if (!ctx.viewer) throw unauthenticated();
  const { timeZone, currency } = ctx.settings;
  return { viewer: ctx.viewer, now: ctx.now, timeZone, currency };
}

/**
 * Builds a statement and runs it; segments its filters refer to are read first.
 *
 * @throws QUERY_TOO_COMPLEX for a statement that would read too much.
 */
export const runStatement = (
  ctx: Context,
  build: (reading: ReadContext) => SQL,
  about?: () => Named,
): Promise<unknown> =>
  runQuery(ctx, (reading) => ({ statement: build(reading), read: (answer) => answer }), about);

/**
 * Runs a query and reads its result. Its uses of colleagues' files are logged; `about` returns the rows requested by
 * identifier. Otherwise like {@link runStatement}.
 */
export async function runQuery<T>(
  ctx: Context,
  build: (reading: ReadContext) => Pick<RowQuery<T>, 'statement' | 'read'>,
  about?: (answer: T) => Named,
): Promise<T> {
  const shape = newShape();
  const reading = { ...readingOf(ctx), shape };
  const { statement, read } = await withSavedFilters(
    (requested) => ctx.statements.load(requested),
    reading,
    build,
  );
  await requireAffordable(ctx, shape, statement);
  const answer = await ctx.statements.load(plannedFor(shape, ctx.statements.rendered(statement)));
  const found = read(answer as never);
  await logUses(ctx, shape.uses, about?.(found));
  return found;
}

/** A page of `model` as the resolved field selects it, in one statement. */
export async function readPage<T = Row>(
  ctx: Context,
  model: Model,
  info: GraphQLResolveInfo,
  scope?: ListScope,
): Promise<Page<T>> {
  const { build, pageFrom } = pageReading<T>(ctx, model, info, scope);
  return pageFrom(await runQuery(ctx, build, () => ({ customerIds: scope?.fileId ? [scope.fileId] : [] })));
}

/** How a page is read: what builds its statement, and what makes a page of the rows, once their reading is logged. */
export function pageReading<T>(ctx: Context, model: Model, info: GraphQLResolveInfo, scope?: ListScope) {
  const requested = memoized(() => {
    const selected = selectedField(info);
    const args = selected.args as ListArguments;
    return { args, request: pageRequest(args), selection: pageSelection(selected, model) };
  });
  return {
    build: (reading: ReadContext) =>
      pageStatement(reading, model, requested().selection, requested().args, scope),
    pageFrom: async (raw: RawPage<Row>): Promise<Page<T>> => {
      const { selection, request } = requested();
      // The extra row beyond the page only shows that a next page exists.
      if (selection.node)
        await logRowReads(ctx, model, selection.node, (raw.rows ?? []).slice(0, request.size));
      const changesCursor = raw.head ? ctx.changes.cursorAt(raw.head.epoch, raw.head.seq) : null;
      return new Page(raw as RawPage<T>, request, changesCursor);
    },
  };
}

const memoized = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** The rows with these ids that are visible to the viewer, in no particular order. */
export const readRows = (
  ctx: Context,
  model: Model,
  ids: string[],
  selection: NodeSelection,
): Promise<Row[]> =>
  runRows(ctx, model, selection, (reading) => rowsStatement(reading, model, selection, uuidArray(ids)));

/** What the access log calls rows of a model. */
export const loggedAs = ({ kind, prefix }: Model, ids: string[]): Named =>
  kind === 'file' ? { customerIds: ids } : { rowIds: () => ids.map((id) => encodeId(prefix, id)) };

/** Reads rows with a statement built by the caller; reads of colleagues' files are logged. */
export async function runRows(
  ctx: Context,
  model: Model,
  selection: NodeSelection,
  build: (reading: ReadContext) => RowQuery<Row[]>,
): Promise<Row[]> {
  const rows = await runQuery(ctx, build, (found) =>
    loggedAs(
      model,
      found.map(({ id }) => id),
    ),
  );
  await logRowReads(ctx, model, selection, rows);
  return rows;
}

/** Logs which classes of colleagues' files these rows contain, before anybody sees them (R106). */
export const logRowReads = (
  ctx: Context,
  model: Model,
  selection: NodeSelection,
  rows: Row[],
): Promise<void> => logReads(ctx, readsOf(model, selection, rows, ctx.decisions));

/** The row with this id; null if it does not exist or is not visible to the viewer. */
export async function findRow(
  ctx: Context,
  model: Model,
  id: string,
  selection: NodeSelection,
): Promise<Row | null> {
  return (await readRows(ctx, model, [id], selection))[0] ?? null;
}

/** The row with this id; NOT_FOUND if it does not exist or is not visible to the viewer. */
export async function readRow(
  ctx: Context,
  model: Model,
  id: string,
  selection: NodeSelection,
): Promise<Row> {
  const row = await findRow(ctx, model, id, selection);
  if (!row) throw notFound();
  return row;
}

/**
 * The value of a relation field, whose rows were read with the row itself.
 *
 * @throws if they were not, which would otherwise look like an empty relation.
 */
export function related(
  row: Row,
  args: ListArguments,
  { fieldNodes }: Pick<GraphQLResolveInfo, 'fieldNodes'>,
  arity: Arity,
): unknown {
  const key = rowKeyOf(fieldNodes);
  const found = row[key];
  if (found === undefined) throw new Error(`Relation ${key} was not read with its row.`);
  if (found === null || arity !== 'many') return found;
  return new Page(found as RawPage<Row>, pageRequest(args));
}

/** Ids as an array of one parameter each: that of a prepared query for one row is filled in later. */
export const uuidArray = (ids: string[]): SQL =>
  ids.length === 0
    ? sql`array[]::uuid[]`
    : sql`array[${sql.join(
        ids.map((id) => sql`${id}`),
        sql`, `,
      )}]::uuid[]`;
