import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { subscriptionsStand } from '../support/gauges.ts';
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

const socketOf = (name: StaffName): SocketClient => {
  const socket = connectSocket(server.socketUrl, server.as(name).token);
  sockets.push(socket);
  return socket;
};

const newFile = async (owner: StaffName): Promise<string> => {
  const [row] = await server.db
    .insert(customer)
    .values({ name: '上海华虹集成电路有限责任公司', ownerId: server.as(owner).uuid, creditLimit: '1000.00' })
    .returning();
  return encodeId('cus', row?.id as string);
};

/** A cursor from before what follows, so that no event is missed between subscribing and changing. */
const cursorNow = async (name: StaffName): Promise<string> =>
  (await server.as(name).query('{ customers(first: 1) { changesCursor } }')).data.customers.changesCursor;

const versionOf = async (id: string): Promise<number> =>
  (await server.as('MANAGER').query('query($id: ID!) { customer(id: $id) { version } }', { id })).data
    .customer.version;

const update = async (name: StaffName, id: string, fields: Record<string, unknown>) => {
  const input = { id, expectedVersion: await versionOf(id), ...fields };
  return server
    .as(name)
    .query(
      'mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { version } } }',
      { input },
    );
};

const assign = (id: string, to: StaffName) =>
  server
    .as('MANAGER')
    .query('mutation($input: AssignCustomerInput!) { assignCustomer(input: $input) { customer { id } } }', {
      input: { id, ownerId: server.as(to).id },
    });

/** The errors of a subscription that opened nothing: told in one result, then it is complete. */
const refusalOf = async (stream: Stream): Promise<unknown> => {
  const { errors } = await stream.next();
  expect(await stream.ended).toBeUndefined();
  return errors;
};

const subscription = `subscription($after: String, $customerId: ID) {
  customerFileChanged(after: $after, customerId: $customerId) {
    cursor type customerId entityId occurredAt
    actor { id }
    customer { id name version stage }
    changes { field oldValue newValue }
  }
}`;

test('the owner gets the typed change with old and new value, another sales person gets nothing', async () => {
  const id = await newFile('SALES');
  const after = await cursorNow('SALES');
  const owner = socketOf('SALES').subscribe(subscription, { after });
  const otherSocket = socketOf('SALES_2');
  const other = otherSocket.subscribe(subscription, { after });

  const updated = await update('SALES', id, { stage: 'INTENT', address: '上海市' });
  expect(updated.errors).toBeUndefined();
  let event = (await owner.next()).data.customerFileChanged;
  // The file's own opening may have been sequenced after the cursor was taken.
  while (event.type === 'CREATED') event = (await owner.next()).data.customerFileChanged;
  expect(event).toMatchObject({
    type: 'UPDATED',
    customerId: id,
    entityId: id,
    actor: { id: server.as('SALES').id },
    customer: { id, stage: 'INTENT', version: updated.data.updateCustomer.customer.version },
  });
  expect(event.changes).toEqual([
    { field: 'address', oldValue: null, newValue: '上海市' },
    { field: 'stage', oldValue: 'POTENTIAL', newValue: 'INTENT' },
  ]);

  // A change of their own comes through: whatever was to reach them before it has.
  const own = await newFile('SALES_2');
  const mine = (await other.next()).data.customerFileChanged;
  expect(mine).toMatchObject({ type: 'CREATED', customerId: own });
  expect(other.unread()).toEqual([]);
});

test('a subscriber that comes back with its last cursor gets what it missed, once and in order', async () => {
  const id = await newFile('SALES');
  const first = socketOf('SALES').subscribe(subscription, {
    after: await cursorNow('SALES'),
    customerId: id,
  });
  await update('SALES', id, { address: '苏州市' });
  let seen = (await first.next()).data.customerFileChanged;
  while (seen.type === 'CREATED') seen = (await first.next()).data.customerFileChanged;
  first.stop();

  await update('SALES', id, { address: '无锡市' });
  await update('SALES', id, { address: '常州市' });
  const second = socketOf('SALES').subscribe(subscription, { after: seen.cursor, customerId: id });
  const missed = [await second.next(), await second.next()].map(({ data }) => data.customerFileChanged);
  expect(missed.map(({ changes }) => changes[0].newValue)).toEqual(['无锡市', '常州市']);
  await update('SALES', id, { address: '镇江市' });
  expect((await second.next()).data.customerFileChanged.changes[0].newValue).toBe('镇江市');
});

test('a former owner gets one contentless ACCESS_ENDED and nothing after it; the new one gains access', async () => {
  const id = await newFile('SALES');
  const after = await cursorNow('MANAGER');
  await assign(id, 'SALES_2');
  await update('MANAGER', id, { address: '杭州市' });
  const marker = await newFile('SALES');

  const former = socketOf('SALES').subscribe(subscription, { after });
  const ended = (await former.next()).data.customerFileChanged;
  expect(ended).toMatchObject({
    type: 'ACCESS_ENDED',
    customerId: id,
    customer: null,
    actor: null,
    entityId: null,
    changes: [],
  });
  expect((await former.next()).data.customerFileChanged).toMatchObject({
    type: 'CREATED',
    customerId: marker,
  });

  const present = socketOf('SALES_2').subscribe(subscription, { after });
  expect((await present.next()).data.customerFileChanged).toMatchObject({
    type: 'ACCESS_GAINED',
    customerId: id,
    customer: { id },
  });
  expect((await present.next()).data.customerFileChanged).toMatchObject({ type: 'UPDATED', customerId: id });
});

test('a file the viewer cannot see opens nothing and looks like one that is not there', async () => {
  const foreign = await newFile('SALES');
  const missing = encodeId('cus', '00000000-0000-7000-8000-000000000000');
  const socket = socketOf('SALES_2');
  const errors = await Promise.all(
    [foreign, missing].map((customerId) => refusalOf(socket.subscribe(subscription, { customerId }))),
  );
  expect(errors[0]).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  expect(errors[1]).toEqual(errors[0]);
});

test('a client without a token is refused before anything opens', async () => {
  const socket = connectSocket(server.socketUrl, null);
  expect(await socket.closed).toBe(4403);
});

test('a change made past the API is delivered too', async () => {
  const id = await newFile('SALES');
  const stream = socketOf('SALES').subscribe(subscription, {
    after: await cursorNow('SALES'),
    customerId: id,
  });
  await server.db
    .update(customer)
    .set({ city: '宁波市' })
    .where(eq(customer.ownerId, server.as('SALES').uuid));
  let event = (await stream.next()).data.customerFileChanged;
  while (event.type === 'CREATED') event = (await stream.next()).data.customerFileChanged;
  expect(event).toMatchObject({ type: 'UPDATED', actor: null });
});

test('an altered cursor is refused', async () => {
  const cursor = await cursorNow('SALES');
  const altered = (cursor[0] === 'A' ? 'B' : 'A') + cursor.slice(1);
  expect(await refusalOf(socketOf('SALES').subscribe(subscription, { after: altered }))).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT' } },
  ]);
});

test('an event costs two round trips: who they are and whether they may know, then what they selected', async () => {
  // Nobody else listens.
  await Promise.all(sockets.splice(0).map((socket) => socket.close()));
  const id = await newFile('SALES');
  const socket = socketOf('SALES');
  const stream = socket.subscribe(subscription, { customerId: id });
  await subscriptionsStand(server, 1);
  await update('MANAGER', id, { address: '苏州市' });
  while ((await stream.next()).data.customerFileChanged.type === 'CREATED');
  server.statements.length = 0;
  await server.db
    .update(customer)
    .set({ city: '无锡市' })
    .where(eq(customer.ownerId, server.as('SALES').uuid));
  expect((await stream.next()).data.customerFileChanged).toMatchObject({ type: 'UPDATED', actor: null });
  expect(server.statements).toHaveLength(2);
});
