import type postgres from 'postgres';

type Work = (tx: postgres.TransactionSql) => unknown;

/** A query as the driver represents it: it calls `reject` when the query has failed. */
type DriverQuery = { reject?: (error: unknown) => void };

/**
 * The same client, but with transactions on the connections of `transactions`, a client used for nothing else, and safe
 * when their connection is lost.
 *
 * Separate connections, because postgres.js 3.4.9 may send BEGIN after other statements on a connection and, if that is
 * full, fail to reserve it (`execute` in connection.js does not reach `onexecute`): the transaction fails with
 * UNSAFE_TRANSACTION, and whatever runs on the connection next runs inside it, uncommitted. If there are only
 * transactions, each begins on a free connection.
 *
 * After losing a connection, postgres.js 3.4.9 goes on writing to it: its own ROLLBACK, and whatever the work sends
 * next. That ends the process (TypeError in nextWrite: porsager/postgres#1208), breaks the connection for good, or runs
 * in the middle of another transaction (#1216). So nothing is sent once the connection is lost: further statements of
 * the work are refused with CONNECTION_CLOSED, and the driver never learns how the work ended, so that it has nothing
 * to roll back. Callers are not kept waiting, because the driver reports the loss to them by itself.
 *
 * TODO: remove when a release of postgres.js has #1209 and #1215.
 */
export function withSafeTransactions<Client extends postgres.Sql>(
  client: Client,
  transactions: Client,
): Client {
  const begin = (...given: unknown[]) => {
    const work = given.pop() as Work;
    const life = { isLost: false };
    const run = transactions.begin as (...args: unknown[]) => Promise<unknown>;
    const running = run(...given, (tx: postgres.TransactionSql) => live(life, tx, work));
    running.catch(() => {
      life.isLost = true;
    });
    return running;
  };
  return new Proxy(client, {
    get: (target, key) => (key === 'begin' ? begin : Reflect.get(target, key)),
  });
}

interface Life {
  isLost: boolean;
}

async function live(life: Life, tx: postgres.TransactionSql, work: Work): Promise<unknown> {
  try {
    return await work(guarded(life, tx));
  } catch (error) {
    if (!life.isLost) throw error;
  } finally {
    if (life.isLost) await new Promise(() => {});
  }
}

const guarded = (life: Life, tx: postgres.TransactionSql): postgres.TransactionSql => {
  const watched = <Given extends unknown[]>(run: (...given: Given) => unknown) => {
    return (...given: Given): unknown => {
      if (life.isLost)
        throw Object.assign(new Error('The connection is lost.'), { code: 'CONNECTION_CLOSED' });
      const query = run(...given) as DriverQuery;
      const { reject } = query;
      // Called with just a column name, the driver creates no query.
      if (!reject) return query;
      query.reject = (error) => {
        life.isLost ||= isLoss(error);
        reject(error);
      };
      return query;
    };
  };
  const own: Record<string | symbol, unknown> = {
    unsafe: watched(tx.unsafe),
    savepoint: watched((work: Work) => tx.savepoint((inner) => live(life, inner, work))),
  };
  const run = watched(tx as (...given: unknown[]) => unknown);
  return new Proxy(tx, {
    get: (target, key) => own[key] ?? Reflect.get(target, key),
    apply: (_target, _self, given) => run(...given),
  });
};

/**
 * Error codes of the driver and the system for a broken connection, and severities after which PostgreSQL closes it.
 */
function isLoss(error: unknown): boolean {
  const { severity, code = '' } = error as { severity?: string; code?: string };
  if (severity !== undefined) return severity === 'FATAL' || severity === 'PANIC';
  return /^(?:CONNECT\w+|E[A-Z]+|ERR_SSL\w+|ERR_STREAM_DESTROYED)$/.test(code);
}
