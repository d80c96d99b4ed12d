import type { Logger } from 'pino';
import type { Connection } from './core/database/database.ts';
import { forgetIdempotencyKeys } from './core/database/idempotency.ts';
import type { Sockets } from './core/graphql/transport/socket.ts';
import { settleMails, trimMails } from './core/outgoing/outgoing.write.ts';
import { trimTokens } from './core/page/page-token.write.ts';
import { startPeriodic } from './core/periodic.ts';
import { trimRuns } from './core/run/run.write.ts';
import type { LiveSettings } from './core/settings/live-settings.ts';
import type { BusinessClock } from './core/time/business-clock.ts';
import { durationMs } from './core/validation/duration.ts';
import { sweepFigures } from './domains/customer/completeness-sweep.write.ts';
import { turnDelegations } from './domains/delegation/delegation.write.ts';
import { expireGrants } from './domains/grant/grant-expiry.write.ts';
import { calendarOf, readCalendars } from './domains/organisation/calendar.service.ts';
import { trimSessions } from './domains/session/session.service.ts';
import { sweepTasks } from './domains/task/task-sweep.write.ts';
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
/** How often mails are looked for whose sender is gone, or that are too late. */
const settleMailsEveryMs = 60_000;
/** How late a grantee may be notified that their grant has expired, a delegate that their time has begun or ended. */
const expireEveryMs = 1_000;
/** How late the notice may be that a task is due. */
const sweepEveryMs = 1_000;

export interface ScheduledJobsOptions {
  connection: Connection;
  /** Connection URL of the owner of the tables, the only role that may trim the access log. */
  ownerUrl: string;
  settings: LiveSettings;
  clock: BusinessClock;
  sockets: Sockets;
  log: Logger;
}

/**
 * Starts recurring work: reviews sockets when somebody's rights change, deletes what has expired. Returns a function
 * that stops it and waits for work under way.
 */
export async function startScheduledJobs({
  connection,
  ownerUrl,
  settings,
  clock,
  sockets,
  log,
}: ScheduledJobsOptions): Promise<() => Promise<void>> {
  const failed = (what: string) => (error: unknown) => log.error({ err: error }, `${what} failed`);
  const every = (ms: number, what: string, work: (isOpen: () => boolean) => Promise<unknown>) =>
    startPeriodic(ms, work, failed(what));
  // Only a hint to review sooner: the periodic review below does not depend on it.
  const review = (employeeId?: string) => void sockets.review(employeeId).catch(failed('socket review'));
  const listeners = [
    // Review all sockets after each connection: notifications sent while there was none were lost.
    await connection.client.listen('access_changed', review, () => review()),
    await connection.client.listen('leadership_changed', review, () => review()),
  ];
  const { db } = connection;
  const trimLog = () =>
    trimAccessLog(ownerUrl, new Date(Date.now() - durationMs(settings.current().accessLogRetention)));
  const forgetKeys = () =>
    forgetIdempotencyKeys(db, new Date(Date.now() - idempotencyRetentionMs).toISOString());
  // Once at start too: an instance may be restarted more often than once an hour.
  void trimLog().catch(failed('access log trimming'));
  const stops = [
    every(accessLogTrimEveryMs, 'access log trimming', trimLog),
    every(expireEveryMs, 'notification of expired grants', () => expireGrants(db)),
    every(sweepEveryMs, 'sweep of due tasks', async () => {
      const decided = settings.current();
      const calendar = calendarOf(await readCalendars(db), decided.timeZone, null);
      return sweepTasks(db, { now: clock.now(), settings: decided, calendar });
    }),
    every(expireEveryMs, 'notification of delegates', (isOpen) => turnDelegations(db, isOpen)),
    every(sweepEveryMs, 'sweep of figures', (isOpen) => sweepFigures(db, isOpen)),
    every(settleEveryMs, 'settling of exports', () => settleExports(db)),
    every(trimEveryMs, 'export trimming', () => trimExports(db, new Date())),
    every(reviewEveryMs, 'socket review', () => sockets.review()),
    every(trimEveryMs, 'run trimming', () => trimRuns(db)),
    every(settleMailsEveryMs, 'settling of mails', () => settleMails(db, clock.now())),
    every(trimEveryMs, 'mail trimming', () => trimMails(db)),
    every(trimEveryMs, 'trimming of links', () => trimTokens(db)),
    every(trimEveryMs, 'session trimming', () => trimSessions(db, new Date())),
    every(trimEveryMs, 'idempotency trimming', forgetKeys),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
    for (const listener of listeners) await listener.unlisten().catch(() => {});
  };
}
