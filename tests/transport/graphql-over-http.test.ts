import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bearer } from './wire.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('every audit of the GraphQL-over-HTTP specification is met', async () => {
  const audits = serverAudits({
    url: server.url,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...bearer(server.as('ADMIN').token), ...init.headers } }),
  });
  const results = await Promise.all(audits.map(({ fn }) => fn()));
  const unmet = results.flatMap((result) =>
    result.status === 'ok' ? [] : [`${result.status} ${result.id} ${result.name}: ${result.reason}`],
  );
  expect(unmet).toEqual([]);
  expect(results).toHaveLength(61);
});
