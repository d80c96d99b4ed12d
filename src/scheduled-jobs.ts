import type { Logger } from 'pino';
import type { Connection } from './core/database/database.ts';
import { forgetIdempotencyKeys } from './core/database/idempotency.ts';
import type { Sockets } from './core/graphql/transport/socket.ts';
import { expireGrants } from './domains/grant/grant-expiry.write.ts';
import { trimSessions } from './domains/session/session.service.ts';
import { trimAccessLog } from './features/access-log/access-log.retention.ts';
import { settleExports, trimExports } from './features/export/customer-export.write.ts';

const trimEveryMs = 10 * 60_000;
const accessLogTrimEveryMs = 60 * 60_000;
/** How long a create may be retried with its key: longer than any client keeps retrying. */
const idempotencyRetentionMs = 72 * 60 * 60_000;
/** How long a socket may outlive a revoked right if the notification is lost. */
const reviewEveryMs = 5_000;
/** How often exports are checked for having to be abandoned. */
const settleEveryMs = 15_000;
/** How late a grantee may be notified that their grant has expired. */
const expireEveryMs = 1_000;

export interface ScheduledJobsOptions {
  connection: Connection;
  /** Connection URL of the owner of the tables, the only role that may trim the access log. */
  ownerUrl: string;
  accessLogRetentionMs: number;
  sockets: Sockets;
  log: Logger;
}

/**
 * Starts recurring work: reviews sockets when somebody's rights change, deletes what has expired. Returns a function
 * that stops it.
 */
export async function startScheduledJobs({
  connection,
  ownerUrl,
  accessLogRetentionMs,
  sockets,
  log,
}: ScheduledJobsOptions): Promise<() => Promise<void>> {
  const attempt = (what: string, work: () => Promise<unknown>) => () =>
    void work().catch((error) => log.error({ err: error }, `${what} failed`));
  // Only a hint to review sooner: the periodic review below does not depend on it.
  const review = (employeeId?: string) => attempt('socket review', () => sockets.review(employeeId))();
  const listeners = [
    // Review all sockets after each connection: notifications sent while there was none were lost.
    await connection.client.listen('access_changed', review, () => review()),
    await connection.client.listen('leadership_changed', review, () => review()),
  ];
  const trimLog = attempt('access log trimming', () =>
    trimAccessLog(ownerUrl, new Date(Date.now() - accessLogRetentionMs)),
  );
  // Once at start too: an instance may be restarted more often than once an hour.
  trimLog();
  const timers = [
    setInterval(trimLog, accessLogTrimEveryMs),
    setInterval(
      attempt('notification of expired grants', () => expireGrants(connection.db)),
      expireEveryMs,
    ),
    setInterval(
      attempt('settling of exports', () => settleExports(connection.db)),
      settleEveryMs,
    ),
    setInterval(
      attempt('export trimming', () => trimExports(connection.db, new Date())),
      trimEveryMs,
    ),
    setInterval(review, reviewEveryMs),
    setInterval(
      attempt('session trimming', () => trimSessions(connection.db, new Date())),
      trimEveryMs,
    ),
    setInterval(
      attempt('idempotency trimming', () =>
        forgetIdempotencyKeys(connection.db, new Date(Date.now() - idempotencyRetentionMs).toISOString()),
      ),
      trimEveryMs,
    ),
  ];
  return async () => {
    for (const timer of timers) clearInterval(timer);
    for (const listener of listeners) await listener.unlisten().catch(() => {});
  };
}
