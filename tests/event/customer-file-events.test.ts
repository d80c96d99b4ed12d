import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const document = `query($after: String, $first: Int, $customerId: ID, $segmentId: ID) {
  customerFileEvents(after: $after, first: $first, customerId: $customerId, segmentId: $segmentId) {
    edges { cursor } nodes { cursor type customerId customer { city } changes { field newValue } actor { id } }
    pageInfo { endCursor hasNextPage hasPreviousPage }
  }
}`;

const poll = async (name: StaffName, variables: Record<string, unknown> = {}) => {
  const answer = await server.as(name).query(document, variables);
  return { ...answer, page: answer.data?.customerFileEvents };
};

/** Polls until the log has nothing more, as a client would. */
async function pollAll(name: StaffName, after: string, first = 200) {
  // biome-ignore lint/suspicious/noExplicitAny: events are as varied as the log
  const nodes: any[] = [];
  for (let cursor = after; ; ) {
    const { page } = await poll(name, { after: cursor, first });
    nodes.push(...page.nodes);
    cursor = page.pageInfo.endCursor;
    if (!page.pageInfo.hasNextPage) return { nodes, cursor };
  }
}

/** Polls until `count` events have come: writes past the API are sequenced at the next tick. */
async function pollFor(name: StaffName, after: string, count: number, first = 200) {
  for (;;) {
    const found = await pollAll(name, after, first);
    if (found.nodes.length >= count) return found;
  }
}

const newFile = async (owner: StaffName, city = '上海市') => {
  const [row] = await server.db
    .insert(customer)
    .values({ name: '上海华虹集成电路有限责任公司', ownerId: server.as(owner).uuid, city })
    .returning();
  return { uuid: row!.id, id: encodeId('cus', row!.id) };
};

const beginning = async (name: StaffName): Promise<string> => (await poll(name)).page.pageInfo.endCursor;

test('without a cursor a client learns where to begin; from there it gets each event once, in order', async () => {
  const first = await poll('SALES');
  expect(first.page).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false, hasPreviousPage: false } });
  const after = first.page.pageInfo.endCursor;
  const file = await newFile('SALES');
  for (const city of ['苏州市', '无锡市', '常州市'])
    await server.db.update(customer).set({ city }).where(eq(customer.id, file.uuid));

  const { nodes } = await pollFor('SALES', after, 4, 2);
  expect(nodes.map(({ type }) => type)).toEqual(['CREATED', 'UPDATED', 'UPDATED', 'UPDATED']);
  expect(nodes.map(({ changes }) => changes[0].newValue).slice(1)).toEqual(['苏州市', '无锡市', '常州市']);
  expect(new Set(nodes.map(({ cursor }) => cursor)).size).toBe(4);
});

test('a cursor of a poll resumes a subscription, and the reverse', async () => {
  const after = await beginning('SALES');
  const file = await newFile('SALES');
  const { nodes } = await pollFor('SALES', after, 1);
  await server.db.update(customer).set({ city: '宁波市' }).where(eq(customer.id, file.uuid));
  const socket = connectSocket(server.socketUrl, server.as('SALES').token);
  const stream = socket.subscribe(
    'subscription($after: String) { customerFileChanged(after: $after) { cursor type } }',
    { after: nodes[0].cursor },
  );
  const event = (await stream.next()).data.customerFileChanged;
  expect(event.type).toBe('UPDATED');
  expect((await pollAll('SALES', event.cursor)).nodes).toEqual([]);
  await socket.close();
});

test('who lost a file polls one contentless ACCESS_ENDED; a stranger polls nothing', async () => {
  const after = await beginning('SALES');
  const file = await newFile('SALES');
  await server.db
    .update(customer)
    .set({ ownerId: server.as('SALES_2').uuid })
    .where(eq(customer.id, file.uuid));
  await server.db.update(customer).set({ city: '秘密市' }).where(eq(customer.id, file.uuid));
  const present = await pollFor('SALES_2', after, 2);
  expect(present.nodes.map(({ type }) => type)).toEqual(['ACCESS_GAINED', 'UPDATED']);
  const former = await pollAll('SALES', after);
  expect(former.nodes).toEqual([
    {
      cursor: expect.any(String),
      type: 'ACCESS_ENDED',
      customerId: file.id,
      customer: null,
      changes: [],
      actor: null,
    },
  ]);
  expect((await pollAll('FINANCE', after)).nodes).toEqual([]);
});

test('more than 1,000 changes of one transaction are one BULK_CHANGED, and what came beside them is not lost', async () => {
  const after = await beginning('SALES');
  const mine = server.as('SALES').uuid;
  const file = await newFile('SALES');
  await server.db.execute(sql`
    insert into customer (name, owner_id) select '批量' || n || '有限公司', ${mine} from generate_series(1, 2500) n`);
  await server.db.update(customer).set({ city: '宁波市' }).where(eq(customer.id, file.uuid));
  for (const first of [200, 2, 1]) {
    const { nodes } = await pollFor('SALES', after, 3, first);
    expect(nodes.map(({ type }) => type)).toEqual(['CREATED', 'BULK_CHANGED', 'UPDATED']);
    expect(nodes[1]).toMatchObject({ customerId: null, customer: null, changes: [] });
  }
});

test('a page costs the same number of statements however many events it has', async () => {
  const after = await beginning('SALES_2');
  const file = await newFile('SALES_2');
  for (const city of ['苏州市', '无锡市', '常州市'])
    await server.db.update(customer).set({ city }).where(eq(customer.id, file.uuid));
  await pollFor('SALES_2', after, 4);
  const one = await poll('SALES_2', { after, first: 1 });
  expect((await poll('SALES_2', { after, first: 4 })).statements).toBe(one.statements);
});

test('an altered cursor, a page too large, a foreign file and two audiences at once are refused', async () => {
  const after = await beginning('SALES');
  const file = await newFile('SALES');
  const codeOf = async (name: StaffName, variables: Record<string, unknown>) =>
    (await poll(name, variables)).errors?.[0]?.extensions.code;
  expect(await codeOf('SALES', { after: (after[0] === 'A' ? 'B' : 'A') + after.slice(1) })).toBe(
    'BAD_USER_INPUT',
  );
  expect(await codeOf('SALES', { after, first: 201 })).toBe('BAD_USER_INPUT');
  expect(await codeOf('SALES_2', { after, customerId: file.id })).toBe('NOT_FOUND');
  expect(await codeOf('SALES', { after, customerId: file.id, segmentId: file.id })).toBe('BAD_USER_INPUT');
  expect((await server.anonymous.query(document)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('a poll from before what was trimmed gets an error that says so', async () => {
  const after = await beginning('SALES');
  await newFile('SALES');
  await pollFor('SALES', after, 1);
  await server.db.execute(sql`update stream_head set epoch = 'restored'`);
  const { errors } = await poll('SALES', { after });
  expect(errors?.[0]?.extensions.code).toBe('CURSOR_EXPIRED');
});
