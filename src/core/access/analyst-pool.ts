import type { Logger } from 'pino';
import { type ConnectOptions, connect, type StatementListener } from '../database/database.ts';
import { openReplica, type Replica } from '../database/replica.ts';
import { executorOf, type QueryExecutor } from '../database/row-loader.ts';
import { createStatements, type InTurn, type Statements } from '../database/statements.ts';
import { rateLimited } from '../errors.ts';
import { createTokenBucket, type TokenBucket } from '../token-bucket.ts';
import type { Viewer } from './viewer.ts';

/**
 * Connections shared by all analysts of an instance: heavy queries wait for each other, and other roles never wait for
 * them.
 */
export const analystPoolSize = 2;
/** A third of the limit of other roles: a query that takes longer belongs in a nightly job. */
const statementTimeoutMs = 10_000;

/** Runs the queries of analysts: read-only, on separate connections, within a budget of database time. */
export interface AnalystPool {
  /**
   * The statements of one operation; a replica is used where allowed. Errors: RATE_LIMITED when the viewer's budget is
   * used up (refused queries cost nothing), TIMEOUT after 10 s.
   */
  statements: (viewer: Pick<Viewer, 'id'>, mayUseReplica?: () => boolean, inTurn?: InTurn) => Statements;
  close: () => Promise<void>;
}

export interface AnalystPoolOptions {
  url: string;
  /** Database time each analyst may use per minute, including the wait for a connection. */
  budgetPerMinuteMs: number;
  /** A read replica for read-only operations. */
  replica?: { url: string; log: Logger } | undefined;
  onStatement?: StatementListener | undefined;
  /** Returns milliseconds; replaced in tests. */
  clock?: () => number;
}

/**
 * Opens the connection pool for analysts.
 *
 * Each statement runs in its own transaction that PostgreSQL keeps read-only, so nothing in an analyst's query can
 * change data.
 */
export function openAnalystPool({
  url,
  budgetPerMinuteMs,
  replica: given,
  onStatement,
  clock = () => performance.now(),
}: AnalystPoolOptions): AnalystPool {
  const options: Omit<ConnectOptions, 'url'> = { poolSize: analystPoolSize, statementTimeoutMs, onStatement };
  const { db, close } = connect({ ...options, url, readOnly: true });
  const replica: Replica | undefined = given && openReplica({ ...options, ...given, primary: db });
  const spend = createBudgets(budgetPerMinuteMs, clock);
  const queryPrimary = executorOf(db);
  return {
    statements: ({ id }, mayUseReplica = () => false, inTurn) => {
      const query: QueryExecutor = (statement) =>
        spend(id, () => (replica && mayUseReplica() ? replica.query : queryPrimary)(statement));
      return createStatements(() => query, undefined, inTurn);
    },
    close: async () => {
      await replica?.close();
      await close();
    },
  };
}

/**
 * Keeps a budget per viewer that refills evenly. A statement already running is allowed to finish, which may make the
 * balance negative.
 */
function createBudgets(
  budgetPerMinuteMs: number,
  clock: () => number,
): <T>(viewerId: string, work: () => Promise<T>) => Promise<T> {
  const budgets = new Map<string, TokenBucket>();
  const budgetOf = (viewerId: string): TokenBucket => {
    const budget =
      budgets.get(viewerId) ?? createTokenBucket({ capacity: budgetPerMinuteMs, refillMs: 60_000, clock });
    budgets.set(viewerId, budget);
    return budget;
  };
  return async (viewerId, work) => {
    const budget = budgetOf(viewerId);
    const leftMs = budget.left();
    if (leftMs <= 0) throw usedUp(budgetPerMinuteMs, leftMs);
    const startedMs = clock();
    try {
      return await work();
    } finally {
      budget.spend(clock() - startedMs);
    }
  };
}

function usedUp(limitMs: number, leftMs: number): Error {
  const usedMs = Math.ceil(limitMs - leftMs);
  // Until one millisecond is left.
  const waitMs = ((1 - leftMs) * 60_000) / limitMs;
  const retryAt = new Date(Date.now() + waitMs).toISOString();
  return rateLimited(
    Math.ceil(waitMs / 1000),
    `Your queries took ${usedMs} ms of ${limitMs} ms database time a minute; try again at ${retryAt}. (查询已用数据库时间 ${usedMs} 毫秒，每分钟限额 ${limitMs} 毫秒，请于 ${retryAt} 后再试。)`,
    { limitMs, usedMs, retryAt },
  );
}
