// The formats of settings: each parser returns the value or throws an InvalidSetting.

import { createPrivateKey, type KeyObject } from 'node:crypto';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** An invalid setting. The message continues the setting's name: "PORT must be …". */
export class InvalidSetting extends Error {
  readonly chinese: string;
  constructor(english: string, chinese: string) {
    super(english);
    this.chinese = chinese;
  }
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export function refuse(english: string, chinese: string): never {
  throw new InvalidSetting(english, chinese);
}

export function readHost(text: string): string {
  if (!/^[A-Za-z0-9.:_-]+$/.test(text)) {
    refuse(`must be a host name or an address, not "${text}"`, `必须是主机名或地址，而不是"${text}"`);
  }
  return text;
}

export function readInteger(text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    refuse(
      `must be a whole number from ${min} to ${max}, not "${text}"`,
      `必须是 ${min} 到 ${max} 之间的整数，而不是"${text}"`,
    );
  }
  return value;
}

export function readDatabaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2) {
    refuse(
      'must look like postgres://user:password@host:5432/database',
      '应形如 postgres://user:password@host:5432/database',
    );
  }
  return text;
}

export function readDemoPassword(text: string): string {
  if ([...text].length < 8) refuse('must have at least 8 characters', '至少需要 8 个字符');
  return text;
}

export function readTimeZone(text: string): string {
  try {
    // PostgreSQL interprets "+08:00" with the sign reversed, so an offset would shift every relative rule.
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

/** ISO 8601 durations of fixed length: weeks, days, hours, minutes, seconds. Months vary in length and are refused. */
export function readDurationMs(text: string, minMs: number, maxMs: number): number {
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

/** The same as it was written. */
export function readDuration(text: string, minMs: number, maxMs: number): string {
  readDurationMs(text, minMs, maxMs);
  return text;
}

function describeMs(ms: number): string {
  if (ms % dayMs === 0) return `P${ms / dayMs}D`;
  if (ms % hourMs === 0) return `PT${ms / hourMs}H`;
  return ms % minuteMs === 0 ? `PT${ms / minuteMs}M` : `PT${ms / 1000}S`;
}

export function readSigningKey(text: string): string {
  const key = parsePrivateKey(text);
  if (key?.asymmetricKeyType !== 'ed25519') {
    refuse(
      'must be an Ed25519 private key, PKCS #8, as PEM or base64',
      '必须是 Ed25519 私钥（PKCS #8，PEM 或 base64）',
    );
  }
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Accepts PEM (also with literal `\n`, as in one-line files), base64 of that PEM, or base64 of DER. */
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
      // Not in this format.
    }
  }
  return undefined;
}

export function readList(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((item) => item.trim() || []);
}

export function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.origin !== text.toLowerCase()) {
    refuse(
      `must list origins such as https://crm.example, not "${text}"`,
      `必须是以逗号分隔的来源（如 https://crm.example），而不是"${text}"`,
    );
  }
  return url.origin;
}

/** One address, with or without a name: 客户档案 <crm@example.com>. */
export function readSender(text: string): string {
  if (!/^(?:[^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/.test(text))
    refuse(
      'must be an address such as crm@example.com or CRM <crm@example.com>',
      '应为邮箱地址，如 crm@example.com 或 客户档案 <crm@example.com>',
    );
  return text;
}

export function readSmtpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '')
    refuse('must look like smtps://user:password@host:465', '应形如 smtps://user:password@host:465');
  return text;
}

export function readLogLevel(text: string): LogLevel {
  const level = logLevels.find((candidate) => candidate === text);
  const choices = logLevels.join(', ');
  return (
    level ?? refuse(`must be one of ${choices}, not "${text}"`, `必须是 ${choices} 之一，而不是"${text}"`)
  );
}

export function readTrustProxy(text: string): boolean | number | string[] {
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
