import type { Viewer } from '../context.ts';
import { type Connection, connect, type StatementListener } from '../database/database.ts';
import { createStatements, type Statements } from '../database/statements.ts';
import { rateLimited } from '../errors.ts';

/** Connections for all analysts of an instance together: heavy questions wait for each other, not others for them. */
const poolSize = 2;
/** A third of what others have: a question that takes longer belongs into a nightly job. */
const statementTimeoutMs = 10_000;
/** Database time an analyst may use per minute, waiting for a connection included: one connection half the time. */
export const budgetPerMinuteMs = 30_000;

/** How what analysts ask reaches the database: read-only, on connections of their own, within a budget. */
export interface AnalystReads {
  /** Statements of one operation. Errors: RATE_LIMITED while the viewer's budget is used up, TIMEOUT after 10 s. */
  statements: (viewer: Pick<Viewer, 'id'>) => Statements;
  close: () => Promise<void>;
}

export interface AnalystOptions {
  url: string;
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
export function openAnalystReads({
  url,
  onStatement,
  clock = () => performance.now(),
}: AnalystOptions): AnalystReads {
  const connection: Connection = connect({ url, poolSize, statementTimeoutMs, readOnly: true, onStatement });
  const spend = createBudgets(clock);
  return {
    statements: ({ id }) => createStatements(connection.db, (work) => spend(id, work)),
    close: connection.close,
  };
}

interface Budget {
  leftMs: number;
  atMs: number;
}

/** A budget per viewer that refills evenly. What is under way is finished, and may leave it below nothing. */
function createBudgets(clock: () => number): <T>(viewerId: string, work: () => Promise<T>) => Promise<T> {
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
    if (leftMs <= 0) throw rateLimited(Math.ceil((1 - leftMs) / perMs / 1000));
    const startedMs = clock();
    try {
      return await work();
    } finally {
      current(viewerId).leftMs -= clock() - startedMs;
    }
  };
}
