import { type SQL, sql } from 'drizzle-orm';
import type { GraphQLResolveInfo } from 'graphql';
import { logReads } from '../access/file-reads.ts';
import type { Context } from '../context.ts';
import { notFound, unauthenticated } from '../errors.ts';
import { Page, type RawPage } from './connection.ts';
import type { Arity, Model, Row } from './model.ts';
import { readsOf } from './read-trace.ts';
import type { Reading } from './reading.ts';
import { withSavedFilters } from './saved-filter.ts';
import { type ListArguments, type ListScope, pageRequest, pageStatement, rowsStatement } from './select.ts';
import { type NodeSelection, pageSelection, type Selected, selectedField } from './selection.ts';

/** Who reads, and when, for an operation of a signed-in viewer. */
export function readingOf(ctx: Context): Reading {
  if (!ctx.viewer) throw unauthenticated();
  return { viewer: ctx.viewer, now: ctx.now, timeZone: ctx.timeZone };
}

/** Builds a statement and runs it; segments that its filters refer to are read first. */
export async function runStatement(ctx: Context, build: (reading: Reading) => SQL): Promise<unknown> {
  const statement = await withSavedFilters((asked) => ctx.statements.load(asked), readingOf(ctx), build);
  return ctx.statements.load(statement);
}

/** A page of `model` as the resolved field selects it, in one statement. */
export function readPage<T = Row>(
  ctx: Context,
  model: Model,
  info: GraphQLResolveInfo,
  scope?: ListScope,
): Promise<Page<T>> {
  return readSelectedPage(ctx, model, selectedField(info), scope);
}

/** A page of `model` for a selected connection field. */
export async function readSelectedPage<T = Row>(
  ctx: Context,
  model: Model,
  selected: Selected,
  scope?: ListScope,
): Promise<Page<T>> {
  const args = selected.args as ListArguments;
  const request = pageRequest(args);
  const selection = pageSelection(selected, model);
  const raw = (await runStatement(ctx, (reading) =>
    pageStatement(reading, model, selection, args, scope),
  )) as RawPage<T>;
  // The row beyond the page only tells that there is one.
  const seen = (raw.rows ?? []).slice(0, request.size) as unknown[] as Row[];
  if (selection.node) await logRowReads(ctx, model, selection.node, seen);
  return new Page(raw, request, raw.head ? ctx.changes.cursorAt(raw.head.epoch, raw.head.seq) : null);
}

/** The rows with these ids that the viewer may see, in no particular order. */
export const readRows = (
  ctx: Context,
  model: Model,
  ids: string[],
  selection: NodeSelection,
): Promise<Row[]> =>
  runRows(ctx, model, selection, (reading) => rowsStatement(reading, model, selection, uuidArray(ids)));

/** Runs a statement made of {@link rowsStatement}; what it reads of colleagues' files is logged. */
export async function runRows(
  ctx: Context,
  model: Model,
  selection: NodeSelection,
  build: (reading: Reading) => SQL,
): Promise<Row[]> {
  const rows = (await runStatement(ctx, build)) as Row[];
  await logRowReads(ctx, model, selection, rows);
  return rows;
}

/** Tells the access log which classes of colleagues' files these rows hold, before anybody sees them (R106). */
const logRowReads = (ctx: Context, model: Model, selection: NodeSelection, rows: Row[]): Promise<void> =>
  logReads(
    ctx,
    readsOf(model, selection, rows, (access) => ctx.verdicts[access] !== 'DENY'),
  );

/** The row with this id, or null when it is not there or not the viewer's. */
export const findRow = async (
  ctx: Context,
  model: Model,
  id: string,
  selection: NodeSelection,
): Promise<Row | null> => (await readRows(ctx, model, [id], selection))[0] ?? null;

/** The row with this id; NOT_FOUND when it is not there or not the viewer's. */
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
 * What a relation field returns: its rows came with the row itself.
 *
 * @throws when the row was not read for this selection, which would otherwise look like an empty relation.
 */
export function related(row: Row, args: ListArguments, key: string, arity: Arity): unknown {
  const found = row[`$${key}`];
  if (found === undefined) throw new Error(`Relation ${key} was not read with its row.`);
  if (found === null || arity !== 'many') return found;
  return new Page(found as RawPage<Row>, pageRequest(args));
}

const uuidArray = (ids: string[]): SQL =>
  ids.length === 0
    ? sql`array[]::uuid[]`
    : sql`array[${sql.join(
        ids.map((id) => sql`${id}`),
        sql`, `,
      )}]::uuid[]`;
