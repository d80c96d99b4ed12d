import { Placeholder, type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { abandoned } from '../errors.ts';
import type { ChangeSource } from './change-source.enums.ts';
import { createIdleTimeoutSockets } from './idle-timeout-socket.ts';
import { longOptions } from './session-startup.ts';
import { withSafeTransactions } from './transaction.ts';

/** The database, or a transaction on it: the first argument of every service function. */
export type Database = Pick<
  PostgresJsDatabase,
  'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | 'execute' | 'transaction'
>;

/** Called with each statement sent; tests count statements with it. */
export type StatementListener = (text: string, parameters: readonly unknown[]) => void;

export interface Connection {
  db: Database;
  /** The underlying postgres.js client, for LISTEN and COPY. */
  client: postgres.Sql;
  close: () => Promise<void>;
}

export interface ConnectOptions {
  url: string;
  /** Maximum number of connections, and the same number again for transactions. Opened on demand. */
  poolSize: number;
  /** The same number again for statements that recur but need a custom plan each time; see `RenderedStatement`. */
  customPlanPool?: boolean;
  /** One connection for everything, so that temporary tables persist; its statements run one after another. */
  isOneSession?: boolean;
  /** Statement timeout. */
  statementTimeoutMs?: number;
  /** Connect timeout. Default 10 s. */
  connectTimeoutMs?: number;
  /** Every transaction is read-only, enforced by PostgreSQL. */
  readOnly?: boolean;
  onStatement?: StatementListener | undefined;
}

/** Delay before a failed connection is retried. */
const reconnectAfterMs = 100;
/** How long beyond the statement timeout a result is awaited. */
const silenceGraceMs = 5_000;

/**
 * Opens a pool. Sessions use UTC, so instants leave the database in one format. Arrays are passed as text both ways, as
 * drizzle reads and writes them; inside JSON they are arrays.
 *
 * If a statement has no result 5 s after its timeout, it is rejected with CONNECTION_CLOSED and its connection is
 * replaced: PostgreSQL would have ended it by then, so the connection is dead.
 */
export function connect({
  url,
  poolSize,
  statementTimeoutMs = 30_000,
  connectTimeoutMs = 10_000,
  readOnly = false,
  customPlanPool = false,
  isOneSession = false,
  onStatement,
}: ConnectOptions): Connection {
  const options = {
    max: isOneSession ? 1 : poolSize,
    onnotice: () => {},
    // Nothing awaits the driver's query for array types, so losing the connection during it would end the process.
    fetch_types: false,
    connect_timeout: connectTimeoutMs / 1000,
    // Not the driver's backoff of up to 20 s, which callers would wait out while the database is down and after it is
    // back.
    backoff: () => reconnectAfterMs / 1000,
    // Idle connections are closed cleanly before their silence is taken for a dead connection.
    idle_timeout: (statementTimeoutMs + silenceGraceMs) / 2000,
    connection: {
      application_name: 'customer-file',
      TimeZone: 'UTC',
      DateStyle: 'ISO, YMD',
      statement_timeout: statementTimeoutMs,
      default_transaction_read_only: readOnly,
      // A caller that died inside a transaction must not keep a customer's row locked.
      idle_in_transaction_session_timeout: 60_000,
      // Compiling a plan with JIT takes longer than running a segment.
      options: longOptions('jit=off'),
      // Enough to hash the files of a large segment at 16 bytes each, even ten such segments at once.
      work_mem: '16MB',
    },
    // The driver supports these options, but its types lack them.
    ...({
      socket: createIdleTimeoutSockets(statementTimeoutMs + silenceGraceMs),
      // Sending also counts as activity. With a short pipeline nothing more is sent after a few unanswered statements,
      // so a dead connection falls silent.
      max_pipeline: 4,
    } as object),
    ...(onStatement && {
      debug: (_connection: number, text: string, parameters: unknown[]) => onStatement(text, parameters),
    }),
  };
  // One statement at a time on a connection: one sent behind another would wait for that one alone, however many
  // connections become free. A transaction needs a place behind its BEGIN.
  const unpipelined = { ...options, max_pipeline: 0 };
  const alone = postgres(url, isOneSession ? options : unpipelined);
  const transactions = isOneSession ? alone : postgres(url, options);
  // Makes the driver leave JSON and instants unparsed, as it does for `client`.
  drizzle(transactions);
  const client = withSafeTransactions(alone, transactions);
  const clients = [alone, transactions];
  if (customPlanPool) {
    const connection = { ...options.connection, plan_cache_mode: 'force_custom_plan' };
    const planner = postgres(url, { ...unpipelined, connection });
    drizzle(planner);
    planners.set(client, planner);
    clients.push(planner);
  }
  const close = async () => {
    await Promise.all(clients.map((each) => each.end({ timeout: 5 })));
  };
  return { db: drizzle(client), client, close };
}

/**
 * For a client, the one for statements that are planned for their values each time. It keeps prepared statements: as
 * unnamed statements, the driver would first query the parameter types and have each statement parsed twice.
 */
const planners = new WeakMap<object, postgres.Sql>();

const dialect = new PgDialect();

/**
 * Runs a statement that returns one JSON value (one row, one column).
 *
 * Uses postgres.js directly because drizzle never prepares statements by name: this way a list statement is planned
 * once per connection instead of once per request.
 */
export async function queryJson<T>(db: Database, statement: SQL): Promise<T> {
  const bytes = await queryBytes(db, renderStatement(statement));
  return (bytes && JSON.parse(bytes.toString())) as T;
}

/** A statement as it is sent to the database. */
export interface RenderedStatement {
  text: string;
  params: readonly unknown[];
  /**
   * Plan it for its values each time, because they decide which plan is fast (a filter). Otherwise PostgreSQL may keep
   * a generic plan.
   */
  customPlan?: boolean;
  /** It recurs, so it is prepared by name: PostgreSQL keeps the parsed statement, though not the plan. */
  reusable?: boolean;
  /** Aborted when nobody waits for the answer any more: then it is not sent. */
  signal?: AbortSignal | undefined;
}

/** Text and parameters of a statement. */
export function renderStatement(statement: SQL): RenderedStatement {
  const { sql: text, params } = dialect.sqlToQuery(statement);
  return { text, params };
}

/** A statement with values for its placeholders: rendered once, sent any number of times. */
export const fillStatement = (
  { params, ...statement }: RenderedStatement,
  values: Readonly<Record<string, unknown>>,
): RenderedStatement => ({
  ...statement,
  params: params.map((param) => (param instanceof Placeholder ? values[param.name] : param)),
});

/** Like {@link queryJson}, but returns the raw JSON bytes; null or undefined if there is no value or no row. */
export const queryBytes = async (
  db: Database,
  statement: RenderedStatement,
): Promise<Buffer | null | undefined> => (await queryColumn(db, statement))[0];

/** The raw value of each row of a statement with one column. */
export type Column = (Buffer | null)[];

/** Like {@link queryJson} for any number of rows, unparsed. */
export const queryColumn = (db: Database, statement: RenderedStatement): Promise<Column> =>
  columnFrom(clientOf(db), statement);

/**
 * Like {@link queryColumn}, on a given client. A statement that nobody waits for any more is not sent; one that was sent is
 * never cancelled: the driver keeps several in flight on a connection, and one taken out of their order hands its answer
 * to the next.
 */
export async function columnFrom(
  client: Pick<postgres.Sql, 'unsafe'>,
  { text, params, customPlan = false, reusable = false, signal }: RenderedStatement,
): Promise<Column> {
  if (signal?.aborted) throw abandoned();
  const planner = customPlan ? planners.get(client) : undefined;
  const prepare = !customPlan || (planner !== undefined && reusable);
  const rows = await (planner ?? client).unsafe(text, params as never[], { prepare }).raw();
  return rows.map(([value]) => value ?? null);
}

/** drizzle exposes the client only on the top-level database; in a transaction the session holds it. */
const clientOf = (db: Database): postgres.Sql =>
  (db as unknown as { _: { session: { client: postgres.Sql } } })._.session.client;

/** Who writes, through what, and for which request: stored with every change of the transaction. */
export interface WriteOrigin {
  actorId: string | null;
  /** API, IMPORT, SEED, JOB … */
  source: ChangeSource;
  requestId?: string | null;
  /** Network address of the client. */
  address?: string | undefined;
  operationName?: string | null | undefined;
}

/** PostgreSQL: this transaction was ended because it and others waited for each other. */
const deadlockDetected = '40P01';
/** How often a transaction is tried; a second one meets the first's rows after it has left them. */
const maxAttempts = 3;

/**
 * Runs `work` in a transaction whose changes are attributed to `origin`. The settings are local to the transaction, so
 * a pooled connection never carries them over.
 *
 * Rows are locked in one order wherever it is known beforehand; where PostgreSQL ends a transaction as the victim of a
 * deadlock all the same, nothing of it has happened, and it is run again. So `work` may run more than once.
 */
export async function writeAs<T>(
  db: Database,
  origin: WriteOrigin,
  work: (tx: Database) => Promise<T>,
): Promise<T> {
  const run = () =>
    db.transaction(async (tx) => {
      await tx.execute(
        sql`select set_config('app.actor', ${origin.actorId ?? ''}, true), set_config('app.source', ${origin.source}, true),
                 set_config('app.request', ${origin.requestId ?? ''}, true), set_config('app.address', ${origin.address ?? ''}, true),
                 set_config('app.operation', ${origin.operationName?.slice(0, 200) ?? ''}, true)`,
      );
      return work(tx);
    });
  for (let attempt = 1; ; attempt += 1)
    try {
      return await run();
    } catch (error) {
      // A transaction within another keeps what the outer one has locked, so that one is to be run again.
      const isOutermost = !('rollback' in db);
      if (!isOutermost || attempt === maxAttempts || !isDeadlock(error)) throw error;
    }
}

function isDeadlock(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ((cause as { code?: unknown }).code === deadlockDetected) return true;
  return false;
}
