import { resolve } from 'node:path';
import { config as readDotenv } from 'dotenv';
import {
  dayMs,
  hourMs,
  InvalidSetting,
  type LogLevel,
  minuteMs,
  readDatabaseUrl,
  readDemoPassword,
  readDuration,
  readDurationMs,
  readHost,
  readInteger,
  readList,
  readLogLevel,
  readOrigin,
  readSender,
  readSigningKey,
  readSmtpUrl,
  readTimeZone,
  readTrustProxy,
  refuse,
} from './setting-parsers.ts';

/** All settings, validated and in the units the code uses. `.env.example` explains each of them. */
export interface Config {
  host: string;
  /** 0 picks any free port. */
  port: number;
  /** Absolute. Contains the embedded database and the generated secrets. */
  dataDir: string;
  /** The operator's own PostgreSQL, version 15 or later; if absent, the embedded one is started. */
  databaseUrl: string | undefined;
  /** The same database as its owner, for migrations; if absent, `databaseUrl` is used for both. */
  migrationDatabaseUrl: string | undefined;
  /** A streaming replica of the same database, for queries; if absent, the primary runs them all. */
  readDatabaseUrl: string | undefined;
  databasePoolSize: number;
  demoPassword: string | undefined;
  /** The first value of the setting; later the setting holds. */
  organisationTimeZone: string | undefined;
  accessTokenTtlMs: number;
  refreshTokenTtlMs: number;
  /** PKCS #8 PEM of an Ed25519 key. Absent only with the embedded database: see `secret-file.ts`. */
  tokenSigningKey: string | undefined;
  tokenIssuer: string;
  tokenAudience: string;
  /** Browser origins that may call the API, besides the server's own. */
  allowedOrigins: string[];
  logLevel: LogLevel;
  eventRetentionMs: number;
  /** The first value of the setting, an ISO 8601 duration. */
  accessLogRetention: string | undefined;
  /** Like Fastify's `trustProxy`: none, all, a number of hops, or addresses and CIDR ranges. */
  trustProxy: boolean | number | string[];
  bodyLimitBytes: number;
  socketFrameLimitBytes: number;
  requestTimeoutMs: number;
  /** Database time each analyst may use per minute. */
  analystBudgetMs: number;
  /** Cost limit of a query with conditions, in PostgreSQL's own units; for analysts a quarter of it. */
  queryCostLimit: number;
  /** The mail server, smtp:// or smtps:// with user and password; if absent, no mails are sent, and the demo keeps them. */
  smtpUrl: string | undefined;
  /** The sender of mails. */
  mailFrom: string;
  /** Where people reach the server, for the links in mails; by default where it listens. */
  publicUrl: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

const readers = {
  HOST: (text) => readHost(text ?? '127.0.0.1'),
  PORT: (text) => readInteger(text ?? '4000', 0, 65_535),
  DATA_DIR: (text) => resolve(text ?? '.data'),
  DATABASE_URL: (text) => text && readDatabaseUrl(text),
  MIGRATION_DATABASE_URL: (text) => text && readDatabaseUrl(text),
  READ_DATABASE_URL: (text) => text && readDatabaseUrl(text),
  DATABASE_POOL_SIZE: (text) => readInteger(text ?? '10', 1, 500),
  DEMO_PASSWORD: (text) => text && readDemoPassword(text),
  ORGANISATION_TIME_ZONE: (text) => text && readTimeZone(text),
  ACCESS_TOKEN_TTL: (text) => readDurationMs(text ?? 'PT15M', minuteMs, dayMs),
  REFRESH_TOKEN_TTL: (text) => readDurationMs(text ?? 'P30D', hourMs, 365 * dayMs),
  TOKEN_SIGNING_KEY: (text) => text && readSigningKey(text),
  TOKEN_ISSUER: (text) => text ?? 'customer-file',
  TOKEN_AUDIENCE: (text) => text ?? 'customer-file-api',
  ALLOWED_ORIGINS: (text) => readList(text).map(readOrigin),
  LOG_LEVEL: (text) => readLogLevel(text ?? 'info'),
  EVENT_RETENTION: (text) => readDurationMs(text ?? 'PT72H', hourMs, 365 * dayMs),
  // Six months is the minimum under 网络安全法, article 21, and the minimum trim_access_log() accepts.
  ACCESS_LOG_RETENTION: (text) => text && readDuration(text, 184 * dayMs, 3650 * dayMs),
  TRUST_PROXY: (text) => readTrustProxy(text ?? 'false'),
  BODY_LIMIT_BYTES: (text) => readInteger(text ?? '102400', 1024, 16 * 1024 * 1024),
  SOCKET_FRAME_LIMIT_BYTES: (text) => readInteger(text ?? '65536', 1024, 16 * 1024 * 1024),
  REQUEST_TIMEOUT: (text) => readDurationMs(text ?? 'PT30S', 1000, hourMs),
  ANALYST_BUDGET: (text) => readDurationMs(text ?? 'PT30S', 1000, hourMs),
  QUERY_COST_LIMIT: (text) => readInteger(text ?? '2000000', 1000, 1_000_000_000),
  SMTP_URL: (text) => text && readSmtpUrl(text),
  MAIL_FROM: (text) => readSender(text ?? 'customer-file@localhost'),
  PUBLIC_URL: (text) => text && readOrigin(text),
} satisfies Record<string, (text: string | undefined) => unknown>;

type Settings = { [Name in keyof typeof readers]: ReturnType<(typeof readers)[Name]> };

/** The names of all settings, in the order of `.env.example`. */
export const settingNames = Object.keys(readers) as (keyof Settings)[];

/**
 * Reads the process's environment, which takes precedence over a `.env` file in the working directory. Throws like
 * `readConfig`.
 */
export function loadConfig(): Config {
  readDotenv({ quiet: true });
  return readConfig(process.env);
}

/** Whether npm started this process. */
export function isRunByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined;
}

/**
 * Validates all settings. An empty value counts as absent.
 *
 * Throws one error that names every invalid setting, so that nobody has to fix them one restart at a time. The message
 * never repeats a secret.
 */
export function readConfig(env: Env): Config {
  const violations: { name: string; violation: InvalidSetting }[] = [];
  const check = <Value>(name: string, read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InvalidSetting)) throw error;
      violations.push({ name, violation: error });
      return undefined;
    }
  };
  const entries = settingNames.map((name) => [
    name,
    check(name, () => readers[name](env[name]?.trim() || undefined)),
  ]);
  const settings = Object.fromEntries(entries) as Settings;

  const wrong = new Set(violations.map(({ name }) => name));
  if (env.DATABASE_URL?.trim() && !env.TOKEN_SIGNING_KEY?.trim()) {
    check('TOKEN_SIGNING_KEY', () => refuse('is required with DATABASE_URL', '在设置 DATABASE_URL 时必填'));
  }
  if (!wrong.has('ACCESS_TOKEN_TTL') && !wrong.has('REFRESH_TOKEN_TTL')) {
    check('REFRESH_TOKEN_TTL', () => {
      if (settings.REFRESH_TOKEN_TTL > settings.ACCESS_TOKEN_TTL) return;
      refuse('must be longer than ACCESS_TOKEN_TTL', '必须长于 ACCESS_TOKEN_TTL');
    });
  }
  if (violations.length > 0) throw new Error(describeViolations(violations));

  return {
    host: settings.HOST,
    port: settings.PORT,
    dataDir: settings.DATA_DIR,
    databaseUrl: settings.DATABASE_URL,
    migrationDatabaseUrl: settings.MIGRATION_DATABASE_URL,
    readDatabaseUrl: settings.READ_DATABASE_URL,
    databasePoolSize: settings.DATABASE_POOL_SIZE,
    demoPassword: settings.DEMO_PASSWORD,
    organisationTimeZone: settings.ORGANISATION_TIME_ZONE,
    accessTokenTtlMs: settings.ACCESS_TOKEN_TTL,
    refreshTokenTtlMs: settings.REFRESH_TOKEN_TTL,
    tokenSigningKey: settings.TOKEN_SIGNING_KEY,
    tokenIssuer: settings.TOKEN_ISSUER,
    tokenAudience: settings.TOKEN_AUDIENCE,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    logLevel: settings.LOG_LEVEL,
    eventRetentionMs: settings.EVENT_RETENTION,
    accessLogRetention: settings.ACCESS_LOG_RETENTION,
    trustProxy: settings.TRUST_PROXY,
    bodyLimitBytes: settings.BODY_LIMIT_BYTES,
    socketFrameLimitBytes: settings.SOCKET_FRAME_LIMIT_BYTES,
    requestTimeoutMs: settings.REQUEST_TIMEOUT,
    analystBudgetMs: settings.ANALYST_BUDGET,
    queryCostLimit: settings.QUERY_COST_LIMIT,
    smtpUrl: settings.SMTP_URL,
    mailFrom: settings.MAIL_FROM,
    publicUrl: settings.PUBLIC_URL,
  };
}

function describeViolations(violations: { name: string; violation: InvalidSetting }[]): string {
  const lines = violations.map(
    ({ name, violation }) => `  ${name} ${violation.message}. (${name} ${violation.chinese}。)`,
  );
  return ['Wrong settings, see .env.example (设置有误，参见 .env.example):', ...lines].join('\n');
}
