import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { need } from '../../src/domains/need/need.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket, type SocketClient, type Stream } from '../support/socket.ts';

let server: TestServer;
const sockets: SocketClient[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await server.close();
});

let industries = 0;
/** An industry that no other test asks for. */
const newIndustry = () => `行业${++industries}`;

async function newFile(
  owner: StaffName,
  fields: Partial<typeof customer.$inferInsert> = {},
): Promise<string> {
  const values = { name: '上海华虹集成电路有限责任公司', ownerId: server.as(owner).uuid, ...fields };
  const [row] = await server.db.insert(customer).values(values).returning();
  return encodeId('cus', row?.id as string);
}

async function newSegment(rule: Record<string, unknown>): Promise<string> {
  const values = { name: '跟踪', rule, shared: true, ownerId: server.as('MANAGER').uuid };
  const [row] = await server.db.insert(segment).values(values).returning();
  return encodeId('seg', row?.id as string);
}
const redefine = (segmentId: string, fields: Partial<typeof segment.$inferInsert>) =>
  server.db
    .update(segment)
    .set(fields)
    .where(eq(segment.id, uuidOf(segmentId)));

const selections = {
  small: 'type customerId cause { kind version }',
  large: 'type customerId customer { id name stage } cause { kind actor { id } changes { field newValue } }',
};

const cursorNow = async (): Promise<string> =>
  (await server.as('MANAGER').query('{ customers(first: 1) { changesCursor } }')).data.customers
    .changesCursor;

/** Follows on a socket of its own, from before the members were kept or from `after` on. */
async function follow(
  name: StaffName,
  segmentId: string,
  { selection = selections.small, after }: { selection?: string; after?: string } = {},
): Promise<Stream> {
  const socket = connectSocket(server.socketUrl, server.as(name).token);
  sockets.push(socket);
  return socket.subscribe(
    `subscription($segmentId: ID!, $after: String) {
      segmentMembershipChanged(segmentId: $segmentId, after: $after) { cursor ${selection} }
    }`,
    { segmentId, after: after ?? (await cursorNow()) },
  );
}

const next = async (stream: Stream) => {
  const { data, errors } = await stream.next();
  expect(errors).toBeUndefined();
  return data.segmentMembershipChanged;
};

/** Follows, and returns when the members are kept, with the cursor of that place. */
async function begin(name: StaffName, segmentId: string): Promise<{ stream: Stream; after: string }> {
  const stream = await follow(name, segmentId);
  const began = await next(stream);
  expect(began.type).toBe('BULK_CHANGED');
  return { stream, after: began.cursor };
}

test.each([
  ['nothing of the file', selections.small],
  ['values of the file', selections.large],
])(
  'all who follow with the same rights and select %s are served by two statements',
  async (_what, selection) => {
    const industry = newIndustry();
    const segmentId = await newSegment({ industry: { eq: industry } });
    const { stream, after } = await begin('MANAGER', segmentId);
    stream.stop();
    // Each has been told of one file, so each is waiting for the next.
    const first = await newFile('SALES', { industry });
    const streams: Stream[] = [];
    for (let i = 0; i < 6; i += 1) streams.push(await follow('MANAGER', segmentId, { selection, after }));
    for (const one of streams) expect((await next(one)).customerId).toBe(first);

    server.statements.length = 0;
    const second = await newFile('SALES', { industry, stage: 'WON' });
    const told = await Promise.all(streams.map(next));
    expect(told[0]).toMatchObject({ type: 'ENTERED', customerId: second, cause: { kind: 'CHANGE' } });
    for (const one of told) expect(one).toEqual(told[0]);
    expect(server.statements.filter((text) => !text.includes('access_log'))).toHaveLength(2);
  },
);

test('each receives what their own rights show, and of values what they may read', async () => {
  const industry = newIndustry();
  const segmentId = await newSegment({ industry: { eq: industry } });
  const { stream, after } = await begin('MANAGER', segmentId);
  stream.stop();
  const selection = 'type customerId customer { id name creditLimit }';
  const names: StaffName[] = ['MANAGER', 'MANAGER', 'FINANCE', 'MARKETING', 'SALES', 'SALES_2'];
  const streams = await Promise.all(names.map((name) => follow(name, segmentId, { selection, after })));
  const id = await newFile('SALES', { industry, creditLimit: '5000' });
  const last = await newFile('SALES_2', { industry, creditLimit: '7000' });
  const toldOf = async (i: number, file: string) => {
    const { data, errors } = await (streams[i] as Stream).next();
    expect(data.segmentMembershipChanged.customerId, names[i]).toBe(file);
    return { credit: data.segmentMembershipChanged.customer.creditLimit, withheld: errors?.length ?? 0 };
  };
  const seen = await Promise.all(names.slice(0, 5).map((_, i) => toldOf(i, id)));
  const readable = { credit: '5000.00', withheld: 0 };
  expect(seen).toEqual([readable, readable, readable, { credit: null, withheld: 1 }, readable]);
  expect(await toldOf(5, last)).toEqual({ credit: '7000.00', withheld: 0 });
});

test('once the rule reads what a viewer may not read on a file, they receive nothing of it, whoever else does', async () => {
  const item = newIndustry();
  const segmentId = await newSegment({ needs: { some: { item: { eq: item } } } });
  const borrowed = await newFile('SALES_2');
  const own = await newFile('SALES');
  await server.db.execute(sql`insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
    values (${uuidOf(borrowed)}::uuid, ${server.as('SALES').uuid}::uuid, '{business}', '联合拜访', now() + interval '1 day')`);
  const { stream, after } = await begin('SALES', segmentId);
  const owner = await follow('SALES_2', segmentId, { after });
  await server.db.insert(need).values({ customerId: uuidOf(borrowed), item });
  expect(await next(stream)).toMatchObject({ type: 'ENTERED', customerId: borrowed });
  expect(await next(owner)).toMatchObject({ type: 'ENTERED', customerId: borrowed });

  const phone = `+86138${String(Date.now()).slice(-8)}`;
  await redefine(segmentId, { rule: { contacts: { some: { phone: { eq: phone } } } } });
  // By the new rule it has left; the lender may read what that asks, the borrower may not.
  expect(await next(owner)).toMatchObject({ type: 'LEFT', customerId: borrowed });
  for (const id of [borrowed, own]) {
    await server.db.insert(contact).values({ customerId: uuidOf(id), name: '张三', phone });
  }
  expect(await next(owner)).toMatchObject({ type: 'ENTERED', customerId: borrowed });
  expect(await next(stream)).toMatchObject({ type: 'ENTERED', customerId: own });
});

test('a role that may not read what the rule reads closes the socket and opens nothing; a segment inside that is hidden ends the stream', async () => {
  const industry = newIndustry();
  const inner = await newSegment({ industry: { eq: industry } });
  const outer = await newSegment({ inSegment: inner, contacts: { none: { phone: { eq: '1' } } } });
  const file = await newFile('SALES', { industry: '无' });
  const enter = (value: string) =>
    server.db
      .update(customer)
      .set({ industry: value })
      .where(eq(customer.id, uuidOf(file)));
  const { stream: service, after } = await begin('CUSTOMER_SERVICE', outer);
  const sales = await follow('SALES', outer, { after });
  await enter(industry);
  for (const stream of [service, sales])
    expect(await next(stream)).toMatchObject({ type: 'ENTERED', customerId: file });

  await server.db
    .update(employee)
    .set({ role: 'MARKETING' })
    .where(eq(employee.id, server.as('CUSTOMER_SERVICE').uuid));
  await enter('无');
  expect(await next(sales)).toMatchObject({ type: 'LEFT', customerId: file });
  expect(await service.ended).toMatchObject({ code: 4403 });
  const again = await follow('CUSTOMER_SERVICE', outer, { after });
  expect((await again.next()).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);

  await redefine(inner, { shared: false });
  await enter(industry);
  expect(await sales.ended).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect([...service.unread(), ...sales.unread()]).toEqual([]);
});
