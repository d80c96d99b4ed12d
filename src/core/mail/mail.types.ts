export interface Mail {
  /** One address. */
  to: string;
  subject: string;
  text: string;
  html: string;
  headers: Readonly<Record<string, string>>;
}

/**
 * How an attempt ended.
 *
 * - DONE: the server has accepted it
 * - FAILED: it never will
 * - RETRY: it certainly has not accepted it, and may later
 * - UNKNOWN: it may have accepted it
 */
export interface MailOutcome {
  state: 'DONE' | 'FAILED' | 'RETRY' | 'UNKNOWN';
  /** The server's words, or what happened. */
  detail: string;
}

export interface MailTransport {
  /** Never throws. `id` is unique; it is part of the message's id. */
  send: (mail: Mail, id: string) => Promise<MailOutcome>;
}
