import type { GraphQLResolveInfo } from 'graphql';
import { logUses, type Named } from '../access/access-log-port.ts';
import type { Context } from '../context.ts';
import type { PlannedInfo } from '../graphql/execution/planned-field.ts';
import { RawJson } from '../graphql/execution/raw-json.ts';
import type { Page, RawPage } from './connection.ts';
import type { Model, ReadContext, Row } from './model.types.ts';
import { type Preparation, runPrepared } from './prepared-query.ts';
import { loggedAs, logRowReads, pageReading, readingOf, readPage, runQuery, uuidArray } from './read.ts';
import { type ListScope, rowsStatement } from './select.ts';
import { rowSelection } from './selection.ts';
import { writeAnswer } from './serialize-field.ts';

/** A field whose whole value comes out of one statement. */
export interface RowField<Source, Args, Value> {
  resolve: (source: Source, args: Args, ctx: Context, info: GraphQLResolveInfo) => Promise<Value>;
  /** For `@Extensions`: yields the same value, as JSON where the selection allows. */
  serialize: (source: Source, args: Args, ctx: Context, info: PlannedInfo) => Promise<RawJson | Value>;
}

/** A field whose value is a page of a model's rows, of all of them or of those in a scope. */
export const pageField = <Source, Args = unknown>(
  model: Model,
  scopeOf?: (source: Source, args: Args, ctx: Context) => ListScope | Promise<ListScope>,
): RowField<Source, Args, Page<Row>> => ({
  resolve: async (source, args, ctx, info) => readPage(ctx, model, info, await scopeOf?.(source, args, ctx)),
  serialize: async (source, args, ctx, info) => {
    const scope = await scopeOf?.(source, args, ctx);
    const { build, pageFrom } = pageReading<Row>(ctx, model, info, scope);
    const key = keyOf(scope);
    if (key === null) return pageFrom(await runQuery(ctx, build));
    const found = await serializeField<RawPage<Row>>(ctx, info, { key, ownArguments: true, build });
    return found instanceof RawJson ? found : pageFrom(found);
  },
});

/** A key for a scope; null if its condition has no name. */
function keyOf({ where, key = '', activeOnly, filters = [] }: ListScope = {}): string | null {
  if (where && !key) return null;
  const name = activeOnly ? `${key} active` : key;
  return filters.length > 0 ? `${name} ${JSON.stringify(filters)}` : name;
}

/** A field whose value is the row with an id (UUID); null without one, and for a row that is not visible to the viewer. */
export const rowField = <Source, Args = unknown>(
  model: Model,
  idOf: (source: Source, args: Args, ctx: Context) => string | null,
): RowField<Source, Args, Row | null> => ({
  resolve: async (source, args, ctx, info) => {
    const id = idOf(source, args, ctx);
    if (id === null) return null;
    const { build, about, rowFrom } = rowReading(ctx, model, id, info);
    return rowFrom(
      await runQuery(
        ctx,
        (reading) => build(reading, id),
        () => about,
      ),
    );
  },
  serialize: async (source, args, ctx, info) => {
    const id = idOf(source, args, ctx);
    if (id === null) return null;
    const { build, about, rowFrom } = rowReading(ctx, model, id, info);
    const preparation = { key: model.name, ownArguments: false, rowId: id, build };
    const found = await serializeField<Row[]>(ctx, info, preparation, about);
    return found instanceof RawJson ? found : rowFrom(found);
  },
});

function rowReading(ctx: Context, model: Model, id: string, info: GraphQLResolveInfo) {
  const selection = rowSelection(info, model);
  return {
    build: (reading: ReadContext, rowId: string) =>
      rowsStatement(reading, model, selection, uuidArray([rowId])),
    about: loggedAs(model, [id]),
    rowFrom: async (rows: Row[]): Promise<Row | null> => {
      await logRowReads(ctx, model, selection, rows);
      return rows[0] ?? null;
    },
  };
}

/** Runs a field's prepared query and writes what it yields, or reads it where it cannot be written. */
async function serializeField<T>(
  ctx: Context,
  info: PlannedInfo,
  preparation: Preparation<T>,
  about?: Named,
): Promise<RawJson | T> {
  const { planned } = info;
  const { query, answered } = await runPrepared(ctx, readingOf(ctx), planned, preparation);
  await logUses(ctx, query.shape.uses, about);
  const written = answered.bytes && (await writeAnswer(ctx, info, planned, query, answered.bytes));
  return written ? written : query.read(answered.read() as never);
}
