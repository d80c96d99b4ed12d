import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { need } from '../../src/domains/need/need.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { type Answer, startTestServer, type TestServer } from '../support/server.ts';
import { bearer, openSignedIn } from './wire.ts';

const poolSize = 5;
/** What one caller has at most of the five connections, over HTTP and of the five that serve sockets. */
const share = 3;
/** More operations than one caller can run at once. */
const sent = 20;

vi.setConfig({ testTimeout: 60_000 });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ config: { databasePoolSize: poolSize } });
});
afterAll(() => server.close());

/** A list that waits as long as the table of needs is locked. */
const plain = '{ customers { nodes { needs { nodes { item } } } } }';
const write =
  'mutation { createSegment(input: { name: "客户分群", kind: DYNAMIC, rule: { stage: { eq: WON } } }) { segment { id } } }';

const whileLocked = (table: string, work: () => Promise<unknown>) =>
  server.db.transaction(async (tx) => {
    await tx.execute(sql.raw(`lock table ${table} in access exclusive mode`));
    await work();
  });

/** What the metrics say of a queue. */
async function loadOf(queue: string): Promise<{ running: number; waiting: number }> {
  const text = await (await fetch(new URL('/metrics', server.url))).text();
  const read = (state: string) =>
    Number(
      new RegExp(`^customer_file_turns_${state}\\{queue="${queue}"\\} (\\S+)$`, 'm').exec(text)?.[1] ??
        Number.NaN,
    );
  return { running: read('running'), waiting: read('waiting') };
}

const becomes = (queue: string, load: { running: number; waiting: number }) =>
  expect.poll(() => loadOf(queue), { timeout: 60_000 }).toEqual(load);

/** Sends operations; returns what abandons them all. */
type Send = (document: string) => Promise<() => Promise<void>>;

const byHttp: Send = async (query) => {
  const client = new AbortController();
  const answers = Array.from({ length: sent }, () =>
    fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(server.as('MANAGER').token) },
      body: JSON.stringify({ query }),
      signal: client.signal,
    }),
  );
  return async () => {
    client.abort();
    await Promise.allSettled(answers);
  };
};

const bySocket =
  (abandon: 'complete' | 'close'): Send =>
  async (query) => {
    const raw = await openSignedIn(server, server.as('MANAGER').token);
    for (let i = 0; i < sent; i += 1) raw.say({ type: 'subscribe', id: String(i), payload: { query } });
    return async () => {
      if (abandon === 'complete')
        for (let i = 0; i < sent; i += 1) raw.say({ type: 'complete', id: String(i) });
      else raw.socket.close();
    };
  };

const ways = [
  { way: 'an HTTP client that closes its connection', transport: 'http', send: byHttp },
  { way: 'an operation completed over the socket', transport: 'socket', send: bySocket('complete') },
  { way: 'a socket that closes', transport: 'socket', send: bySocket('close') },
] as const;

test.each(ways)('reads nobody waits for any more leave the queue: $way', async ({ transport, send }) => {
  const queue = `${transport}_reads`;
  await whileLocked('need', async () => {
    const abandon = await send(plain);
    await becomes(queue, { running: share, waiting: sent - share });
    await abandon();
    await becomes(queue, { running: share, waiting: 0 });
  });
  await becomes(queue, { running: 0, waiting: 0 });
});

test('whoever waits gets their own answer, however many lists are abandoned while they run', async () => {
  const { token } = server.as('MANAGER');
  const rows = Array.from({ length: 40 }, (_, i) => ({ item: `设备${i}`, id: i }));
  const [file] = await server.db
    .insert(customer)
    .values({ name: '沈阳弃单机械有限公司', ownerId: server.as('MANAGER').uuid })
    .returning();
  await server.db.insert(need).values(rows.map(({ item }) => ({ customerId: file?.id as string, item })));
  const query = 'query ($item: String) { needs(filter: { item: { eq: $item } }) { nodes { item } } }';
  const post = (item: string, signal?: AbortSignal) =>
    fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { item } }),
      ...(signal && { signal }),
    });
  for (let round = 0; round < 5; round += 1) {
    const abandoned = rows.map(({ item, id }) => {
      const client = new AbortController();
      setTimeout(() => client.abort(), id % 9);
      return post(item, client.signal).catch(() => {});
    });
    const answers = await Promise.all(
      rows.map(async ({ item }) => {
        const { data } = (await (await post(item)).json()) as Answer;
        return [item, data?.needs.nodes.map((row: { item: string }) => row.item)];
      }),
    );
    expect(answers).toEqual(rows.map(({ item }) => [item, [item]]));
    await Promise.all(abandoned);
  }
  await becomes('http_reads', { running: 0, waiting: 0 });
});

test.each(ways)(
  'a write whose client has gone before its turn does not take place, and one that runs is finished: $way',
  async ({ transport, send }) => {
    await server.db.delete(segment);
    const queue = `${transport}_writes`;
    await whileLocked('segment', async () => {
      const abandon = await send(write);
      await becomes(queue, { running: poolSize, waiting: sent - poolSize });
      await abandon();
      await becomes(queue, { running: poolSize, waiting: 0 });
    });
    await becomes(queue, { running: 0, waiting: 0 });
    expect(await server.db.select().from(segment)).toHaveLength(poolSize);
  },
);

test('what others wait for at the same time is answered', async () => {
  await whileLocked('need', async () => {
    const abandon = await byHttp(plain);
    await becomes('http_reads', { running: share, waiting: sent - share });
    const other = server.as('MANAGER').query('{ customers { totalCount } }');
    await becomes('http_reads', { running: share, waiting: sent - share + 1 });
    await abandon();
    await becomes('http_reads', { running: share, waiting: 1 });
    void other;
  });
  expect((await server.as('MANAGER').query('{ customers { totalCount } }')).errors).toBeUndefined();
  await becomes('http_reads', { running: 0, waiting: 0 });
});
