import { createSemaphore } from '../semaphore.ts';
import { type Connection, connect, type Database } from './database.ts';
import { withTimeout } from './timeout.ts';

/** If work gets no response for this long, its connection is presumed dead. */
const defaultAnswerTimeoutMs = 5_000;

export interface ReconnectingPoolOptions {
  url: string;
  poolSize: number;
  /** Called for every new connection of the pool. */
  onOpen?: (connection: Connection) => void;
  /** How long work may take once it has a connection. Default 5 s. */
  answerTimeoutMs?: number;
}

const noAnswer = () => Object.assign(new Error('The database does not answer.'), { code: 'NO_ANSWER' });

/** A connection pool that is replaced when it fails: the driver would never report a half-open connection. */
export interface ReconnectingPool {
  /**
   * Runs work that takes no longer than the answer timeout. Errors: those of the work, and the timeout. After an error
   * the next work gets a new connection.
   */
  run: <T>(work: (db: Database) => Promise<T>) => Promise<T>;
  /** Drops the connection; the next work gets a new one. */
  renew: () => void;
  close: () => Promise<void>;
}

export function openReconnectingPool({
  url,
  poolSize,
  onOpen,
  answerTimeoutMs = defaultAnswerTimeoutMs,
}: ReconnectingPoolOptions): ReconnectingPool {
  let connection: Connection | undefined;
  let isClosed = false;
  // Queued here rather than in the driver: otherwise most of a thousand concurrent backfills would time out before they
  // began.
  const turns = createSemaphore({ slots: poolSize, maxWaiting: Number.POSITIVE_INFINITY });
  const current = (): Connection => {
    if (!connection) {
      connection = connect({ url, poolSize, statementTimeoutMs: answerTimeoutMs });
      onOpen?.(connection);
    }
    return connection;
  };
  const giveUp = (given: Connection | undefined) => {
    if (connection === given) connection = undefined;
    // Other work on it may still finish.
    void given?.close().catch(() => {});
  };
  return {
    run: (work) =>
      turns.run(async () => {
        if (isClosed) throw new Error('The link is closed.');
        const used = current();
        try {
          return await withTimeout(answerTimeoutMs, () => work(used.db), noAnswer);
        } catch (error) {
          giveUp(used);
          throw error;
        }
      }),
    renew: () => giveUp(connection),
    close: async () => {
      isClosed = true;
      await connection?.close();
    },
  };
}
