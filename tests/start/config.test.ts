import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { parse } from 'dotenv';
import { describe, expect, test } from 'vitest';
import { readConfig, settingNames } from '../../src/config/config.ts';

const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const signingKey = generateKeyPairSync('ed25519').privateKey;
const pem = signingKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const messageOf = (env: Record<string, string>) => {
  try {
    readConfig(env);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('The settings were accepted.');
};

describe('.env.example', () => {
  test('lists exactly the settings there are', () => {
    expect(Object.keys(parse(example)).sort()).toEqual([...settingNames].sort());
  });

  test('shows the default of every setting', () => {
    expect(readConfig(parse(example))).toEqual(readConfig({}));
  });

  test('explains every setting in English and Chinese', () => {
    const explanations = example.split(/^[A-Z_]+=.*\n/m).slice(0, -1);
    const unexplained = explanations.filter((text) => !/[a-z]{3}.*[\u4e00-\u9fff]/s.test(text));
    // The audience shares the explanation of the issuer above it.
    expect(unexplained).toEqual(['']);
  });
});

describe('settings', () => {
  test('need nothing to be set', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4000,
      databaseUrl: undefined,
      accessTokenTtlMs: 900_000,
      refreshTokenTtlMs: 2_592_000_000,
      eventRetentionMs: 259_200_000,
      requestTimeoutMs: 30_000,
      allowedOrigins: [],
      trustProxy: false,
    });
    expect(isAbsolute(config.dataDir)).toBe(true);
  });

  test('are read in the units the code uses', () => {
    const config = readConfig({
      PORT: '0',
      ACCESS_TOKEN_TTL: 'PT1H30M',
      REFRESH_TOKEN_TTL: 'P2W1DT1S',
      ALLOWED_ORIGINS: 'https://crm.example, http://localhost:5173',
      TRUST_PROXY: '10.0.0.0/8, ::1',
    });
    expect(config).toMatchObject({
      port: 0,
      accessTokenTtlMs: 5_400_000,
      refreshTokenTtlMs: 15 * 86_400_000 + 1000,
      allowedOrigins: ['https://crm.example', 'http://localhost:5173'],
      trustProxy: ['10.0.0.0/8', '::1'],
    });
    expect(readConfig({ TRUST_PROXY: '2' }).trustProxy).toBe(2);
    expect(readConfig({ TRUST_PROXY: 'true' }).trustProxy).toBe(true);
  });

  test('that are wrong are all named in one message, in both languages', () => {
    const wrong = {
      HOST: 'not a host',
      PORT: '65536',
      DATABASE_URL: 'mysql://root@localhost/crm',
      DATABASE_POOL_SIZE: '0',
      DEMO_PASSWORD: 'short',
      ORGANISATION_TIME_ZONE: '+08:00',
      ACCESS_TOKEN_TTL: '15m',
      REFRESH_TOKEN_TTL: 'P1M',
      TOKEN_SIGNING_KEY: 'c2VjcmV0',
      ALLOWED_ORIGINS: 'https://crm.example/path',
      LOG_LEVEL: 'loud',
      EVENT_RETENTION: 'PT',
      ACCESS_LOG_RETENTION: 'P183D',
      TRUST_PROXY: 'proxy.example',
      BODY_LIMIT_BYTES: '100kB',
      SOCKET_FRAME_LIMIT_BYTES: '-1',
      REQUEST_TIMEOUT: 'PT0S',
      ANALYST_BUDGET: '30',
      QUERY_COST_LIMIT: '1e9',
    };
    const [heading, ...lines] = messageOf(wrong).split('\n');
    expect(heading).toMatch(/\.env\.example/);
    expect(lines.map((line) => line.trim().split(' ')[0])).toEqual(
      settingNames.filter((name) => name in wrong),
    );
    for (const line of lines) expect(line).toMatch(/ must .*\(.*[\u4e00-\u9fff].*。\)$/);
  });

  test('that are secret are not repeated in the message', () => {
    const message = messageOf({
      DATABASE_URL: 'mysql://root:hunter2@localhost/crm',
      DEMO_PASSWORD: 'hunter2',
      TOKEN_SIGNING_KEY: 'hunter2',
    });
    expect(message).not.toContain('hunter2');
  });

  test.each(['postgres://', 'postgres://host', 'localhost:5432/crm'])(
    'refuse the database address %s, which names no database',
    (text) => expect(messageOf({ DATABASE_URL: text, TOKEN_SIGNING_KEY: pem })).toContain('DATABASE_URL'),
  );

  test('refuse refresh tokens that live no longer than access tokens', () => {
    expect(messageOf({ ACCESS_TOKEN_TTL: 'PT2H', REFRESH_TOKEN_TTL: 'PT2H' })).toContain('REFRESH_TOKEN_TTL');
  });
});

describe('the signing key', () => {
  const der = signingKey.export({ type: 'pkcs8', format: 'der' });

  test.each([
    ['PEM', pem],
    ['PEM on one line', pem.replaceAll('\n', '\\n')],
    ['base64 of the PEM', Buffer.from(pem).toString('base64')],
    ['base64 of the DER form', der.toString('base64')],
  ])('may be given as %s', (_form, text) => {
    expect(readConfig({ TOKEN_SIGNING_KEY: text }).tokenSigningKey).toBe(pem);
  });

  test('of another kind is refused', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(messageOf({ TOKEN_SIGNING_KEY: other })).toContain('Ed25519');
  });

  test('is required with a database of the operator’s', () => {
    const env = { DATABASE_URL: 'postgres://crm:secret@db.example/crm' };
    expect(messageOf(env)).toContain('TOKEN_SIGNING_KEY is required');
    expect(readConfig({ ...env, TOKEN_SIGNING_KEY: pem }).databaseUrl).toBe(env.DATABASE_URL);
  });
});
