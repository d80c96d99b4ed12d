import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Role } from '../../src/core/access/role.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket, type SocketClient, type Stream } from '../support/socket.ts';

let server: TestServer;
let file: { uuid: string; id: string; contact: string };
const open: SocketClient[] = [];
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  const [row] = await server.db
    .insert(customer)
    .values({ name: '上海第一精密机械有限公司', ownerId: server.as('SALES').uuid })
    .returning();
  const uuid = row?.id as string;
  const [person] = await server.db.insert(contact).values({ customerId: uuid, name: '王经理' }).returning();
  file = { uuid, id: encodeId('cus', uuid), contact: person?.id as string };
  await sequence();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
  for (const name of ['SALES', 'MANAGER', 'CUSTOMER_SERVICE'] as const) await become(name, Role[name]);
});

let lastCursor: string;

/** Gives what happened so far its place in the log, before whoever follows from now on. */
const sequence = () => server.db.execute(sql`select sequence_events(1000)`);

/** Follows the file from this moment on: the cursor holds it, whenever the subscription comes to stand. */
async function follow(name: StaffName, argument = `customerId: "${file.id}", `): Promise<Stream> {
  const { data } = await server.as(name).query('{ customerFileEvents { pageInfo { endCursor } } }');
  return followAfter(name, data.customerFileEvents.pageInfo.endCursor, argument);
}

function followAfter(name: StaffName, after: string, argument = `customerId: "${file.id}", `): Stream {
  const socket = connectSocket(server.socketUrl, server.as(name).token);
  open.push(socket);
  return socket.subscribe(
    `subscription Follow($after: String) { customerFileChanged(${argument}after: $after) { cursor type entityId customerId actor { id } changes { field newValue } customer { id creditLimit contacts { nodes { phone religion } } } } }`,
    { after },
  );
}

const become = (name: StaffName, role: Role) =>
  server.db
    .update(employee)
    .set({ role })
    .where(eq(employee.id, server.as(name).uuid));
/** Their role changes: the open socket closes, and they go on from the last event that was read. */
async function becomeAndComeBack(name: StaffName, role: Role, argument?: string): Promise<Stream> {
  const socket = open.at(-1) as SocketClient;
  await become(name, role);
  expect(await socket.closed).toBe(4403);
  return followAfter(name, lastCursor, argument);
}
const change = (values: Partial<typeof customer.$inferInsert>) =>
  server.db.update(customer).set(values).where(eq(customer.id, file.uuid));
const call = (phone: string) => server.db.update(contact).set({ phone }).where(eq(contact.id, file.contact));
const next = async (stream: Stream) => {
  const { data, errors } = await stream.next();
  const { cursor, ...event } = data?.customerFileChanged ?? {};
  if (cursor) lastCursor = cursor;
  return {
    ...event,
    refused: (errors ?? []).map(({ extensions }) => extensions?.field).sort(),
  };
};

async function grant(name: StaffName, classes: string[]): Promise<string> {
  const [row] = await server.db.execute<{ id: string }>(sql`
    insert into access_grant (customer_id, grantee_id, classes, purpose, consent_reference, expires_at)
    values (${file.uuid}, ${server.as(name).uuid}, ${`{${classes.join(',')}}`}::text[], '核对', '同意书', now() + interval '1 day') returning id`);
  return row?.id as string;
}

test('a role that is lowered closes the socket, and reads less of the very next event', async () => {
  let stream = await follow('MANAGER');
  await change({ creditLimit: '100000.00' });
  expect(await next(stream)).toMatchObject({
    changes: [{ field: 'creditLimit', newValue: '100000.00' }],
    customer: { creditLimit: '100000.00' },
  });
  stream = await becomeAndComeBack('MANAGER', Role.CUSTOMER_SERVICE);
  await change({ creditLimit: '200000.00' });
  expect(await next(stream)).toMatchObject({ changes: [], customer: { creditLimit: null } });
  stream = await becomeAndComeBack('MANAGER', Role.MARKETING);
  await call('+862161234567');
  expect(await next(stream)).toMatchObject({
    type: 'CONTACT_CHANGED',
    changes: [],
    customer: { contacts: { nodes: [{ phone: null }] } },
  });
});

/** Another file, the viewer's own, in the same stream: what it tells comes after all that was to be told before. */
async function followWithOwn(
  name: StaffName,
): Promise<{ stream: Stream; changeOwn: () => Promise<unknown>; own: string; argument: string }> {
  const [row] = await server.db
    .insert(customer)
    .values({ name: '上海第二精密机械有限公司', ownerId: server.as(name).uuid })
    .returning();
  const [everything] = await server.db
    .insert(segment)
    .values({ name: '全部', rule: {}, shared: true, ownerId: server.as('ADMIN').uuid })
    .returning({ id: segment.id });
  await sequence();
  const argument = `segmentId: "${encodeId('seg', everything?.id as string)}", `;
  const stream = await follow(name, argument);
  const changeOwn = () =>
    server.db
      .update(customer)
      .set({ industry: `${Math.random()}` })
      .where(eq(customer.id, row?.id as string));
  return { stream, changeOwn, own: encodeId('cus', row?.id as string), argument };
}

test('a role that no longer sees a file hears nothing of it', async () => {
  const { stream, changeOwn, own, argument } = await followWithOwn('MANAGER');
  await change({ industry: '机械' });
  expect(await next(stream)).toMatchObject({ customerId: file.id, changes: [{ newValue: '机械' }] });
  const later = await becomeAndComeBack('MANAGER', Role.SALES, argument);
  await change({ industry: '电子' });
  await call('+862161234567');
  await changeOwn();
  expect(await next(later)).toMatchObject({ customerId: own, type: 'UPDATED' });
});

test('a role that is raised closes the socket, and reads more of the very next event', async () => {
  const stream = await follow('CUSTOMER_SERVICE');
  await change({ industry: '机械' });
  expect(await next(stream)).toMatchObject({ customerId: file.id });
  const later = await becomeAndComeBack('CUSTOMER_SERVICE', Role.MANAGER);
  await change({ creditLimit: '300000.00' });
  expect(await next(later)).toMatchObject({
    changes: [{ field: 'creditLimit', newValue: '300000.00' }],
    customer: { creditLimit: '300000.00' },
  });
});

test.each([
  ['by time', 'expires_at = now()'],
  ['by recall', 'ended_at = now()'],
])('a grant that ends %s ends before the next event', async (_how, ending) => {
  const id = await grant('SALES_2', ['contact']);
  const { stream, changeOwn, own } = await followWithOwn('SALES_2');
  await call('+862161234567');
  expect(await next(stream)).toMatchObject({
    type: 'CONTACT_CHANGED',
    customer: { contacts: { nodes: [{ phone: '+862161234567' }] } },
  });
  await server.db.execute(sql`update access_grant set ${sql.raw(ending)} where id = ${id}`);
  await call('+862187654321');
  await change({ industry: '机械' });
  await changeOwn();
  const heard = [await next(stream)];
  while (heard.at(-1)?.customerId !== own) heard.push(await next(stream));
  // At most the one word that it is over.
  const nothing = { entityId: null, customer: null, changes: [], actor: null };
  const words = heard.filter(({ customerId }) => customerId === file.id);
  expect(words.length).toBeLessThanOrEqual(1);
  for (const word of words) expect(word).toMatchObject({ type: 'ACCESS_ENDED', ...nothing });
});

test('an owner who lost a file hears one contentless word of it; the new one hears that it is theirs', async () => {
  const former = await follow('SALES', '');
  const later = await follow('SALES_2', '');
  await change({ ownerId: server.as('SALES_2').uuid });
  expect(await next(former)).toEqual({
    type: 'ACCESS_ENDED',
    entityId: null,
    customerId: file.id,
    actor: null,
    changes: [],
    customer: null,
    refused: [],
  });
  expect(await next(later)).toMatchObject({ type: 'ACCESS_GAINED', customer: { id: file.id } });
  await change({ industry: '机械' });
  expect(await next(later)).toMatchObject({ type: 'UPDATED' });
  await change({ ownerId: server.as('SALES').uuid });
  expect(await next(former)).toMatchObject({ type: 'ACCESS_GAINED' });
});

test('who is disabled or signed out is disconnected, and hears nothing after', async () => {
  const stream = await follow('MARKETING');
  const socket = open.at(-1) as SocketClient;
  await server.db
    .update(employee)
    .set({ disabledAt: new Date().toISOString() })
    .where(eq(employee.id, server.as('MARKETING').uuid));
  await change({ industry: '机械' });
  expect(await socket.closed).toBe(4403);
  expect(stream.unread()).toEqual([]);
});
