import DataLoader from 'dataloader';
import { type Column, type Database, queryColumn, type RenderedStatement } from './database.ts';

/** One round trip: has a statement of one column answered. */
export type Ask = (statement: RenderedStatement) => Promise<Column>;

const asks = new WeakMap<Database, Ask>();

/** Has a database answer; the same function each time, so that those who ask it can be brought together. */
export function asking(db: Database): Ask {
  const ask = asks.get(db) ?? ((statement) => queryColumn(db, statement));
  asks.set(db, ask);
  return ask;
}

/** Which row, and on whose behalf. UUIDs. */
export interface RowKey {
  viewerId: string;
  rowId: string;
}

/**
 * A statement that yields what a viewer may know of a row, as one JSON value. It names both as columns, because it is
 * asked for any number of them at once; `params` are those it has besides, from `$3` on.
 */
export type RowStatement = RenderedStatement;

/** Parameters before a row statement's own: viewers and rows. */
const askedParams = 2;

/** A statement about one row, built with `marks` for the ids of viewer and row, as one about any. */
export function rowStatement({ text, params }: RenderedStatement, marks: RowKey): RowStatement {
  const others: unknown[] = [];
  const asked = text.replace(/\$(\d+)/g, (_, index) => {
    const param = params[Number(index) - 1];
    if (param === marks.viewerId) return 'asked.viewer_id';
    if (param === marks.rowId) return 'asked.row_id';
    return `$${others.push(param) + askedParams}`;
  });
  return { text: asked, params: others };
}

/** Rows of one statement at most: few enough that the database works at several while answers are sent. */
const maxTogether = 16;

type RowLoader = DataLoader<RowKey, Buffer | null, RowKey>;

const loaders = new WeakMap<Ask, WeakMap<RowStatement, RowLoader>>();

/**
 * What a statement yields for a viewer and a row. Requests that came in together share a round trip: under load a
 * round trip costs more than the reading of a file. Nothing is kept, and each viewer gets what was read for them.
 */
export function lookUpRow(ask: Ask, statement: RowStatement, key: RowKey): Promise<Buffer | null> {
  let byStatement = loaders.get(ask);
  if (!byStatement) {
    byStatement = new WeakMap();
    loaders.set(ask, byStatement);
  }
  let loader = byStatement.get(statement);
  if (!loader) {
    loader = new DataLoader((keys) => lookUpTogether(ask, statement, keys), {
      cache: false,
      maxBatchSize: maxTogether,
      // After everything that the network has brought by now.
      batchScheduleFn: (send) => setImmediate(send),
    });
    byStatement.set(statement, loader);
  }
  return loader.load(key);
}

async function lookUpTogether(
  ask: Ask,
  statement: RowStatement,
  keys: readonly RowKey[],
): Promise<(Buffer | null | Error)[]> {
  try {
    return await lookUpRows(ask, statement, keys);
  } catch (error) {
    if (keys.length === 1) throw error;
    // What is wrong with one of them is nothing to the others.
    const alone = await Promise.allSettled(keys.map((key) => lookUpRows(ask, statement, [key])));
    return alone.map((one) => (one.status === 'fulfilled' ? (one.value[0] ?? null) : one.reason));
  }
}

/** The same in a round trip of its own, one value for each key. */
const lookUpRows = (ask: Ask, { text, params }: RowStatement, keys: readonly RowKey[]): Promise<Column> =>
  ask({
    text: `select (${text}) from unnest($1::uuid[], $2::uuid[]) with ordinality as asked(viewer_id, row_id, place) order by place`,
    params: [
      uuidArray(keys.map(({ viewerId }) => viewerId)),
      uuidArray(keys.map(({ rowId }) => rowId)),
      ...params,
    ],
  });

/** As PostgreSQL writes an array; ids need no quotes. */
const uuidArray = (ids: string[]): string => `{${ids.join()}}`;
