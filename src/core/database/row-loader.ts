import DataLoader from 'dataloader';
import { type Column, type Database, queryColumn, type RenderedStatement } from './database.ts';

/** One round trip: has a statement of one column answered. */
export type QueryExecutor = (statement: RenderedStatement) => Promise<Column>;

const executors = new WeakMap<Database, QueryExecutor>();

/** Has a database answer; the same function each time, so that those who ask it can be brought together. */
export function executorOf(db: Database): QueryExecutor {
  const execute = executors.get(db) ?? ((statement) => queryColumn(db, statement));
  executors.set(db, execute);
  return execute;
}

/** Which row, and on whose behalf. UUIDs. */
export interface RowKey {
  viewerId: string;
  rowId: string;
}

/** A question that travels with one about a row, and whose answer, of the same instant, decides whether the row is had. */
export interface PiggybackQuery {
  /** SQL that yields JSON of what is found for all the ids in `riding.ids`, a `uuid[]`. Those of one text ride together. */
  text: string;
  id: string;
  /** Takes what was found for all ids that were asked about. Throws what the row's reader gets instead of the row. */
  verify: (found: unknown) => void;
}

/**
 * A statement that yields what a viewer may know of a row, as one JSON value. It names both as columns, because it is
 * asked for any number of them at once; `params` are those it has besides, from `$4` on.
 */
export type RowStatement = RenderedStatement;

/** Parameters before a row statement's own: viewers, rows, and ids that riders ask about. */
const requestedParams = 3;

/** A statement about one row, built with `marks` for the ids of viewer and row, as one about any. */
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

/** Rows of one statement at most: few enough that the database works at several while answers are sent. */
const maxTogether = 16;

interface PendingRow extends RowKey {
  piggyback: PiggybackQuery | undefined;
}

type RowLoader = DataLoader<PendingRow, Buffer | null>;

const loaders = new WeakMap<QueryExecutor, WeakMap<RowStatement, Map<string, RowLoader>>>();

/**
 * What a statement yields for a viewer and a row. Requests that came in together share a round trip: under load a
 * round trip costs more than the reading of a file. Nothing is kept, and each viewer gets what was read for them.
 *
 * Errors: those of the database, and what the rider throws.
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
      // After everything that the network has brought by now.
      batchScheduleFn: (send) => setImmediate(send),
    });
    byPiggyback.set(text, loader);
  }
  return loader.load({ ...key, piggyback: piggyback });
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
    // What is wrong with one of them is nothing to the others.
    const alone = await Promise.allSettled(
      pending.map((one) => lookUpRows(execute, statement, piggybacks, [one])),
    );
    return alone.map((one) => (one.status === 'fulfilled' ? (one.value[0] ?? null) : one.reason));
  }
}

/** The same in a round trip of its own, one value for each. */
async function lookUpRows(
  execute: QueryExecutor,
  { text, params }: RowStatement,
  piggybacks: string,
  pending: readonly PendingRow[],
): Promise<(Buffer | null | Error)[]> {
  const ids = new Set(pending.flatMap(({ piggyback }) => (piggyback ? [piggyback.id] : [])));
  const [found, ...rows] = await execute({
    // The first line is the riders'.
    text: `select case place when 1 then (${piggybacks}) else (${text}) end
      from unnest($1::uuid[], $2::uuid[]) with ordinality as requested(viewer_id, row_id, place), (select $3::uuid[]) as riding(ids)
      order by place`,
    params: [
      uuidArray(['null', ...pending.map(({ viewerId }) => viewerId)]),
      uuidArray(['null', ...pending.map(({ rowId }) => rowId)]),
      uuidArray([...ids]),
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

/** As PostgreSQL writes an array; ids need no quotes. */
const uuidArray = (ids: string[]): string => `{${ids.join()}}`;
