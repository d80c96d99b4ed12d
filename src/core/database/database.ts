import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { createIdleTimeoutSockets } from './idle-timeout-socket.ts';
import { withSafeTransactions } from './transaction.ts';

/** The database, or a transaction on it: the first argument of every service function. */
export type Database = Pick<
  PostgresJsDatabase,
  'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | 'execute' | 'transaction'
>;

/** Sees each statement sent; tests count with it. */
export type StatementListener = (text: string, parameters: readonly unknown[]) => void;

export interface Connection {
  db: Database;
  /** The postgres.js client below, for LISTEN and COPY. */
  client: postgres.Sql;
  close: () => Promise<void>;
}

export interface ConnectOptions {
  url: string;
  /** Connections at most, and as many for transactions. Opened when needed. */
  poolSize: number;
  /** As many again for statements that recur and are planned each time for their values; see `RenderedStatement`. */
  customPlanPool?: boolean;
  /** One connection for everything, so that temporary tables last: whoever has it asks one thing after another. */
  isOneSession?: boolean;
  /** Longest time a statement may run. */
  statementTimeoutMs?: number;
  /** Longest time until a new connection is there. Default 10 s. */
  connectTimeoutMs?: number;
  /** Every transaction is read-only, kept so by PostgreSQL. */
  readOnly?: boolean;
  onStatement?: StatementListener | undefined;
}

/** How long a connection that failed rests. */
const reconnectAfterMs = 100;
/** How much longer than any statement may run an answer is waited for. */
const silenceGraceMs = 5_000;

/**
 * Opens a pool. Sessions speak UTC, so instants leave the database in one form. Arrays are text both ways, as drizzle
 * writes and reads them; in JSON they are arrays.
 *
 * A statement without an answer 5 s after the longest time it may run is rejected with CONNECTION_CLOSED, and its
 * connection replaced: PostgreSQL would have ended it, so the connection is dead.
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
    // Nobody waits for the driver's question for array types: a connection lost during it would end the process.
    fetch_types: false,
    connect_timeout: connectTimeoutMs / 1000,
    // Not the driver's up to 20 s, which whoever asks would wait while the database is down, and after it is back.
    backoff: () => reconnectAfterMs / 1000,
    // Closed in order before the silence of having nothing to do is taken for the other one.
    idle_timeout: (statementTimeoutMs + silenceGraceMs) / 2000,
    connection: {
      application_name: 'customer-file',
      TimeZone: 'UTC',
      DateStyle: 'ISO, YMD',
      statement_timeout: statementTimeoutMs,
      default_transaction_read_only: readOnly,
      // A caller that died inside a transaction must not keep a customer's row locked.
      idle_in_transaction_session_timeout: 60_000,
      // Compiling a plan takes longer than a segment does.
      jit: 'off',
      // Files in a hash of 16 bytes each: those of a large segment fit, ten of them at once too.
      work_mem: '16MB',
      // One wrong letter in a Chinese name of six leaves half of its trigrams; the default of 0.6 would miss it.
      'pg_trgm.word_similarity_threshold': 0.4,
    },
    // The driver knows these options, its types do not.
    ...({
      socket: createIdleTimeoutSockets(statementTimeoutMs + silenceGraceMs),
      // What is sent counts as life too: behind so many statements nothing more is sent, and a dead connection is silent.
      max_pipeline: 4,
    } as object),
    ...(onStatement && {
      debug: (_connection: number, text: string, parameters: unknown[]) => onStatement(text, parameters),
    }),
  };
  const alone = postgres(url, options);
  const transactions = isOneSession ? alone : postgres(url, options);
  // Has the driver leave JSON and instants as they are, here as there.
  drizzle(transactions);
  const client = withSafeTransactions(alone, transactions);
  const clients = [alone, transactions];
  if (customPlanPool) {
    const connection = { ...options.connection, plan_cache_mode: 'force_custom_plan' };
    const planner = postgres(url, { ...options, connection });
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
 * Beside a client the one for statements that are kept as text and planned each time for their values. Unnamed, as
 * they would be sent otherwise, the driver asks for the types of the parameters first and has each read twice.
 */
const planners = new WeakMap<object, postgres.Sql>();

const dialect = new PgDialect();

/**
 * Runs a statement that yields one JSON value (one row, one column) and returns it.
 *
 * Goes to postgres.js directly because drizzle never prepares by name: a list
 * statement is planned once per connection instead of once per request.
 */
export async function queryJson<T>(db: Database, statement: SQL): Promise<T> {
  const bytes = await queryBytes(db, renderStatement(statement));
  return (bytes && JSON.parse(bytes.toString())) as T;
}

/** A statement as the database gets it. */
export interface RenderedStatement {
  text: string;
  params: readonly unknown[];
  /**
   * It is planned each time for its values, because they decide which way is quick: a filter. Else PostgreSQL may
   * keep one plan for all values.
   */
  customPlan?: boolean;
  /** It has been sent before and will be again: the database keeps what it read of the text, though not the plan. */
  reusable?: boolean;
}

/** Text and parameters of a statement. */
export function renderStatement(statement: SQL): RenderedStatement {
  const { sql: text, params } = dialect.sqlToQuery(statement);
  return { text, params };
}

/** As {@link queryJson}, and the JSON as PostgreSQL sent it; null or undefined where there is no value or no row. */
export const queryBytes = async (
  db: Database,
  statement: RenderedStatement,
): Promise<Buffer | null | undefined> => (await queryColumn(db, statement))[0];

/** The first value of each row, as PostgreSQL sent it: of a statement that yields one column. */
export type Column = (Buffer | null)[];

/** As {@link queryJson}, of a statement that yields any number of rows, unread. */
export const queryColumn = (db: Database, statement: RenderedStatement): Promise<Column> =>
  columnFrom(clientOf(db), statement);

/** As {@link queryColumn}, over a connection of one's own. */
export async function columnFrom(
  client: Pick<postgres.Sql, 'unsafe'>,
  { text, params, customPlan = false, reusable = false }: RenderedStatement,
): Promise<Column> {
  const planner = customPlan && reusable ? planners.get(client) : undefined;
  const prepare = !customPlan || planner !== undefined;
  const rows = await (planner ?? client).unsafe(text, params as never[], { prepare }).raw();
  return rows.map(([value]) => value ?? null);
}

/** drizzle offers the client only on the top-level database; inside a transaction its session has it. */
const clientOf = (db: Database): postgres.Sql =>
  (db as unknown as { _: { session: { client: postgres.Sql } } })._.session.client;

/** Who writes, from where, and for which request: stored with every change of the transaction. */
export interface WriteOrigin {
  actorId: string | null;
  /** API, IMPORT, SEED, JOB … */
  source: string;
  requestId?: string | null;
  /** Network address of the client. */
  address?: string | undefined;
  operationName?: string | null | undefined;
}

/**
 * Runs `work` in a transaction whose changes are attributed to `origin`. The
 * setting is local to the transaction, so a pooled connection never carries it on.
 */
export const writeAs = <T>(
  db: Database,
  origin: WriteOrigin,
  work: (tx: Database) => Promise<T>,
): Promise<T> =>
  db.transaction(async (tx) => {
    await tx.execute(
      sql`select set_config('app.actor', ${origin.actorId ?? ''}, true), set_config('app.source', ${origin.source}, true),
                 set_config('app.request', ${origin.requestId ?? ''}, true), set_config('app.address', ${origin.address ?? ''}, true),
                 set_config('app.operation', ${origin.operationName?.slice(0, 200) ?? ''}, true)`,
    );
    return work(tx);
  });
