import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { createServer, type Server } from '../../src/server.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Company, foundCompany } from './company.ts';
import { openRoad, type Road } from './unreliable-road.ts';

/** REQUEST_TIMEOUT; an answer comes 2 s later at the latest, and a dead connection is given up 5 s later. */
const requestTimeoutMs = 3_000;
const poolSize = 4;

let database: TestDatabase;
let company: Company;
let road: Road;
let server: Server;
beforeAll(async () => {
  database = await createTestDatabase();
  company = await foundCompany(database.db, { owners: 1, files: 1 });
  road = await openRoad(() => [Number(new URL(database.url).port)]);
  const address = new URL(database.apiUrl);
  address.port = String(road.port);
  const settings = { DATABASE_URL: address.href, MIGRATION_DATABASE_URL: database.url, PORT: '0' };
  const config = readConfig({
    ...settings,
    DATABASE_POOL_SIZE: String(poolSize),
    REQUEST_TIMEOUT: `PT${requestTimeoutMs / 1_000}S`,
    LOG_LEVEL: 'silent',
    TOKEN_SIGNING_KEY: company.signingKey,
  });
  server = await createServer(config);
});
afterAll(async () => {
  await road.close();
  await server.close();
  await database.close();
});

async function ask(query: string) {
  const askedAtMs = performance.now();
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': 'en',
      authorization: `Bearer ${await company.owners[0]?.token()}`,
    },
    body: JSON.stringify({ query }),
  });
  const answer = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return { ...answer, status: response.status, tookMs: performance.now() - askedAtMs };
}

const together = (count: number) =>
  Promise.all(Array.from({ length: count }, () => ask('{ customers { nodes { fileNumber } } }')));
const codeOf = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.[0]?.extensions.code;

test('when the database goes silent every request fails with TIMEOUT in time, and the pool is whole again by itself', async () => {
  for (const answer of await together(4 * poolSize)) expect(codeOf(answer)).toBeUndefined();

  expect(road.swallow()).toBeGreaterThan(poolSize);
  const silenced = await together(4 * poolSize);
  // Some may have found a connection that was opened since.
  const late = silenced.filter((answer) => answer.errors);
  expect(late.length).toBeGreaterThan(0);
  for (const answer of late) {
    expect(answer).toMatchObject({ status: 503 });
    expect(codeOf(answer)).toBe('TIMEOUT');
  }
  for (const { tookMs } of silenced) expect(tookMs).toBeLessThan(requestTimeoutMs + 10_000);

  await expect
    .poll(async () => (await together(4 * poolSize)).filter(codeOf).length, {
      timeout: requestTimeoutMs + 25_000,
      interval: 0,
    })
    .toBe(0);
});
