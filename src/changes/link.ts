import { type Connection, connect, type Database } from '../database/database.ts';
import { within } from '../database/time-limit.ts';

/** Work without an answer for this long is taken for a connection that died without saying so. */
const defaultAnswerTimeoutMs = 5_000;

export interface LinkOptions {
  url: string;
  poolSize: number;
  /** Called for every new connection of the link. */
  onOpen?: (connection: Connection) => void;
  /** How long work may take. Default 5 s. */
  answerTimeoutMs?: number;
}

/** A way to the database that is replaced when it fails: of a half-open connection the driver would never tell. */
export interface Link {
  /** Runs work that takes no longer than the link's answer timeout. Errors: those of the work, and being late; the next work gets a new connection. */
  run: <T>(work: (db: Database) => Promise<T>) => Promise<T>;
  /** Gives up the connection; the next work gets a new one. */
  renew: () => void;
  close: () => Promise<void>;
}

export function openLink({
  url,
  poolSize,
  onOpen,
  answerTimeoutMs = defaultAnswerTimeoutMs,
}: LinkOptions): Link {
  let connection: Connection | undefined;
  const current = (): Connection => {
    if (!connection) {
      connection = connect({ url, poolSize, statementTimeoutMs: answerTimeoutMs });
      onOpen?.(connection);
    }
    return connection;
  };
  const giveUp = (given: Connection | undefined) => {
    if (connection === given) connection = undefined;
    // Work of others on it may still finish.
    void given?.close().catch(() => {});
  };
  return {
    async run(work) {
      const used = current();
      try {
        return await within(answerTimeoutMs, () => work(used.db));
      } catch (error) {
        giveUp(used);
        throw error;
      }
    },
    renew: () => giveUp(connection),
    close: async () => connection?.close(),
  };
}
