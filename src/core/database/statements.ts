import DataLoader from 'dataloader';
import type { SQL } from 'drizzle-orm';
import { type RenderedStatement, renderStatement } from './database.ts';
import {
  lookUpRow,
  type PiggybackQuery,
  type QueryExecutor,
  type RowKey,
  type RowStatement,
  rowStatement,
} from './row-loader.ts';

/** What a statement yielded. */
export interface Answered {
  /** The JSON as it was sent, when the statement had the round trip to itself. */
  bytes?: Buffer;
  read: () => unknown;
}

/** Runs statements that each yield one JSON value; those asked for in the same tick share a round trip. */
export interface Statements {
  load: (statement: SQL | RenderedStatement) => Promise<unknown>;
  /** As `load`, unread where possible. */
  loadAnswer: (statement: SQL | RenderedStatement) => Promise<Answered>;
  /** As `load`, in a round trip of its own. */
  loadUnbatched: (statement: SQL | RenderedStatement) => Promise<unknown>;
  /** As `loadAnswer`, of one row; shares a round trip with other requests' to the same source. */
  loadRow: (statement: RowStatement, key: RowKey) => Promise<Answered>;
  /** PostgreSQL's plan of a statement, as `explain (format json)` tells it; the statement does not run. */
  explain: (statement: SQL | RenderedStatement) => Promise<unknown>;
  /** What would be sent for a statement. */
  rendered: (statement: SQL | RenderedStatement) => RenderedStatement;
  /** The same for `loadRow`, of a statement about one row that was built with `marks` for the ids of viewer and row. */
  renderedForRows: (statement: SQL, marks: RowKey) => RowStatement;
}

/** Statements sent together at most: as many as a page has rows. */
const maxTogether = 200;

/** Something on condition of which answers are handed out, and that can be found out together with a row. */
export interface Precondition extends PiggybackQuery {
  /** Finds it out by itself, once, unless a row has brought it. Throws as `judge` does. */
  require: () => Promise<void>;
}

/** Does work when it is the turn of whoever it is for. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * A fresh loader for one operation. Never caches: a read after a write sees the write.
 *
 * `source` is asked at each round trip where to send it; see `asking`. What is read by `loadRow` brings the proviso
 * along; everything else is read while that is found out, and handed out when it holds. Each round trip of the
 * operation's own is made `inTurn`; rows share theirs with others, and wait for nobody.
 */
export function createStatements(
  source: () => QueryExecutor,
  precondition?: Precondition,
  inTurn: InTurn = (work) => work(),
): Statements {
  const loader = new DataLoader(
    async (statements: readonly RenderedStatement[]): Promise<Answered[]> => {
      const [first] = statements;
      const isAlone = first !== undefined && statements.length === 1;
      const [bytes] = await inTurn(() => source()(isAlone ? first : together(statements)));
      const answered = answeredBy(bytes);
      if (isAlone) return [answered];
      return (answered.read() as unknown[]).map((value) => ({ read: () => value }));
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
      const answer = inTurn(() => source()(rendered(statement)));
      const [[bytes]] = await Promise.all([answer, precondition?.require()]);
      return answeredBy(bytes).read();
    },
    loadRow: async (statement, key) => answeredBy(await lookUpRow(source(), statement, key, precondition)),
    // Alone: only a whole statement can be explained.
    explain: async (statement) => {
      await precondition?.require();
      const { text, params } = rendered(statement);
      const explained = { text: `explain (format json) ${text}`, params, customPlan: true };
      return answeredBy((await inTurn(() => source()(explained)))[0]).read();
    },
    rendered,
    renderedForRows: (statement, marks) => rowStatement(rendered(statement), marks),
  };
}

/** The same for what is asked at one moment: a row that is asked for again is the one that was read, or is being read. */
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

const answeredBy = (bytes: Buffer | null | undefined): Answered => {
  const read = () => (bytes ? (JSON.parse(bytes.toString()) as unknown) : bytes);
  return bytes ? { bytes, read } : { read };
};

const rendered = (statement: SQL | RenderedStatement): RenderedStatement =>
  'text' in statement ? statement : renderStatement(statement);

/** One statement that yields the values of several in an array. `$1` is a parameter wherever it stands. */
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
    customPlan: customPlan,
    reusable: reusable,
  };
}
