/** An employee who works on a file beside its owner: whether before an event, and after it. */
export interface Sharer {
  /** UUID. */
  id: string;
  had: boolean;
  has: boolean;
}

/** One change as recorded in the event log: names, never values. */
export interface LogEvent {
  /** Position in the log. Dense, and no reader sees a number before a smaller one. */
  seq: number;
  customerId: string;
  /**
   * The file's version after the change: each change of a file raises it, so `customerId` and `version` identify the
   * event. 0 for events that change no file: those of access requests and of segment memberships.
   */
  version: number;
  /** CREATED, UPDATED, CONTACT_ADDED …: see `event_type()` in drizzle/0002_capture.sql. */
  type: string;
  /** Table of the row that changed. */
  subject: string;
  subjectId: string;
  /** Changed columns; empty if a row was added or removed. */
  fields: string[];
  actorId: string | null;
  ownerBefore: string | null;
  ownerAfter: string | null;
  /**
   * The one employee the event is addressed to, if it is to one: of an access grant the one whose rights changed; of what
   * has a feed of its own (requests, tasks) one of those it concerns. Such an event is no change of the file.
   */
  granteeId: string | null;
  /** Whose own file it was or is beside its owner's; null for nobody. */
  sharers: readonly Sharer[] | null;
  source: string;
  requestId: string | null;
  occurredAt: string;
  transactionId: number;
  /** Its position as a client cursor, set on first delivery. */
  cursor?: string;
}
