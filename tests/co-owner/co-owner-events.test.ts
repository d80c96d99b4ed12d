import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket, type SocketClient, type Stream } from '../support/socket.ts';
import { openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
const sockets: SocketClient[] = [];
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await writing.close();
});

const selection = 'cursor type customerId entityId customer { id city } changes { field newValue }';
const follow = (name: StaffName, after: string, customerId?: string): Stream => {
  const socket = connectSocket(writing.server.socketUrl, writing.server.as(name).token);
  sockets.push(socket);
  return socket.subscribe(
    `subscription ($after: String, $customerId: ID) { customerFileChanged(after: $after, customerId: $customerId) { ${selection} } }`,
    { after, customerId },
  );
};
const next = async (stream: Stream) => (await stream.next()).data.customerFileChanged;
const poll = async (name: StaffName, after: string) =>
  (
    await writing.server
      .as(name)
      .query(`query ($after: String) { customerFileEvents(after: $after) { nodes { ${selection} } } }`, {
        after,
      })
  ).data.customerFileEvents.nodes as { type: string; customerId: string; customer: object | null }[];
const cursorNow = async (): Promise<string> => {
  // What was written before comes before it.
  await writing.db.execute(sql`select sequence_events(1000)`);
  const { data } = await writing.server
    .as('MANAGER')
    .query('{ customerFileEvents { pageInfo { endCursor } } }');
  return data.customerFileEvents.pageInfo.endCursor;
};
const change = (mutation: 'addCoOwner' | 'removeCoOwner', id: string, coOwnerId = writing.stranger.id) =>
  writing.manager.write(mutation, { id, coOwnerId }, '{ customer { id } }');
const move = (uuid: string, city: string) =>
  writing.db.update(customer).set({ city }).where(eq(customer.id, uuid));

test('a co-owner gains the file in their own feed, follows all its changes, and loses it without content', async () => {
  const file = await openFile(writing, writing.owner);
  const after = await cursorNow();
  const live = follow('SALES_2', after);
  await change('addCoOwner', file.id);
  expect(await next(live)).toMatchObject({
    type: 'ACCESS_GAINED',
    customerId: file.id,
    customer: { id: file.id },
  });
  await move(file.uuid, '苏州市');
  expect(await next(live)).toMatchObject({
    type: 'UPDATED',
    customerId: file.id,
    changes: [{ field: 'city', newValue: '苏州市' }],
  });
  await change('removeCoOwner', file.id);
  await move(file.uuid, '无锡市');
  const ended = await next(live);
  expect(ended).toMatchObject({ type: 'ACCESS_ENDED', customerId: file.id, customer: null, changes: [] });
  // What happened since is not theirs: the next they hear of is a file of their own.
  const own = await openFile(writing, writing.stranger);
  expect(await next(live)).toMatchObject({ type: 'CREATED', customerId: own.id });
});

test('who was offline meanwhile hears the same when they come back, over a socket and polled', async () => {
  const kept = await openFile(writing, writing.owner);
  const lost = await openFile(writing, writing.owner);
  const after = await cursorNow();
  await change('addCoOwner', kept.id);
  await change('addCoOwner', lost.id);
  await move(kept.uuid, '常州市');
  await move(lost.uuid, '常州市');
  await change('removeCoOwner', lost.id);
  const told: { type: string; customerId: string }[] = [];
  const stream = follow('SALES_2', after);
  while (told.at(-1)?.type !== 'ACCESS_ENDED') told.push(await next(stream));
  const seen = told.map(({ type, customerId }) => [type, customerId]);
  expect(seen).toEqual([
    ['ACCESS_GAINED', kept.id],
    ['UPDATED', kept.id],
    ['ACCESS_ENDED', lost.id],
  ]);
  expect((await poll('SALES_2', after)).map(({ type, customerId }) => [type, customerId])).toEqual(seen);
});

test('the owner, and whoever follows the file, hear who joined and who left', async () => {
  const file = await openFile(writing, writing.owner);
  const after = await cursorNow();
  await change('addCoOwner', file.id);
  await change('removeCoOwner', file.id);
  const owner = follow('SALES', after);
  const told = [await next(owner), await next(owner)];
  expect(told).toMatchObject([
    { type: 'CO_OWNER_ADDED', entityId: writing.stranger.id, changes: [{ field: 'coOwners' }] },
    { type: 'CO_OWNER_REMOVED', entityId: writing.stranger.id },
  ]);
  const service = follow('CUSTOMER_SERVICE', after, file.id);
  expect(await next(service)).toMatchObject({ type: 'CO_OWNER_ADDED', entityId: writing.stranger.id });
});

test('a co-owner who comes to own the file keeps it, and one stays when it goes to somebody else', async () => {
  const file = await openFile(writing, writing.owner);
  await change('addCoOwner', file.id);
  const after = await cursorNow();
  const live = follow('SALES_2', after);
  await writing.manager.write(
    'assignCustomer',
    { id: file.id, ownerId: writing.admin.id },
    '{ customer { id } }',
  );
  expect(await next(live)).toMatchObject({ type: 'OWNER_CHANGED', customer: { id: file.id } });
  await writing.db
    .update(customer)
    .set({ ownerId: uuidOf(writing.stranger.id) })
    .where(eq(customer.id, file.uuid));
  const types = [(await next(live)).type, (await next(live)).type];
  expect(types.sort()).toEqual(['ACCESS_GAINED', 'CO_OWNER_REMOVED']);
});

test('a co-owner who reads every file anyway receives an event when it becomes theirs and when it no longer is', async () => {
  const file = await openFile(writing, writing.owner);
  const after = await cursorNow();
  const live = follow('MANAGER', after);
  await change('addCoOwner', file.id, writing.manager.id);
  await change('removeCoOwner', file.id, writing.manager.id);
  expect(await next(live)).toMatchObject({ type: 'ACCESS_GAINED', customerId: file.id });
  expect(await next(live)).toMatchObject({ type: 'ACCESS_ENDED', customerId: file.id });
});
