import type { Logger } from 'pino';
import { type ConnectOptions, connect, type StatementListener } from '../database/database.ts';
import { openReplica, type Replica } from '../database/replica.ts';
import { executorOf, type QueryExecutor } from '../database/row-loader.ts';
import { createStatements, type InTurn, type Statements } from '../database/statements.ts';
import { rateLimited } from '../errors.ts';
import type { Viewer } from './viewer.ts';

/** Connections for all analysts of an instance together: heavy questions wait for each other, not others for them. */
export const analystPoolSize = 2;
/** A third of what others have: a question that takes longer belongs into a nightly job. */
const statementTimeoutMs = 10_000;

/** How what analysts ask reaches the database: read-only, on connections of their own, within a budget. */
export interface AnalystPool {
  /**
   * Statements of one operation; a replica answers where it may. Errors: RATE_LIMITED while the viewer's
   * budget is used up (what is refused costs nothing of it), TIMEOUT after 10 s.
   */
  statements: (viewer: Pick<Viewer, 'id'>, mayUseReplica?: () => boolean, inTurn?: InTurn) => Statements;
  close: () => Promise<void>;
}

export interface AnalystPoolOptions {
  url: string;
  /** Database time each analyst may use per minute, waiting for a connection included. */
  budgetPerMinuteMs: number;
  /** A read replica, for operations that only read. */
  replica?: { url: string; log: Logger } | undefined;
  onStatement?: StatementListener | undefined;
  /** Milliseconds; tests have a clock of their own. */
  clock?: () => number;
}

/**
 * Opens the analysts' way to the database.
 *
 * Each statement is a transaction of its own that PostgreSQL itself keeps read-only: whatever reaches it through an
 * analyst's question changes nothing.
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

interface Budget {
  leftMs: number;
  atMs: number;
}

/** A budget per viewer that refills evenly. What is under way is finished, and may leave it below nothing. */
function createBudgets(
  budgetPerMinuteMs: number,
  clock: () => number,
): <T>(viewerId: string, work: () => Promise<T>) => Promise<T> {
  const budgets = new Map<string, Budget>();
  const perMs = budgetPerMinuteMs / 60_000;
  const current = (viewerId: string): Budget => {
    const nowMs = clock();
    const known = budgets.get(viewerId) ?? { leftMs: budgetPerMinuteMs, atMs: nowMs };
    known.leftMs = Math.min(budgetPerMinuteMs, known.leftMs + (nowMs - known.atMs) * perMs);
    known.atMs = nowMs;
    budgets.set(viewerId, known);
    return known;
  };
  return async (viewerId, work) => {
    const { leftMs } = current(viewerId);
    if (leftMs <= 0) throw usedUp(budgetPerMinuteMs, budgetPerMinuteMs - leftMs, (1 - leftMs) / perMs);
    const startedMs = clock();
    try {
      return await work();
    } finally {
      current(viewerId).leftMs -= clock() - startedMs;
    }
  };
}

function usedUp(limitMs: number, spentMs: number, waitMs: number): Error {
  const usedMs = Math.ceil(spentMs);
  const retryAt = new Date(Date.now() + waitMs).toISOString();
  return rateLimited(
    Math.ceil(waitMs / 1000),
    `Your queries took ${usedMs} ms of ${limitMs} ms database time a minute; try again at ${retryAt}. (查询已用数据库时间 ${usedMs} 毫秒，每分钟限额 ${limitMs} 毫秒，请于 ${retryAt} 后再试。)`,
    { limitMs, usedMs, retryAt },
  );
}
