import { setTimeout } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Changes } from '../core/changes/changes.ts';
import type { Database } from '../core/database/database.ts';
import type { EmbeddedDatabase } from '../core/database/embedded.ts';
import type { DatabaseHealth } from '../core/database/health.ts';
import { createMigrationCheck } from '../core/database/migration-state.ts';
import { unavailabilities } from '../core/database/unavailable.ts';
import { type PoolTurns, turnsLoad } from '../core/graphql/execution/fair-turn.ts';
import type { Sockets } from '../core/graphql/transport/socket.ts';
import { answerOutcomes, answersOf } from '../core/model/answer-counts.ts';
import type { Authority } from '../core/session/authority.ts';

/** A feed that has not read the log for this long is not ready to serve subscriptions. */
const maxFeedAgeMs = 5_000;

export interface MetricsOptions {
  db: Database;
  changes: Changes;
  authority: Authority;
  sockets: Sockets;
  health: DatabaseHealth;
  /** How callers share the connections, by what serves them. */
  turns: Record<'http' | 'socket', PoolTurns>;
  /** Set if we run the database. */
  embedded: Pick<EmbeddedDatabase, 'restarts'> | undefined;
}

/** Endpoints for operators: `/healthz` (the process is alive), `/readyz` (it can serve), `/metrics` (Prometheus). */
export async function registerMetrics(app: FastifyInstance, options: MetricsOptions): Promise<void> {
  const { db, changes, authority, sockets, health, turns, embedded } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('customer_file_sockets', 'Open WebSocket connections.', () => sockets.count());
  gauge('customer_file_event_streams', 'Open streams of events (SSE).', () => sockets.countStreams());
  gauge(
    'customer_file_live_subscriptions',
    'Subscriptions that have caught up with the event log and wait for what comes.',
    changes.liveFollowers,
  );
  gauge(
    'customer_file_feed_age_seconds',
    'Seconds since the feed last read the event log.',
    () => changes.feedAgeMs() / 1000,
  );
  gauge(
    'customer_file_password_hashes_waiting',
    'Sign-ins waiting for their password to be hashed.',
    () => authority.passwords.load().waiting,
  );
  const loads = [
    { queue: 'documents', load: turnsLoad },
    ...Object.entries(turns).flatMap(([transport, { reads, analystReads, writes }]) => [
      { queue: `${transport}_reads`, load: reads.load },
      { queue: `${transport}_analyst_reads`, load: analystReads.load },
      { queue: `${transport}_writes`, load: writes.load },
    ]),
  ];
  for (const state of ['running', 'waiting'] as const)
    new Gauge({
      name: `customer_file_turns_${state}`,
      help: `Work ${state === 'running' ? 'that has its turn' : 'that waits for its turn'}, by queue: documents to be parsed, statements at the connections of requests and sockets.`,
      labelNames: ['queue'],
      registers: [registry],
      collect() {
        for (const { queue, load } of loads) this.set({ queue }, load()[state]);
      },
    });
  gauge('customer_file_database_available', '1 while the database can be read and written, else 0.', () =>
    Number(health.problem() === null),
  );
  new Counter({
    name: 'customer_file_database_restarts_total',
    help: 'Times the embedded PostgreSQL ended by itself and was started again.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(embedded?.restarts ?? 0);
    },
  });
  new Counter({
    name: 'customer_file_unavailable_total',
    help: 'Errors UNAVAILABLE that were answered, by what was wrong with the database.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const reason of unavailabilities) this.inc({ reason }, health.noted().get(reason) ?? 0);
    },
  });
  new Counter({
    name: 'customer_file_answers_total',
    help: 'Answers of lists and rows: written as bytes, or resolved field by field, by the reason why.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const outcome of answerOutcomes) this.inc({ outcome }, answersOf(outcome));
    },
  });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from request to response.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    durations.observe(
      { method, route: routeOptions.url ?? 'none', status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
  });

  app.get('/healthz', async () => ({ status: 'ok' }));
  const isMigrated = createMigrationCheck(db);
  app.get('/readyz', async (_request, reply) => {
    const database = await answers(db);
    const checks = {
      database,
      migrated: database && (await isMigrated()),
      feed: changes.feedAgeMs() < maxFeedAgeMs,
      writable: health.problem() === null,
    };
    const ready = Object.values(checks).every(Boolean);
    const reason = health.problem();
    return reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? 'ready' : 'not ready', checks, ...(reason && { reason }) });
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}

/** A database that takes longer than this to respond cannot serve. */
const answerTimeoutMs = 2_000;

const answers = async (db: Database): Promise<boolean> => {
  const silence = new AbortController();
  try {
    return await Promise.race([
      db.execute(sql`select 1`).then(() => true),
      setTimeout(answerTimeoutMs, false, { signal: silence.signal }),
    ]);
  } catch {
    return false;
  } finally {
    silence.abort();
  }
};
