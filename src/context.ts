import type { Role } from './employee/employee.table.ts';
import type { Database } from './database/database.ts';

/** The signed-in employee on whose behalf an operation runs, read from the database for that operation. */
export interface Viewer {
  id: string;
  name: string;
  email: string;
  role: Role;
  teamId: string | null;
  /** The sign-in this request belongs to. */
  sessionId: string;
}

/** What every resolver gets: made anew for each HTTP operation and for each event of a subscription. */
export interface Context {
  db: Database;
  /** Null before sign-in: only `login` and `refreshSession` may be called. */
  viewer: Viewer | null;
  /** Unique per operation; also in the log, in the history, and in `extensions.errorId` of internal errors. */
  requestId: string;
  /** The clock of the operation: relative times and expiry are judged against this one instant. */
  now: Date;
  /** Address of the caller, for throttling and the log. */
  address: string;
}
