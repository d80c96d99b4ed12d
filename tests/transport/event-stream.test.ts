import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { eq } from 'drizzle-orm';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { subscriptionsStand } from '../support/gauges.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    // Long enough for the other client to read, who shares a processor with all else, and is ended after it as well.
    socketBounds: { keepAliveMs: 200, unreadTimeoutMs: 3_000, socketsPerEmployee: 4 },
  });
});
afterAll(() => server.close());

const addressOf = ({ url }: Pick<TestServer, 'url'>) => new URL('/graphql/stream', url).href;

interface OpenStream {
  response: IncomingMessage;
  sent: ClientRequest;
  /** The next event, comments left out. */
  next: () => Promise<{ event: string; data: string }>;
  ended: Promise<unknown>;
}

/** The stream as a client without a library sees it. */
async function open(
  query: string,
  { as = 'SALES', variables, at = server, headers = {} }: OpenOptions = {},
): Promise<OpenStream> {
  const sent = request(addressOf(at), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'accept-language': 'en',
      ...(as && { authorization: `Bearer ${server.as(as).token}` }),
      ...headers,
    },
  });
  sent.end(JSON.stringify({ query, variables }));
  sent.on('error', () => {});
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  const ended = new Promise((resolve) => response.once('close', resolve).on('error', resolve));
  const chunks = response[Symbol.asyncIterator]();
  let text = '';
  const next = async () => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end === -1) {
        const { value, done } = await chunks.next();
        if (done) throw new Error(`The stream has ended: ${text}`);
        text += value;
        continue;
      }
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const lines = block.split('\n');
      if (block === ':') continue;
      expect(lines).toHaveLength(2);
      return { event: `${lines[0]}`.replace('event: ', ''), data: `${lines[1]}`.replace(/^data: ?/, '') };
    }
  };
  return { response, sent, next, ended };
}
interface OpenOptions {
  as?: StaffName | null;
  variables?: Record<string, unknown>;
  at?: Pick<TestServer, 'url'>;
  headers?: Record<string, string>;
}

async function newFile(owner: StaffName): Promise<string> {
  const [row] = await server.db
    .insert(customer)
    .values({ name: '上海华虹集成电路有限责任公司', ownerId: server.as(owner).uuid })
    .returning();
  return encodeId('cus', row?.id as string);
}
const rename = (id: string, shortName: string) =>
  server.db
    .update(customer)
    .set({ shortName })
    .where(eq(customer.id, uuidOf(id)));
const cursorNow = async (name: StaffName): Promise<string> =>
  (await server.as(name).query('{ customers(first: 1) { changesCursor } }')).data.customers.changesCursor;

const subscription = `subscription($id: ID, $after: String) {
  customerFileChanged(customerId: $id, after: $after) {
    cursor type changes { field newValue } customer { shortName contacts(first: 5) { nodes { name } } }
  }
}`;

test('a stream carries what a socket carries, each event on one line', async () => {
  const id = await newFile('SALES');
  await server.db.insert(contact).values(['王芳', '李雷'].map((name) => ({ name, customerId: uuidOf(id) })));
  const variables = { id, after: await cursorNow('SALES') };
  const socket = connectSocket(server.socketUrl, server.as('SALES').token);
  const events = socket.subscribe(subscription, variables);
  const { response, next, sent } = await open(subscription, { variables });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toMatch('text/event-stream');
  for (const shortName of ['华虹', '虹', '华']) await rename(id, shortName);
  for (;;) {
    const { event, data } = await next();
    expect(event).toBe('next');
    const result = JSON.parse(data);
    expect(result).toEqual(await events.next());
    if (result.data.customerFileChanged.changes[0]?.newValue === '华') break;
  }
  sent.destroy();
  await socket.close();
});

test('a client that lost its stream resumes from its cursor and misses nothing', async () => {
  const id = await newFile('SALES');
  const client = createClient({
    url: addressOf(server),
    headers: { authorization: `Bearer ${server.as('SALES').token}` },
    retryAttempts: 0,
  });
  const read = (after: string) => client.iterate({ query: subscription, variables: { id, after } });
  const shortName = (result: IteratorResult<{ data?: unknown }>) =>
    (result.value as { data: { customerFileChanged: { cursor: string; changes: { newValue: string }[] } } })
      .data.customerFileChanged;
  const first = read(await cursorNow('SALES'));
  await rename(id, '一');
  let seen = shortName(await first.next());
  while (seen.changes[0]?.newValue !== '一') seen = shortName(await first.next());
  await first.return?.();
  await rename(id, '二');
  await rename(id, '三');
  const second = read(seen.cursor);
  const missed = [shortName(await second.next()), shortName(await second.next())];
  expect(missed.map(({ changes }) => changes[0]?.newValue)).toEqual(['二', '三']);
  await second.return?.();
});

test('a query and a mutation are answered by one event and completed', async () => {
  const { next, ended } = await open('{ viewer { role } }');
  expect(await next()).toEqual({ event: 'next', data: '{"data":{"viewer":{"role":"SALES"}}}' });
  expect(await next()).toEqual({ event: 'complete', data: '' });
  await ended;
});

test('what is refused is returned as a result, in the requested language, and completed', async () => {
  for (const [query, code] of [
    ['{ nonsense }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{', 'GRAPHQL_PARSE_FAILED'],
    ['subscription { customerFileChanged(after: "x") { cursor } }', 'BAD_USER_INPUT'],
  ] as const) {
    const { next, ended } = await open(query);
    const { event, data } = await next();
    expect(event).toBe('next');
    const [error] = JSON.parse(data).errors;
    expect(error.extensions.code).toBe(code);
    expect(error.message).not.toMatch(/\p{Script=Han}/u);
    expect((await next()).event).toBe('complete');
    await ended;
  }
});

const bodyOf = async ({ response }: OpenStream) => {
  let text = '';
  for await (const chunk of response) text += chunk;
  return JSON.parse(text);
};

test('who is not signed in is refused with 401 before anything is opened', async () => {
  const refused = [
    await open(subscription, { as: null }),
    await open(subscription, { as: null, headers: { authorization: 'Bearer nonsense' } }),
  ];
  for (const stream of refused) {
    expect(stream.response.statusCode).toBe(401);
    expect((await bodyOf(stream)).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  }
});

test('a request that is none, or uses GET, is refused', async () => {
  const post = (body: string) =>
    fetch(addressOf(server), { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  for (const body of ['{}', '[]', '{"query":1}', '{"query":"{ a }","variables":"x"}', '{'])
    expect((await post(body)).status).toBe(400);
  expect((await post(JSON.stringify({ query: ' '.repeat(200_000) }))).status).toBe(413);
  expect((await fetch(`${addressOf(server)}?query={viewer{id}}`)).status).toBe(404);
});

test('a stream of an employee whose role changes ends at once, without completing', async () => {
  const { ended, next, response } = await open(subscription, { as: 'CUSTOMER_SERVICE' });
  const rest = expect(next()).rejects.toThrow('The stream has ended: ');
  await server
    .as('ADMIN')
    .query('mutation($input: UpdateEmployeeInput!) { updateEmployee(input: $input) { employee { id } } }', {
      input: { id: server.as('CUSTOMER_SERVICE').id, expectedVersion: 1, role: 'MARKETING' },
    });
  await rest;
  await ended;
  expect(response.complete).toBe(true);
  await server.db
    .update(employee)
    .set({ role: 'CUSTOMER_SERVICE' })
    .where(eq(employee.id, server.as('CUSTOMER_SERVICE').uuid));
});

test('the limit of connections per employee counts sockets and streams together', async () => {
  const opened = [];
  for (let nth = 0; nth < 3; nth += 1) opened.push(await open(subscription, { as: 'FINANCE' }));
  const socket = connectSocket(server.socketUrl, server.as('FINANCE').token);
  await socket.query('{ viewer { id } }');
  const refused = await open(subscription, { as: 'FINANCE' });
  expect(refused.response.statusCode).toBe(429);
  expect((await bodyOf(refused)).errors[0].extensions).toEqual({
    code: 'RATE_LIMITED',
    retryAfterSeconds: 2,
  });
  expect(refused.response.headers['retry-after']).toBe('2');
  for (const { sent } of opened) sent.destroy();
  await socket.close();
});

test('a stream without news stays open, and a client that vanishes leaves nothing behind', async () => {
  await subscriptionsStand(server, 0);
  const { response, sent } = await open(subscription);
  await subscriptionsStand(server, 1);
  // Comments come in between, as often as a socket is pinged.
  for (let heard = 0; heard < 3; heard += 1) expect(String((await once(response, 'data'))[0])).toBe(':\n\n');
  sent.destroy();
  await subscriptionsStand(server, 0);
});

test('a client that does not read is ended, while others get every event', async () => {
  const id = await newFile('SALES');
  const stubborn = await open('subscription { customerFileChanged { cursor customer { businessScope } } }');
  stubborn.response.pause();
  await subscriptionsStand(server, 1);
  const reader = connectSocket(server.socketUrl, server.as('SALES').token);
  const stream = reader.subscribe(
    'subscription($id: ID) { customerFileChanged(customerId: $id) { customer { businessScope } } }',
    { id },
  );
  await subscriptionsStand(server, 2);
  let delivered = 0;
  const standing = async () =>
    /^customer_file_event_streams 1$/m.test(await (await fetch(new URL('/metrics', server.url))).text());
  while (await standing()) {
    const businessScope = `${delivered}`.padEnd(150_000, '文');
    await server.db
      .update(customer)
      .set({ businessScope })
      .where(eq(customer.id, uuidOf(id)));
    expect((await stream.next()).data.customerFileChanged.customer.businessScope).toBe(businessScope);
    delivered += 1;
  }
  expect(delivered).toBeGreaterThan(1);
  stubborn.sent.destroy();
  await reader.close();
});

test('a server that stops ends its streams, so that clients connect elsewhere', async () => {
  const other = await startTestServer();
  const stream = await open(subscription, {
    as: null,
    at: other,
    headers: { authorization: `Bearer ${other.as('SALES').token}` },
  });
  expect(stream.response.statusCode).toBe(200);
  const stopped = other.close();
  stream.response.resume();
  await stream.ended;
  await stopped;
});
