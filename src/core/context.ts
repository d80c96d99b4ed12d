import type { AccessLog } from './access/access-log-port.ts';
import type { Decisions } from './access/decisions.ts';
import type { AccessClass } from './access/policy.ts';
import type { Withheld } from './access/redaction.ts';
import type { Viewer } from './access/viewer.ts';
import type { Changes } from './changes/changes.ts';
import type { Database } from './database/database.ts';
import type { InTurn, Statements } from './database/statements.ts';
import type { Authority } from './session/authority.ts';

/** What every resolver gets: made anew for each HTTP operation and for each event of a subscription. */
export interface Context {
  db: Database;
  /** Reads of this operation; those of one tick share a round trip. */
  statements: Statements;
  /** From here on a read replica may answer the statements: the operation turned out to be a query. */
  admitReplica: () => void;
  /** From here on each statement waits for its viewer's turn at the database: somebody sent the operation, it is no event. */
  takeTurns: () => void;
  /** Does work when it is the viewer's turn to write. Throws RATE_LIMITED while too much of theirs waits. */
  inTurnToWrite: InTurn;
  /** Null before sign-in: only `login` and `refreshSession` may be called. */
  viewer: Viewer | null;
  /**
   * Where the viewer is only presumed: finds out, and yields another context where they are somebody else by now, or
   * nobody. Until then nothing may be told, written or logged.
   */
  verify: (() => Promise<Context | null>) | null;
  /** The change log: cursors, and the followers of subscriptions. */
  changes: Changes;
  /** Signs people in and recognises them. */
  authority: Authority;
  /** Which classes the viewer may read, by their role. */
  decisions: Readonly<Decisions>;
  /** A mutation of this operation has been committed, or may have been: to send it again could do it twice. */
  mayHaveCommitted: boolean;
  /** Called before a mutation, unless it writes sessions only. Throws while the disk of the database is full. */
  requireRoom: () => void;
  /** Told of what is read and refused. */
  accessLog: AccessLog;
  /** Classes that may not be answered, because reading them could not be logged. */
  unlogged: Set<AccessClass>;
  /** Fields reported as withheld, by root field: one error for each, not one per row. */
  withheld: Withheld;
  /**
   * Entries of the access log on their way, to be waited for before the answer is sent. Null where an operation
   * cannot be run again without the classes that could not be logged, so that each read waits for its entry.
   */
  logging: Promise<void>[] | null;
  /** Name the client gave the operation; null without one. */
  operationName: string | null;
  /** Unique per operation; also in the log and in the history. */
  requestId: string;
  /** The clock of the operation: relative times and expiry are judged against this one instant. */
  now: Date;
  /** The organisation's calendar, an IANA name. */
  timeZone: string;
  /** What a statement with conditions may cost, in PostgreSQL's units. */
  queryCostLimit: number;
  /** Address of the caller, for throttling and the log. */
  address: string;
  /** What the caller says it is for, for the access log; null where they say nothing. */
  purpose: string | null;
}
