import { createPrivateKey, type KeyObject } from 'node:crypto';
import { resolve } from 'node:path';
import { config as readDotenv } from 'dotenv';

/** Everything that can be set from outside, checked and in the units the code uses. `.env.example` explains each setting. */
export interface Config {
  host: string;
  /** 0 picks any free port. */
  port: number;
  /** Absolute. Holds the embedded database and the secrets made for it. */
  dataDir: string;
  /** A PostgreSQL 15 or later of the operator's; without it the embedded one is started. */
  databaseUrl: string | undefined;
  /** The same database as its owner, for migrations; without it `databaseUrl` does both. */
  migrationDatabaseUrl: string | undefined;
  databasePoolSize: number;
  demoPassword: string | undefined;
  organisationTimeZone: string;
  accessTokenTtlMs: number;
  refreshTokenTtlMs: number;
  /** PKCS #8 PEM of an Ed25519 key. Absent only with the embedded database: see `kept-secret.ts`. */
  tokenSigningKey: string | undefined;
  tokenIssuer: string;
  tokenAudience: string;
  /** Origins that may call from a browser besides the server's own. */
  allowedOrigins: string[];
  logLevel: LogLevel;
  eventRetentionMs: number;
  /** As Fastify's `trustProxy`: nobody, everybody, a number of hops, or addresses and CIDR ranges. */
  trustProxy: boolean | number | string[];
  bodyLimitBytes: number;
  socketFrameLimitBytes: number;
  requestTimeoutMs: number;
  /** Customers that a statistic told to an analyst or marketing speaks of at least. */
  smallestGroup: number;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

type Env = Readonly<Record<string, string | undefined>>;

/** One setting that cannot be used. The texts follow the setting's name: "PORT must be …". */
class Violation extends Error {
  readonly chinese: string;
  constructor(english: string, chinese: string) {
    super(english);
    this.chinese = chinese;
  }
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const readers = {
  HOST: (text) => readHost(text ?? '127.0.0.1'),
  PORT: (text) => readInteger(text ?? '4000', 0, 65_535),
  DATA_DIR: (text) => resolve(text ?? '.data'),
  DATABASE_URL: (text) => text && readDatabaseUrl(text),
  MIGRATION_DATABASE_URL: (text) => text && readDatabaseUrl(text),
  DATABASE_POOL_SIZE: (text) => readInteger(text ?? '10', 1, 500),
  DEMO_PASSWORD: (text) => text && readDemoPassword(text),
  ORGANISATION_TIME_ZONE: (text) => readTimeZone(text ?? 'Asia/Shanghai'),
  ACCESS_TOKEN_TTL: (text) => readDurationMs(text ?? 'PT15M', minuteMs, dayMs),
  REFRESH_TOKEN_TTL: (text) => readDurationMs(text ?? 'P30D', hourMs, 365 * dayMs),
  TOKEN_SIGNING_KEY: (text) => text && readSigningKey(text),
  TOKEN_ISSUER: (text) => text ?? 'customer-file',
  TOKEN_AUDIENCE: (text) => text ?? 'customer-file-api',
  ALLOWED_ORIGINS: (text) => readList(text).map(readOrigin),
  LOG_LEVEL: (text) => readLogLevel(text ?? 'info'),
  EVENT_RETENTION: (text) => readDurationMs(text ?? 'PT72H', hourMs, 365 * dayMs),
  TRUST_PROXY: (text) => readTrustProxy(text ?? 'false'),
  BODY_LIMIT_BYTES: (text) => readInteger(text ?? '102400', 1024, 16 * 1024 * 1024),
  SOCKET_FRAME_LIMIT_BYTES: (text) => readInteger(text ?? '65536', 1024, 16 * 1024 * 1024),
  REQUEST_TIMEOUT: (text) => readDurationMs(text ?? 'PT30S', 1000, hourMs),
  SMALLEST_GROUP: (text) => readInteger(text ?? '5', 3, 100),
} satisfies Record<string, (text: string | undefined) => unknown>;

type Settings = { [Name in keyof typeof readers]: ReturnType<(typeof readers)[Name]> };

/** The names of all settings, in the order of `.env.example`. */
export const settingNames = Object.keys(readers) as (keyof Settings)[];

/** The process's environment over the `.env` file of the working directory, if there is one. Throws as `readConfig`. */
export function loadConfig(): Config {
  readDotenv({ quiet: true });
  return readConfig(process.env);
}

/** Whether npm stands between us and whoever started us. */
export function isRunByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined;
}

/**
 * Checks every setting. An empty value counts as absent.
 *
 * Throws one error that names every wrong setting, so that nobody mends them one restart at a time.
 * The message never repeats a secret.
 */
export function readConfig(env: Env): Config {
  const violations: { name: string; violation: Violation }[] = [];
  const check = <Value>(name: string, read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
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
    trustProxy: settings.TRUST_PROXY,
    bodyLimitBytes: settings.BODY_LIMIT_BYTES,
    socketFrameLimitBytes: settings.SOCKET_FRAME_LIMIT_BYTES,
    requestTimeoutMs: settings.REQUEST_TIMEOUT,
    smallestGroup: settings.SMALLEST_GROUP,
  };
}

function describeViolations(violations: { name: string; violation: Violation }[]): string {
  const lines = violations.map(
    ({ name, violation }) => `  ${name} ${violation.message}. (${name} ${violation.chinese}。)`,
  );
  return ['Wrong settings, see .env.example (设置有误，参见 .env.example):', ...lines].join('\n');
}

function refuse(english: string, chinese: string): never {
  throw new Violation(english, chinese);
}

function readHost(text: string): string {
  if (!/^[A-Za-z0-9.:_-]+$/.test(text)) {
    refuse(`must be a host name or an address, not "${text}"`, `必须是主机名或地址，而不是"${text}"`);
  }
  return text;
}

function readInteger(text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    refuse(
      `must be a whole number from ${min} to ${max}, not "${text}"`,
      `必须是 ${min} 到 ${max} 之间的整数，而不是"${text}"`,
    );
  }
  return value;
}

function readDatabaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2) {
    refuse(
      'must look like postgres://user:password@host:5432/database',
      '应形如 postgres://user:password@host:5432/database',
    );
  }
  return text;
}

function readDemoPassword(text: string): string {
  if ([...text].length < 8) refuse('must have at least 8 characters', '至少需要 8 个字符');
  return text;
}

function readTimeZone(text: string): string {
  try {
    // PostgreSQL reads "+08:00" with the sign reversed, so an offset would shift every relative rule.
    if (!/^[A-Za-z]/.test(text)) throw new RangeError('an offset');
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text;
  } catch {
    return refuse(
      `must be an IANA time zone such as Asia/Shanghai, not "${text}"`,
      `必须是 IANA 时区（如 Asia/Shanghai），而不是"${text}"`,
    );
  }
}

/** ISO 8601 durations of fixed length: weeks, days, hours, minutes, seconds. Months have none, so they are refused. */
function readDurationMs(text: string, minMs: number, maxMs: number): number {
  const match = /^P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  const unitsMs = [7 * dayMs, dayMs, hourMs, minuteMs, 1000];
  const ms = match
    ? unitsMs.reduce((sumMs, unitMs, index) => sumMs + unitMs * Number(match[index + 1] ?? 0), 0)
    : Number.NaN;
  if (!(ms >= minMs && ms <= maxMs)) {
    const range = [describeMs(minMs), describeMs(maxMs)] as const;
    refuse(
      `must be an ISO 8601 duration from ${range[0]} to ${range[1]}, not "${text}"`,
      `必须是 ${range[0]} 到 ${range[1]} 之间的 ISO 8601 时长，而不是"${text}"`,
    );
  }
  return ms;
}

function describeMs(ms: number): string {
  if (ms % dayMs === 0) return `P${ms / dayMs}D`;
  if (ms % hourMs === 0) return `PT${ms / hourMs}H`;
  return ms % minuteMs === 0 ? `PT${ms / minuteMs}M` : `PT${ms / 1000}S`;
}

function readSigningKey(text: string): string {
  const key = parsePrivateKey(text);
  if (key?.asymmetricKeyType !== 'ed25519') {
    refuse(
      'must be an Ed25519 private key, PKCS #8, as PEM or base64',
      '必须是 Ed25519 私钥（PKCS #8，PEM 或 base64）',
    );
  }
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Takes PEM (also with `\n` spelled out, as one-line files have it), base64 of that PEM, or base64 of the DER form. */
function parsePrivateKey(text: string): KeyObject | undefined {
  const bytes = Buffer.from(text, 'base64');
  const attempts = [
    () => createPrivateKey(text.replaceAll('\\n', '\n')),
    () => createPrivateKey(bytes.toString('utf8')),
    () => createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }),
  ];
  for (const attempt of attempts) {
    try {
      return attempt();
    } catch {
      // Not in this form.
    }
  }
  return undefined;
}

function readList(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((item) => item.trim() || []);
}

function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.origin !== text.toLowerCase()) {
    refuse(
      `must list origins such as https://crm.example, not "${text}"`,
      `必须是以逗号分隔的来源（如 https://crm.example），而不是"${text}"`,
    );
  }
  return url.origin;
}

function readLogLevel(text: string): LogLevel {
  const level = logLevels.find((candidate) => candidate === text);
  const choices = logLevels.join(', ');
  return (
    level ?? refuse(`must be one of ${choices}, not "${text}"`, `必须是 ${choices} 之一，而不是"${text}"`)
  );
}

function readTrustProxy(text: string): boolean | number | string[] {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const addresses = readList(text);
  if (!addresses.every((address) => /^[0-9a-fA-F.:]+(\/\d{1,3})?$/.test(address))) {
    refuse(
      `must be true, false, a number of hops, or addresses and CIDR ranges, not "${text}"`,
      `必须是 true、false、跳数，或以逗号分隔的地址与 CIDR 网段，而不是"${text}"`,
    );
  }
  return addresses;
}
