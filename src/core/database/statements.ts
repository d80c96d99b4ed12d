import DataLoader from 'dataloader';
import type { SQL } from 'drizzle-orm';
import { type RenderedStatement, renderStatement } from './database.ts';
import { valuesIn } from './json-scan.ts';
import {
  lookUpRow,
  type PiggybackQuery,
  type QueryExecutor,
  type RowKey,
  type RowStatement,
  rowStatement,
} from './row-loader.ts';

/** The result of a statement. */
export interface Answered {
  /** The JSON as received; absent if there was none. */
  bytes?: Buffer;
  read: () => unknown;
}

/** Runs statements that each return one JSON value; those requested in the same tick share a round trip. */
export interface Statements {
  load: (statement: SQL | RenderedStatement) => Promise<unknown>;
  /** Like `load`, unparsed where possible. */
  loadAnswer: (statement: SQL | RenderedStatement) => Promise<Answered>;
  /** Like `load`, in its own round trip. */
  loadUnbatched: (statement: SQL | RenderedStatement) => Promise<unknown>;
  /** Like `loadAnswer` for one row; shares a round trip with other requests to the same source. */
  loadRow: (statement: RowStatement, key: RowKey) => Promise<Answered>;
  /** PostgreSQL's plan of a statement, from `explain (format json)`; the statement is not executed. */
  explain: (statement: SQL | RenderedStatement) => Promise<unknown>;
  /** The statement as it would be sent. */
  rendered: (statement: SQL | RenderedStatement) => RenderedStatement;
  /** The same for `loadRow`, given a statement for one row that uses `marks` in place of the ids of viewer and row. */
  renderedForRows: (statement: SQL, marks: RowKey) => RowStatement;
}

/** Maximum number of statements per round trip: as many as a page has rows. */
const maxTogether = 200;

/** A condition that must hold before results are returned, and that can be verified along with a row. */
export interface Precondition extends PiggybackQuery {
  /** Verifies it separately, once, unless a row query already has. Throws like `verify`. */
  require: () => Promise<void>;
}

/** Runs work when it is its owner's turn. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * A loader for one operation. Never caches: a read after a write sees the write.
 *
 * `source` is called for each round trip to decide where it goes; see `executorOf`. `loadRow` verifies the precondition
 * in the same statement; all other reads run concurrently with it, and their results are returned only if it holds.
 * Each round trip made by the operation alone is made `inTurn`, and given up when `signal` is aborted; rows share round trips with other operations and do not
 * wait for a turn.
 */
export function createStatements(
  source: () => QueryExecutor,
  precondition?: Precondition,
  inTurn: InTurn = (work) => work(),
  signal?: AbortSignal,
): Statements {
  const execute = (statement: RenderedStatement) =>
    inTurn(() => source()(signal ? { ...statement, signal } : statement));
  const loader = new DataLoader(
    async (statements: readonly RenderedStatement[]): Promise<Answered[]> => {
      const [first] = statements;
      const isAlone = first !== undefined && statements.length === 1;
      const [bytes] = await execute(isAlone ? first : together(statements));
      const answered = answeredBy(bytes);
      if (isAlone) return [answered];
      return bytes ? valuesIn(bytes).map(answeredBy) : [];
    },
    { cache: false, maxBatchSize: maxTogether },
  );
  const loadAnswer = async (statement: SQL | RenderedStatement): Promise<Answered> => {
    const [answered] = await Promise.all([loader.load(rendered(statement)), precondition?.require()]);
    return answered;
  };
  return {
    load: async (statement) => (await loadAnswer(statement)).read(),
    loadAnswer,
    loadUnbatched: async (statement) => {
      const answer = execute(rendered(statement));
      const [[bytes]] = await Promise.all([answer, precondition?.require()]);
      return answeredBy(bytes).read();
    },
    loadRow: async (statement, key) => answeredBy(await lookUpRow(source(), statement, key, precondition)),
    // Not batched: only a whole statement can be explained.
    explain: async (statement) => {
      await precondition?.require();
      const { text, params } = rendered(statement);
      const explained = { text: `explain (format json) ${text}`, params, customPlan: true };
      return answeredBy((await execute(explained))[0]).read();
    },
    rendered,
    renderedForRows: (statement, marks) => rowStatement(rendered(statement), marks),
  };
}

/** The same, reading each row at most once: a repeated request gets the row that was or is being read. */
export function rowsReadOnce(statements: Statements): Statements {
  const read = new Map<string, Map<string, Promise<Answered>>>();
  return {
    ...statements,
    loadRow(statement, key) {
      const rows = read.get(statement.text) ?? new Map<string, Promise<Answered>>();
      read.set(statement.text, rows);
      const name = `${key.viewerId} ${key.rowId} ${JSON.stringify(statement.params)}`;
      const row = rows.get(name) ?? statements.loadRow(statement, key);
      rows.set(name, row);
      return row;
    },
  };
}

/**
 * The same, reading rows in the round trip of the operation's other statements instead of in one that they share with
 * other operations: for what has to be read in one snapshot.
 */
export const rowsReadTogether = (statements: Statements): Statements => ({
  ...statements,
  loadRow: ({ text, params, ...statement }, { viewerId, rowId }) =>
    statements.loadAnswer({
      ...statement,
      text: `select (${text}) from (select $1::uuid, $2::uuid, $3::text) as requested(viewer_id, row_id, riding)`,
      params: [viewerId, rowId, null, ...params],
      reusable: true,
    }),
});

const answeredBy = (bytes: Buffer | null | undefined): Answered => {
  const read = () => (bytes ? (JSON.parse(bytes.toString()) as unknown) : bytes);
  return bytes ? { bytes, read } : { read };
};

const rendered = (statement: SQL | RenderedStatement): RenderedStatement =>
  'text' in statement ? statement : renderStatement(statement);

/**
 * One statement that returns the values of several in an array. Assumes that `$1` is always a parameter, wherever it
 * occurs.
 */
function together(statements: readonly RenderedStatement[]): RenderedStatement {
  const params: unknown[] = [];
  const texts = statements.map((statement) => {
    const before = params.length;
    params.push(...statement.params);
    return `(${statement.text.replace(/\$(\d+)/g, (_, index) => `$${before + Number(index)}`)})`;
  });
  const customPlan = statements.some((statement) => statement.customPlan);
  const reusable = statements.every((statement) => statement.reusable);
  return {
    text: `select to_json(array[${texts.join(', ')}])`,
    params,
    customPlan,
    reusable,
  };
}
