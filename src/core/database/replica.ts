import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import type postgres from 'postgres';
import {
  type Connection,
  type ConnectOptions,
  columnFrom,
  connect,
  type Database,
  queryJson,
  type RenderedStatement,
} from './database.ts';
import { executorOf, type QueryExecutor } from './row-loader.ts';
import { withTimeout } from './timeout.ts';

/** How long a read waits for the replica to catch up: many times the usual lag of a nearby replica. */
const catchUpMs = 100;
const lookEveryMs = 5;
/** How long a read waits for a free connection and for the replica to report its position. */
const patienceMs = 2_000;
const connectTimeoutMs = 1_500;
/** How long a failed replica is avoided; after that one read tries it. */
const restMs = 1_000;

export interface ReplicaOptions extends Omit<ConnectOptions, 'readOnly'> {
  /** Provides the position to catch up to, and runs what the replica cannot. */
  primary: Database;
  log: Logger;
}

/** A read replica (只读副本), with the primary as fallback. */
export interface Replica {
  /**
   * Runs a read-only statement with the primary's guarantees: it sees everything committed before the call. The primary
   * runs it if the replica is more than 100 ms behind, busy, unreachable, or not a replica.
   *
   * Errors: those of the statement, reported once; a statement that was too slow on the replica is not retried on the
   * primary.
   */
  query: QueryExecutor;
  close: () => Promise<void>;
}

/** A position in the primary's write-ahead log (WAL), and the epoch it belongs to. */
type ReplayPosition = [position: string, epoch: string];

/**
 * Opens the connection to a replica.
 *
 * For each read, the primary is queried for its WAL position, and the replica, on the connection that will read, for
 * whether it has reached it. So no client misses its own write, a revoked right is gone, and a cursor is as good as the
 * primary's, without tracking who wrote what on which instance. This costs two small round trips; concurrent reads
 * share the first.
 */
export function openReplica({ primary, log, ...options }: ReplicaOptions): Replica {
  const open = () => connect({ ...options, readOnly: true, connectTimeoutMs });
  let connection = open();
  let restsUntilMs = 0;
  let isTrusted = true;

  const isResting = () => {
    if (isTrusted) return false;
    if (performance.now() < restsUntilMs) return true;
    // This read tries the replica; others use the primary until it is known how that ended.
    restsUntilMs = performance.now() + restMs;
    return false;
  };
  const rest = (reason: unknown) => {
    if (isTrusted) log.warn({ err: reason }, 'replica: the primary answers instead');
    isTrusted = false;
    restsUntilMs = performance.now() + restMs;
  };
  const trust = () => {
    if (!isTrusted) log.info('replica: answers again');
    isTrusted = true;
  };
  /** Replaces the connections, because the driver would notice much later that they went silent. */
  const renew = (given: Connection) => {
    if (given !== connection) return;
    connection = open();
    void given.close().catch(() => {});
  };

  /** Null if no connection is free in time. */
  const queryReplica = async (used: Connection, reached: ReplayPosition, statement: RenderedStatement) => {
    let isLate = false;
    let hasBegun = false;
    let resolveCaughtUp = () => {};
    const caughtUp = new Promise<void>((resolve) => {
      resolveCaughtUp = resolve;
    });
    const answering = used.client.begin(async (tx) => {
      hasBegun = true;
      if (isLate) return null;
      await replayTo(reached, tx);
      resolveCaughtUp();
      return { column: await columnFrom(tx, statement) };
    });
    await withTimeout(
      patienceMs,
      () => Promise.race([caughtUp, answering]),
      () => {
        isLate = true;
        if (hasBegun) renew(used);
        return new Error('The replica says nothing.');
      },
    ).catch((error) => {
      // A late result is discarded.
      answering.catch(() => {});
      if (hasBegun || !isLate) throw error;
    });
    if (isLate) return null;
    trust();
    return answering;
  };
  const queryPrimary = executorOf(primary);
  const replayPosition = createReplayTracker(primary);
  const query: QueryExecutor = async (statement) => {
    if (!isResting()) {
      const reached = await replayPosition();
      try {
        const answer = await queryReplica(connection, reached, statement);
        if (answer) return answer.column;
      } catch (error) {
        if (isOfStatement(error)) throw error;
        rest(error);
      }
    }
    return queryPrimary(statement);
  };
  return { query, close: () => connection.close() };
}

/** Reads the primary's position; calls in the same turn of the event loop share one query. */
function createReplayTracker(primary: Database): () => Promise<ReplayPosition> {
  let requested: Promise<ReplayPosition> | undefined;
  return () => {
    requested ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      requested = undefined;
      // Committed transactions have been flushed, except with `synchronous_commit = off`.
      return queryJson<ReplayPosition>(
        primary,
        sql`select json_build_array(
              case current_setting('synchronous_commit') when 'off' then pg_current_wal_insert_lsn()
                                                         else pg_current_wal_flush_lsn() end, epoch)
            from stream_head`,
      );
    });
    return requested;
  };
}

/**
 * Waits until the replica has reached a position. Errors: if it does not in time, or is not a replica of this primary.
 */
async function replayTo([position, epoch]: ReplayPosition, tx: postgres.TransactionSql): Promise<void> {
  const givesUpAtMs = performance.now() + catchUpMs;
  while (true) {
    const [row] = await tx.unsafe<{ caughtUp: boolean | null }[]>(caughtUpQuery, [epoch, position], {
      prepare: true,
    });
    if (row?.caughtUp) return;
    if (performance.now() >= givesUpAtMs) throw new Error('The replica is behind, or is none.');
    await pause(lookEveryMs);
  }
}

const caughtUpQuery = `
  select pg_is_in_recovery() and epoch = $1 and pg_last_wal_replay_lsn() >= $2::pg_lsn as "caughtUp" from stream_head`;

/**
 * Whether an error is caused by the statement itself and would recur. Other errors mean that the replica cannot serve:
 * its connection is broken, it is full or shutting down, or recovery conflicts with the rows the statement reads
 * (40001).
 */
function isOfStatement(error: unknown): boolean {
  const { severity, code = '' } = error as { severity?: string; code?: string };
  return severity !== undefined && !/^(?:08|40|53|57P|58|XX)/.test(code);
}
