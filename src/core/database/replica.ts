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

/** How long a read waits for the replica to come up to it: many times the usual delay of a replica next door. */
const catchUpMs = 100;
const lookEveryMs = 5;
/** How long a read waits for a free connection, and for the replica to say where it stands. */
const patienceMs = 2_000;
const connectTimeoutMs = 1_500;
/** How long a replica that failed is left alone; then one read tries it. */
const restMs = 1_000;

export interface ReplicaOptions extends Omit<ConnectOptions, 'readOnly'> {
  /** Says what has to be seen, and answers what the replica does not. */
  primary: Database;
  log: Logger;
}

/** A read replica (只读副本) of the primary, and the primary behind it. */
export interface Replica {
  /**
   * Answers a statement that only reads, as the primary would: whatever was committed before the call is seen. The
   * primary answers where the replica is more than 100 ms behind, busy, unreachable, or none.
   *
   * Errors: those of the statement, once; one that was too slow on the replica is not tried on the primary.
   */
  query: QueryExecutor;
  close: () => Promise<void>;
}

/** A place in the primary's life: a stretch of its log (WAL), and the epoch it belongs to. */
type Place = [position: string, epoch: string];

/**
 * Opens the way to a replica.
 *
 * The primary is asked where it stands, and the replica, on the connection that will read, whether it has come as far.
 * So nobody's own write is missing, a right that was taken away is gone, and a cursor is as good as the primary's:
 * without remembering who wrote what, and whoever wrote, on whatever instance. It costs two small round trips, of
 * which reads that come in together share the first.
 */
export function openReplica({ primary, log, ...options }: ReplicaOptions): Replica {
  const open = () => connect({ ...options, readOnly: true, connectTimeoutMs });
  let connection = open();
  let restsUntilMs = 0;
  let isTrusted = true;

  const isResting = () => {
    if (isTrusted) return false;
    if (performance.now() < restsUntilMs) return true;
    // This read tries; others wait for how it ends.
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
  /** Of connections that went silent the driver would learn much later. */
  const renew = (given: Connection) => {
    if (given !== connection) return;
    connection = open();
    void given.close().catch(() => {});
  };

  /** Null when no connection is free in time. */
  const queryReplica = async (used: Connection, place: Place, statement: RenderedStatement) => {
    let isLate = false;
    let hasBegun = false;
    let resolveCaughtUp = () => {};
    const caughtUp = new Promise<void>((resolve) => {
      resolveCaughtUp = resolve;
    });
    const answering = used.client.begin(async (tx) => {
      hasBegun = true;
      if (isLate) return null;
      await comeTo(place, tx);
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
      // What it still says is nobody's.
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
      const place = await replayPosition();
      try {
        const answer = await queryReplica(connection, place, statement);
        if (answer) return answer.column;
      } catch (error) {
        if (isOfStatement(error)) throw error;
        rest(error);
      }
    }
    return queryPrimary(statement);
  };
  return { query: query, close: () => connection.close() };
}

/** Asks the primary where it stands; those who ask in one turn of the event loop share the question. */
function createReplayTracker(primary: Database): () => Promise<Place> {
  let requested: Promise<Place> | undefined;
  return () => {
    requested ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      requested = undefined;
      // What is committed is on disk, except where commits do not wait for it.
      return queryJson<Place>(
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

/** Waits until the replica has come to a place. Errors: where it does not in time, or is no replica of this primary. */
async function comeTo([position, epoch]: Place, tx: postgres.TransactionSql): Promise<void> {
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
  select pg_is_in_recovery() and epoch = $1 and pg_last_wal_replay_lsn() >= $2::pg_lsn as "isThere" from stream_head`;

/**
 * Whether an error is the statement's own, and would come again. Others say that the replica cannot go on: the way to
 * it is broken, it is full or stopping, or what it replays needs rows that the statement reads (40001).
 */
function isOfStatement(error: unknown): boolean {
  const { severity, code = '' } = error as { severity?: string; code?: string };
  return severity !== undefined && !/^(?:08|40|53|57P|58|XX)/.test(code);
}
