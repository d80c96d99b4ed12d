import DataLoader from 'dataloader';
import { type Column, type Database, queryColumn, type RenderedStatement } from './database.ts';
import { arrayLiteral } from './rows.ts';

/** Runs a statement with one column, in one round trip. */
export type QueryExecutor = (statement: RenderedStatement) => Promise<Column>;

const executors = new WeakMap<Database, QueryExecutor>();

/** The executor of a database. Always the same function per database, so that its callers can be batched. */
export function executorOf(db: Database): QueryExecutor {
  const execute = executors.get(db) ?? ((statement) => queryColumn(db, statement));
  executors.set(db, execute);
  return execute;
}

/** Which row to read, and for which viewer. UUIDs. */
export interface RowKey {
  viewerId: string;
  rowId: string;
}

/**
 * A second query sent in the same statement as a row query. Both see one snapshot; its result decides whether the row
 * is returned.
 */
export interface PiggybackQuery {
  /**
   * SQL that returns a JSON value for all the ids in `riding.ids`, a `uuid[]`. Queries with the same text are combined.
   */
  text: string;
  id: string;
  /** Receives the result for all the ids queried. If it throws, the reader gets that error instead of the row. */
  verify: (found: unknown) => void;
}

/**
 * A statement that returns what a viewer may know of a row, as one JSON value. It refers to both ids as columns,
 * because it runs for any number of viewer-row pairs at once; `params` are its other parameters, starting at `$4`.
 */
export type RowStatement = RenderedStatement;

/** Parameters before a row statement's own: viewer ids, row ids, and the ids of piggyback queries. */
const requestedParams = 3;

/**
 * Turns a statement for one row, rendered with `marks` in place of the ids of viewer and row, into one for any number
 * of rows.
 */
export function rowStatement({ text, params }: RenderedStatement, marks: RowKey): RowStatement {
  const others: unknown[] = [];
  const pending = text.replace(/\$(\d+)/g, (_, index) => {
    const param = params[Number(index) - 1];
    if (param === marks.viewerId) return 'requested.viewer_id';
    if (param === marks.rowId) return 'requested.row_id';
    return `$${others.push(param) + requestedParams}`;
  });
  return { text: pending, params: others };
}

/**
 * Maximum number of rows per statement: few enough that the database can work on several statements while results are
 * sent.
 */
const maxTogether = 16;

interface PendingRow extends RowKey {
  piggyback: PiggybackQuery | undefined;
}

type RowLoader = DataLoader<PendingRow, Buffer | null>;

const loaders = new WeakMap<QueryExecutor, WeakMap<RowStatement, Map<string, RowLoader>>>();

/**
 * Returns the result of a row statement for one viewer and row. Concurrent requests share a round trip: under load a
 * round trip costs more than reading a file. Nothing is cached, and each viewer gets what was read for them.
 *
 * Errors: those of the database, and those thrown by the piggyback query's `verify`.
 */
export function lookUpRow(
  execute: QueryExecutor,
  statement: RowStatement,
  key: RowKey,
  piggyback?: PiggybackQuery,
): Promise<Buffer | null> {
  let byStatement = loaders.get(execute);
  if (!byStatement) {
    byStatement = new WeakMap();
    loaders.set(execute, byStatement);
  }
  let byPiggyback = byStatement.get(statement);
  if (!byPiggyback) {
    byPiggyback = new Map();
    byStatement.set(statement, byPiggyback);
  }
  const { text } = piggyback ?? nobody;
  let loader = byPiggyback.get(text);
  if (!loader) {
    loader = new DataLoader((pending) => loadBatch(execute, statement, text, pending), {
      cache: false,
      maxBatchSize: maxTogether,
      // After all requests that have already arrived over the network.
      batchScheduleFn: (send) => setImmediate(send),
    });
    byPiggyback.set(text, loader);
  }
  return loader.load({ ...key, piggyback });
}

const nobody = { text: 'null::json' };

async function loadBatch(
  execute: QueryExecutor,
  statement: RowStatement,
  piggybacks: string,
  pending: readonly PendingRow[],
): Promise<(Buffer | null | Error)[]> {
  try {
    return await lookUpRows(execute, statement, piggybacks, pending);
  } catch (error) {
    if (pending.length === 1) throw error;
    // Retried one by one, so that an error of one row does not affect the others.
    const alone = await Promise.allSettled(
      pending.map((one) => lookUpRows(execute, statement, piggybacks, [one])),
    );
    return alone.map((one) => (one.status === 'fulfilled' ? (one.value[0] ?? null) : one.reason));
  }
}

/** Reads all pending rows in one round trip, one value for each. */
async function lookUpRows(
  execute: QueryExecutor,
  { text, params }: RowStatement,
  piggybacks: string,
  pending: readonly PendingRow[],
): Promise<(Buffer | null | Error)[]> {
  const ids = new Set(pending.flatMap(({ piggyback }) => (piggyback ? [piggyback.id] : [])));
  const [found, ...rows] = await execute({
    // The first row of the result belongs to the piggyback queries.
    text: `select case ordinal when 1 then (${piggybacks}) else (${text}) end
      from unnest($1::uuid[], $2::uuid[]) with ordinality as requested(viewer_id, row_id, ordinal), (select $3::uuid[]) as riding(ids)
      order by ordinal`,
    params: [
      arrayLiteral(['null', ...pending.map(({ viewerId }) => viewerId)]),
      arrayLiteral(['null', ...pending.map(({ rowId }) => rowId)]),
      arrayLiteral([...ids]),
      ...params,
    ],
  });
  const answer = found && JSON.parse(found.toString());
  return pending.map(({ piggyback }, i) => {
    try {
      piggyback?.verify(answer);
      return rows[i] ?? null;
    } catch (error) {
      return error as Error;
    }
  });
}

/** A PostgreSQL array literal; ids need no quotes. */
