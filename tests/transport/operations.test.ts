import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bearer, captureLog, openSignedIn, post, send } from './wire.ts';

const captured = captureLog();
let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer({ log: captured.log });
  base = new URL(server.url).origin;
});
afterAll(() => server.close());

test('the process says that it lives without querying the database', async () => {
  server.statements.length = 0;
  expect(await send(`${base}/healthz`)).toMatchObject({ status: 200, json: { status: 'ok' } });
  expect(server.statements).toEqual([]);
});

test('a server that can serve is ready', async () => {
  const { status, json } = await send(`${base}/readyz`);
  expect(json).toEqual({
    status: 'ready',
    checks: { database: true, migrated: true, feed: true, writable: true },
  });
  expect(status).toBe(200);
});

test('a server is not ready while the newest migration is missing', async () => {
  // Of its own: an answer that was yes once is not asked again.
  const young = await startTestServer();
  try {
    await young.db.execute('create table taken as select * from drizzle.__drizzle_migrations');
    await young.db.execute(
      'delete from drizzle.__drizzle_migrations where created_at = (select max(created_at) from drizzle.__drizzle_migrations)',
    );
    const { origin } = new URL(young.url);
    expect(await send(`${origin}/readyz`)).toMatchObject({
      status: 503,
      json: { checks: { database: true, migrated: false } },
    });
    await young.db.execute('truncate drizzle.__drizzle_migrations');
    await young.db.execute('insert into drizzle.__drizzle_migrations select * from taken');
    expect((await send(`${origin}/readyz`)).json.checks.migrated).toBe(true);
  } finally {
    await young.close();
  }
});

test('a server whose database is gone says so, lives on, and is ready again when it is back', async () => {
  const [row] = await server.db.execute<{ name: string }>('select current_database() as name');
  const admin = postgres(inject('adminUrl'), { max: 1, onnotice: () => {} });
  try {
    await admin.unsafe(`alter database ${row?.name} with allow_connections false`);
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${row?.name as string}`;
    const { status, json } = await send(`${base}/readyz`);
    expect([status, json.status, json.checks.database]).toEqual([503, 'not ready', false]);
    expect((await send(`${base}/healthz`)).status).toBe(200);
    await admin.unsafe(`alter database ${row?.name} with allow_connections true`);
    await expect.poll(async () => (await send(`${base}/readyz`)).status).toBe(200);
  } finally {
    await admin.unsafe(`alter database ${row?.name} with allow_connections true`);
    await admin.end();
  }
});

test('metrics count requests by route and status, and name nobody', async () => {
  const raw = await openSignedIn(server, server.as('SALES').token);
  await server.as('SALES').query('{ viewer { email } }');
  await send(`${base}/nowhere/13800138000?phone=13800138000`);
  const { headers, text } = await send(`${base}/metrics`);
  expect(headers.get('content-type')).toMatch(/^text\/plain.*version=0\.0\.4/);
  expect(text).toMatch(/^customer_file_sockets 1$/m);
  expect(text).toMatch(/^customer_file_live_subscriptions 0$/m);
  expect(text).toMatch(/^customer_file_feed_age_seconds [\d.e-]+$/m);
  expect(text).toMatch(/^customer_file_password_hashes_waiting 0$/m);
  expect(text).toMatch(
    /^http_request_duration_seconds_count\{method="POST",route="\/graphql",status="200"\} \d+$/m,
  );
  expect(text).toMatch(/status="404"/);
  expect(text).not.toMatch(/13800138000|@test\.example|[0-9a-f]{8}-[0-9a-f]{4}/);
  raw.socket.close();
});

test('each request leaves one line: id, method, route, status, duration, and nothing of what was said', async () => {
  const { token } = server.as('MANAGER');
  const secret = 'wang.xiaoming@secret.example';
  const before = captured.lines().length;
  const asked = {
    query: `query($s: String) { customers(search: $s) { totalCount } } #${secret}`,
    variables: { s: secret },
  };
  await post(server.url, asked, { ...bearer(token), 'x-request-id': 'request-0001' });
  await send(`${server.url}?query=${encodeURIComponent(asked.query)}`, { headers: bearer(token) });
  await post(server.url, {
    query: `mutation { login(input: { email: "${secret}", password: "${secret}" }) { accessToken } }`,
  });
  await post(server.url, { query: `{ node(id: "${secret}") { id } }` }, bearer(token));
  await post(server.url, '{"query":', { ...bearer(token) });
  await send(`${base}/${secret}?q=${secret}`);
  const raw = await openSignedIn(server, token);
  await raw.ask(asked.query, asked.variables);
  raw.socket.close();
  await raw.closed;
  const lines = captured.lines().slice(before);
  expect(lines.filter(({ requestId }) => requestId === 'request-0001')).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      pid: expect.any(Number),
      hostname: expect.any(String),
      requestId: 'request-0001',
      method: 'POST',
      route: '/graphql',
      status: 200,
      durationMs: expect.any(Number),
      msg: 'request',
    },
  ]);
  expect(lines.filter(({ msg }) => msg === 'request')).toHaveLength(6);
  expect(captured.text()).not.toContain(secret);
  expect(captured.text()).not.toContain(encodeURIComponent(secret));
  expect(captured.text()).not.toContain(token);
  expect(captured.text()).not.toMatch(/@|customers\(|Bearer/);
});

/** Each route beside GraphQL, and a place where there is none. */
const places = [
  '/handovers/',
  '/exports/',
  '/playground/',
  '/playground/assets/',
  '/healthz/',
  '/readyz/',
  '/metrics/',
  '/graphql/',
  '/',
];
const undecodable = ['%ff', '%', '%zz', '%c0%ae', 'x%e4%b8', `%25%ff`, 'y'.repeat(500)];

test.each(places)(
  'an address that cannot be decoded is answered as one that names nothing: %s',
  async (place) => {
    const { token } = server.as('MANAGER');
    const answerTo = async (name: string) => {
      const { status, headers, text } = await send(`${base}${place}${name}?signature=quoted`, {
        headers: bearer(token),
      });
      expect(headers.get('x-request-id')).not.toBeNull();
      return { status, type: headers.get('content-type'), text };
    };
    const usual = await answerTo('nothing');
    expect(usual.status).toBeGreaterThanOrEqual(400);
    for (const name of undecodable) expect(await answerTo(name), name).toEqual(usual);
    expect(usual.text).not.toMatch(/quoted|FST_|nothing\?/);
  },
);
