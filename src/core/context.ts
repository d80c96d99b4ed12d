import type { AccessLog } from './access/access-log-port.ts';
import type { Decisions } from './access/decisions.ts';
import type { AccessClass } from './access/policy.ts';
import type { Withheld } from './access/redaction.ts';
import type { Viewer } from './access/viewer.ts';
import type { Changes } from './changes/changes.ts';
import type { Database } from './database/database.ts';
import type { InTurn, Statements } from './database/statements.ts';
import type { Issue } from './errors.ts';
import type { Locale } from './model/label.ts';
import type { Authority } from './session/authority.ts';
import type { Settings } from './settings/settings.ts';

/** The context of every resolver: created for each HTTP operation and for each event of a subscription. */
export interface Context {
  db: Database;
  /** The reads of this operation; those of one tick share a round trip. */
  statements: Statements;
  /** Allows a read replica to run the statements from now on: the operation turned out to be a query. */
  admitReplica: () => void;
  /**
   * Makes each statement from now on wait for its viewer's turn at the database: a client sent the operation, it is not
   * an event.
   */
  takeTurns: () => void;
  /** Runs work when it is the viewer's turn to write. Throws RATE_LIMITED if too much of theirs is waiting. */
  inTurnToWrite: InTurn;
  /** Null if not signed in: only `login` and `refreshSession` may be called. */
  viewer: Viewer | null;
  /**
   * If the viewer was authenticated optimistically: verifies them, and returns a new context if they have changed or
   * are gone. Until then nothing may be sent, written or logged.
   */
  verify: (() => Promise<Context | null>) | null;
  /** The change log: cursors, and followers for subscriptions. */
  changes: Changes;
  /** Signs people in and authenticates them. */
  authority: Authority;
  /** Which classes the viewer's role may read. */
  decisions: Readonly<Decisions>;
  /** A mutation of this operation has been or may have been committed: retrying it could apply it twice. */
  mayHaveCommitted: boolean;
  /** What the mutation being run accepted although it looks wrong: its payload's `warnings`. */
  warnings?: Issue[];
  /** Called before a mutation, unless it writes only sessions. Throws while the database's disk is full. */
  requireRoom: () => void;
  /** Records reads and refusals. */
  accessLog: AccessLog;
  /** Classes that must be redacted because reading them could not be logged. */
  unlogged: Set<AccessClass>;
  /** Fields reported as withheld, by root field: one error each, not one per row. */
  withheld: Withheld;
  /**
   * Pending access-log entries, awaited before the response is sent. Null if the operation cannot be run again without
   * the classes that could not be logged, so that each read waits for its entry.
   */
  logging: Promise<void>[] | null;
  /** The client's name for the operation; null if unnamed. */
  operationName: string | null;
  /** Unique per operation; also in the log and the history. */
  requestId: string;
  /** Business time: everything in the operation happens, and is evaluated, at this one instant. Tokens go by the machine's clock. */
  now: Date;
  /** What the organisation has decided, taken once: everything in the operation's answer is of one version. */
  settings: Settings;
  /** Reads the settings again, after the operation has changed them. */
  renewSettings: () => Promise<Settings>;
  /** Cost limit of a statement with conditions, in PostgreSQL's units. */
  queryCostLimit: number;
  /** Aborted when nobody waits for the answer any more; absent where that cannot be known. */
  signal?: AbortSignal | undefined;
  /** The caller's address, for throttling and the log. */
  address: string;
  /** The purpose stated by the caller, for the access log; null if none. */
  purpose: string | null;
  /** Where people reach the server, without a slash at the end. */
  publicUrl: () => string;
  /** The language of messages for this caller. */
  locale: Locale;
}
