import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { type Logger, pino } from 'pino';
import { createSchema } from './api.ts';
import type { Config } from './config/config.ts';
import { openAnalystPool } from './core/access/analyst-pool.ts';
import { startChanges } from './core/changes/changes.ts';
import { type Preparation, prepareDatabase } from './core/database/connection-urls.ts';
import { connect, type Database, type StatementListener } from './core/database/database.ts';
import { type EmbeddedDatabase, startEmbeddedDatabase } from './core/database/embedded.ts';
import { watchHealth } from './core/database/health.ts';
import { openReplica } from './core/database/replica.ts';
import { createPoolTurns } from './core/graphql/execution/fair-turn.ts';
import { createApollo } from './core/graphql/transport/apollo.ts';
import { createSockets, type SocketBounds } from './core/graphql/transport/socket.ts';
import { openDemoMailbox } from './core/mail/demo-mailbox.ts';
import type { MailTransport } from './core/mail/mail.types.ts';
import { openSmtp } from './core/mail/smtp-transport.ts';
import { startOutgoing } from './core/outgoing/outgoing-worker.ts';
import { registerPages } from './core/page/page.route.ts';
import type { AppContext } from './core/request-context.ts';
import type { RobotTransport } from './core/robot/robot.types.ts';
import { openRobots } from './core/robot/robot-transport.ts';
import type { RunKind } from './core/run/run.types.ts';
import { startRuns } from './core/run/run-worker.ts';
import { tokenSigningKey } from './core/secret-file.ts';
import { createAuthority } from './core/session/authority.ts';
import { followSettings, setInitially } from './core/settings/live-settings.ts';
import { type BusinessClock, realClock } from './core/time/business-clock.ts';
import { registerConfirmation } from './domains/confirmation/confirmation.route.ts';
import { registerHandoverLists } from './domains/handover/handover-list.route.ts';
import { openAccessLog } from './features/access-log/access-log.queue.ts';
import { registerDemoMails } from './features/demo/demo-mails.route.ts';
import { openDemo } from './features/demo/open-demo.ts';
import type { DownloadBounds } from './features/export/customer-export.download.ts';
import { registerExports } from './features/export/customer-export.route.ts';
import { startMembership } from './features/membership/membership-worker.ts';
import { mailPage } from './features/notification/mail.page.ts';
import { registerPlayground } from './features/playground/playground.ts';
import { startTaskRules } from './features/task-rule/task-rule-worker.ts';
import { registerEventStreams } from './http/event-stream.route.ts';
import { closeHttp, createHttp, graphqlPath, streamPath } from './http/http.ts';
import { explainingListening, requireFreePort } from './http/listening.ts';
import { registerMetrics } from './http/metrics.ts';
import { requireWholeModels } from './model-check.ts';
import { outgoingKinds, runs } from './runs.ts';
import { startScheduledJobs } from './scheduled-jobs.ts';

/**
 * Length of the accept queue: when an instance goes down, all its clients connect at once, and the 512th connection was
 * reset.
 */
const backlog = 4_096;
/** Connections for delivery to sockets: two statements per event, some milliseconds each. */
const deliveryPoolSize = 5;

export interface Server {
  /** Where it is listening, e.g. http://127.0.0.1:4000. */
  url: string;
  /** Message for the operator: where the playground is, who can sign in. */
  notice: string;
  /** Finishes requests, sends clients to another instance, and stops everything that was started. */
  close: () => Promise<void>;
}

export interface ServerOptions extends Preparation {
  /** Receives the log instead of standard output; tests read it. */
  log?: Logger;
  /** Limits for sockets; tests shorten the times. */
  socketBounds?: SocketBounds;
  /** Limits for export downloads; tests shorten the times. */
  downloadBounds?: DownloadBounds;
  /** Whether rules open tasks; default true. Tests of other things have files of their own to themselves. */
  taskRules?: boolean;
  /** The work that recurs; all of it by default. */
  runs?: readonly RunKind[];
  /** Built unless given: tests start many servers with one schema. */
  schema?: GraphQLSchema;
  /** Sends mails, in place of the configured server. */
  mailTransport?: MailTransport;
  /** Posts to the robots of groups, in place of the apps; null for none. */
  robots?: RobotTransport | null;
  /** Business time; the machine's by default. Another one comes with a database of its own: see `movable-clock.ts`. */
  clock?: BusinessClock;
  /** Called with each statement that serves a request; statements of the change log are not included. */
  onStatement?: StatementListener;
}

/** Wires the whole system and starts it. If a step fails, everything already started is stopped again. */
export async function createServer(config: Config, options: ServerOptions = {}): Promise<Server> {
  const { onStatement, socketBounds, downloadBounds, taskRules = true, mailTransport } = options;
  const { runs: kinds = runs, log = openLog(config), robots: robot = openRobots() } = options;
  const { clock = realClock } = options;
  const started: (() => Promise<unknown> | unknown)[] = [];
  const close = async () => {
    for (const stop of started.splice(0).reverse()) await stop();
  };
  try {
    await requireFreePort(config);
    let embedded: EmbeddedDatabase | undefined;
    if (!config.databaseUrl) {
      embedded = await startEmbeddedDatabase({ dataDir: config.dataDir, log: (line) => log.info(line) });
      started.push(embedded.stop);
    }
    const { apiUrl, ownerUrl } = await prepareDatabase(config, embedded, log, options);

    const connection = connect({
      url: apiUrl,
      poolSize: config.databasePoolSize,
      customPlanPool: true,
      statementTimeoutMs: config.requestTimeoutMs,
      onStatement,
    });
    started.push(connection.close);
    // Model check, reviews of open sockets and periodic jobs: never behind requests that wait for a connection.
    const housekeeping = connect({ url: apiUrl, poolSize: 3 });
    started.push(housekeeping.close);
    await requireWholeModels(housekeeping.db);
    await setInitially(housekeeping.db, {
      timeZone: config.organisationTimeZone,
      accessLogRetention: config.accessLogRetention,
    });
    const settings = await followSettings(housekeeping, log);
    started.push(settings.close);
    const { db } = connection;
    const signingKey = tokenSigningKey(config);
    const authority = createAuthority({
      signingKey,
      issuer: config.tokenIssuer,
      audience: config.tokenAudience,
      accessTokenTtlMs: config.accessTokenTtlMs,
      refreshTokenTtlMs: config.refreshTokenTtlMs,
    });
    const demo = embedded ? await asOwner(ownerUrl, (owner) => openDemo(owner, authority, config)) : null;

    const changes = await startChanges({
      url: apiUrl,
      signingKey,
      retentionMs: config.eventRetentionMs,
      log,
    });
    started.push(changes.close);

    const worker = { url: apiUrl, log, settings, clock, onChange: changes.nudge };
    started.push(startMembership({ ...worker, retentionMs: config.eventRetentionMs }));
    if (taskRules) started.push(startTaskRules(worker));
    if (kinds.length > 0) started.push(startRuns({ ...worker, kinds }));

    // Mails of the demo go nowhere.
    const mailbox = demo && !config.smtpUrl ? openDemoMailbox() : null;
    const smtp = config.smtpUrl ? openSmtp({ url: config.smtpUrl, from: config.mailFrom }) : null;
    let listeningUrl = '';
    const publicUrl = () => config.publicUrl ?? listeningUrl;
    const accessLog = openAccessLog({ url: apiUrl, log });
    started.push(accessLog.close);

    const health = watchHealth({ url: apiUrl, log });
    started.push(health.close);
    const report = { log, noteUnavailable: health.note };

    const replicaUrl = config.readDatabaseUrl;
    const replica =
      replicaUrl === undefined
        ? undefined
        : openReplica({
            url: replicaUrl,
            poolSize: config.databasePoolSize,
            statementTimeoutMs: config.requestTimeoutMs,
            onStatement,
            primary: db,
            log,
          });
    if (replica) started.push(replica.close);
    const analystReads = openAnalystPool({
      url: apiUrl,
      replica: replicaUrl === undefined ? undefined : { url: replicaUrl, log },
      budgetPerMinuteMs: config.analystBudgetMs,
      onStatement,
    });
    started.push(analystReads.close);

    const appContext: AppContext = {
      db,
      replica,
      analystReads,
      turns: createPoolTurns(config.databasePoolSize),
      changes,
      authority,
      accessLog,
      health,
      settings,
      clock,
      queryCostLimit: config.queryCostLimit,
      publicUrl,
    };
    // Sockets have their own pool, so that deliveries never queue behind requests.
    const delivery = connect({
      url: apiUrl,
      poolSize: deliveryPoolSize,
      statementTimeoutMs: config.requestTimeoutMs,
      onStatement,
    });
    started.push(delivery.close);
    const { schema = createSchema() } = options;
    const apollo = createApollo(schema, report);
    await apollo.start();
    started.push(() => apollo.stop());
    const allowedOrigins = demo ? [...config.allowedOrigins, loopbackOrigin] : config.allowedOrigins;
    const app = await createHttp({ config, allowedOrigins, log, apollo, appContext });
    const socketTurns = createPoolTurns(deliveryPoolSize);
    const sockets = createSockets({
      server: app.server,
      schema,
      path: graphqlPath,
      config: { ...config, allowedOrigins },
      appContext: { ...appContext, db: delivery.db, turns: socketTurns },
      reviewDb: housekeeping.db,
      report,
      ...(socketBounds && { bounds: socketBounds }),
    });
    const bodyLimitBytes = config.socketFrameLimitBytes;
    registerEventStreams(app, { path: streamPath, sockets, bodyLimitBytes });
    await registerMetrics(app, {
      db,
      changes,
      authority,
      sockets,
      health,
      turns: { http: appContext.turns, socket: socketTurns },
      embedded,
    });
    registerExports(app, { url: apiUrl, appContext, report, onStatement, bounds: downloadBounds });
    registerHandoverLists(app, { appContext, report });
    await registerPages(app, db, [mailPage]);
    await registerConfirmation(app, { db, accessLog, settings, clock });
    if (mailbox) await registerDemoMails(app, mailbox, settings);
    await registerPlayground(app, { graphqlPath, demoAccounts: demo?.accounts ?? [] });
    started.push(
      await startScheduledJobs({ connection: housekeeping, ownerUrl, settings, clock, sockets, log }),
    );
    const { host, port } = config;
    const url = await explainingListening(config, () => app.listen({ host, port, backlog }));
    listeningUrl = url;
    const transports = { mail: mailTransport ?? smtp ?? mailbox, robot };
    if (transports.mail || robot)
      started.push(
        startOutgoing({ url: apiUrl, kinds: outgoingKinds, transports, settings, clock, log, publicUrl }),
      );
    // Stopped first, so that nobody connects while the rest stops; together, because the HTTP server closes only after
    // the last socket has left it.
    started.push(() => Promise.all([closeHttp(app), sockets.close()]));
    embedded?.announce(url);

    return { url, notice: describe(url, demo, embedded !== undefined), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Pages of any port of this machine. They may call while the demo runs: whoever tries it out serves their own client
 * with a development server.
 */
const loopbackOrigin = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

const openLog = (config: Config): Logger => pino({ level: config.logLevel });

const describe = (url: string, demo: Awaited<ReturnType<typeof openDemo>>, isEmbedded: boolean): string => {
  const lines = [
    `The customer file is open at ${url}${graphqlPath} (客户档案已就绪)`,
    `  Playground (操作台): ${url}/playground`,
  ];
  if (demo) {
    lines.push(`  Sign in with password (密码) ${demo.password} as (账号):`);
    for (const { email, name, role } of demo.accounts)
      lines.push(`    ${email.padEnd(26)} ${role.padEnd(17)} ${name}`);
  } else if (isEmbedded)
    lines.push(
      '  Demo sign-in is off: HOST is not a loopback address, so the demo accounts have no password.',
      '  (HOST 不是本机回环地址，演示账号已停用。)',
    );
  return lines.join('\n');
};

/** The demo company includes a history, which only the owner of the tables can write. */
async function asOwner<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  const { db, close } = connect({ url, poolSize: 1 });
  try {
    return await work(db);
  } finally {
    await close();
  }
}
