import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { giveBack, inDays, type Lending, lentFile, recall, startLending } from '../grant/granted-file.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket, type SocketClient, type Stream } from '../support/socket.ts';
import { openFile } from '../support/writing.ts';

let lending: Lending;
const sockets: SocketClient[] = [];
beforeAll(async () => {
  lending = await startLending();
});
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await lending.close();
});

const subscription = `subscription($after: String, $customerId: ID, $segmentId: ID) {
  customerFileChanged(after: $after, customerId: $customerId, segmentId: $segmentId) {
    cursor type customerId customer { city address } changes { field newValue } actor { id }
  }
}`;

const follow = (name: StaffName, variables: Record<string, unknown>): Stream => {
  const socket = connectSocket(lending.server.socketUrl, lending.server.as(name).token);
  sockets.push(socket);
  return socket.subscribe(subscription, variables);
};
const next = async (stream: Stream) => (await stream.next()).data.customerFileChanged;
const cursorNow = async (): Promise<string> => {
  // What was written before comes before it.
  await lending.db.execute(sql`select sequence_events(1000)`);
  const { data } = await lending.server
    .as('MANAGER')
    .query('{ customerFileEvents { pageInfo { endCursor } } }');
  return data.customerFileEvents.pageInfo.endCursor;
};
const moveTo = (uuid: string, city: string) =>
  lending.db.update(customer).set({ city }).where(eq(customer.id, uuid));

const segmentOf = async (rule: object): Promise<string> => {
  const { payload } = await lending.manager.write(
    'createSegment',
    { name: `客户分群${Math.random()}`, rule, shared: true },
    '{ segment { id } }',
  );
  return payload.segment.id;
};

test('a segment’s follower hears of files that are members at delivery, of those the viewer may see, and of no others', async () => {
  const segmentId = await segmentOf({ city: { in: ['苏州市', '无锡市'] } });
  const after = await cursorNow();
  const member = await openFile(lending, lending.owner, { city: '苏州市' });
  const outsider = await openFile(lending, lending.owner, { city: '北京市' });
  const foreign = await openFile(lending, lending.stranger, { city: '苏州市' });
  await moveTo(member.uuid, '无锡市');

  const owner = follow('SALES', { segmentId, after });
  expect(await next(owner)).toMatchObject({ type: 'CREATED', customerId: member.id });
  expect(await next(owner)).toMatchObject({ type: 'UPDATED', customerId: member.id });
  await moveTo(outsider.uuid, '苏州市');
  expect(await next(owner)).toMatchObject({ type: 'UPDATED', customerId: outsider.id });
  await moveTo(member.uuid, '天津市');
  await moveTo(outsider.uuid, '无锡市');
  expect(await next(owner)).toMatchObject({ customerId: outsider.id, changes: [{ newValue: '无锡市' }] });

  const manager = follow('MANAGER', { segmentId, after });
  expect(await next(manager)).toMatchObject({ customerId: outsider.id });
  expect(await next(manager)).toMatchObject({ type: 'CREATED', customerId: foreign.id });
});

test('a segment that one cannot see, or whose rule reads what one may not, opens nothing', async () => {
  const credit = await segmentOf({ creditLimit: { gte: '1' } });
  expect((await follow('CUSTOMER_SERVICE', { segmentId: credit }).next()).errors).toMatchObject([
    { extensions: { code: 'FORBIDDEN' } },
  ]);
  const { payload } = await lending.manager.write(
    'createSegment',
    { name: '私', rule: {} },
    '{ segment { id } }',
  );
  expect((await follow('SALES', { segmentId: payload.segment.id }).next()).errors).toMatchObject([
    { extensions: { code: 'NOT_FOUND' } },
  ]);
});

test('a segment that is taken away ends its stream with NOT_FOUND', async () => {
  const segmentId = await segmentOf({ city: { eq: '苏州市' } });
  const after = await cursorNow();
  await openFile(lending, lending.owner, { city: '苏州市' });
  const stream = follow('SALES', { segmentId, after });
  expect(await next(stream)).toMatchObject({ type: 'CREATED' });
  await lending.manager.write('deleteSegment', { id: segmentId }, '{ deletedId }').catch(() => {});
  await lending.db.execute(sql`delete from segment where id = ${uuidOf(segmentId)}`);
  await openFile(lending, lending.owner, { city: '苏州市' });
  expect(await stream.ended).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
});

test.each([
  ['recalled', (grantId: string) => recall(lending.leader, grantId)],
  ['returned', (grantId: string) => giveBack(lending.borrower, grantId)],
  [
    'over by time',
    (grantId: string) =>
      lending.db
        .update(accessGrant)
        .set({ expiresAt: sql`now()` })
        .where(eq(accessGrant.id, uuidOf(grantId))),
  ],
])(
  'the grantee of a file gains access, and receives one contentless ACCESS_ENDED when the grant is %s',
  async (_how, end) => {
    const after = await cursorNow();
    const { file, grantId } = await lentFile(lending, { classes: ['CONTACT'], until: inDays(3) });
    const stream = follow('SALES_2', { after });
    expect(await next(stream)).toMatchObject({
      type: 'ACCESS_GAINED',
      customerId: file.id,
      customer: { address: '张江路1号' },
    });
    await end(grantId);
    let event = await next(stream);
    while (event.type === 'ACCESS_CHANGED') event = await next(stream);
    expect(event).toMatchObject({
      type: 'ACCESS_ENDED',
      customerId: file.id,
      customer: null,
      actor: null,
      changes: [],
    });

    // Returned after its time: the end is not told again.
    await giveBack(lending.borrower, grantId);
    await moveTo(file.uuid, '秘密市');
    const own = await openFile(lending, lending.borrower);
    expect(await next(stream)).toMatchObject({ type: 'CREATED', customerId: own.id });
  },
);

test('who follows one granted file receives its changes while the grant lasts, the end once, and nothing after', async () => {
  const { file, grantId } = await lentFile(lending, { until: inDays(3) });
  const stream = follow('SALES_2', { customerId: file.id, after: await cursorNow() });
  await moveTo(file.uuid, '苏州市');
  expect(await next(stream)).toMatchObject({
    type: 'UPDATED',
    changes: [{ field: 'city', newValue: '苏州市' }],
  });
  await recall(lending.leader, grantId);
  expect(await next(stream)).toMatchObject({ type: 'ACCESS_ENDED', customer: null });
  await moveTo(file.uuid, '秘密市');
  await lending.db.execute(sql`
    insert into contact (customer_id, name) select ${file.uuid}, '批量' || n from generate_series(1, 1100) n`);
  const again = await lentFile(lending, { until: inDays(3) });
  const marker = follow('SALES_2', { customerId: again.file.id, after: await cursorNow() });
  await moveTo(again.file.uuid, '无锡市');
  // The file's opening and the loan may have been given their places after the cursor was taken.
  while ((await next(marker)).type !== 'UPDATED');
  expect(stream.unread()).toEqual([]);
});

test('the socket of an employee who is disabled closes with 4403, and delivers nothing more', async () => {
  const { server, db } = lending;
  const [row] = await db
    .select()
    .from(employee)
    .where(eq(employee.id, server.as('MARKETING').uuid));
  const socket = connectSocket(server.socketUrl, server.as('MARKETING').token);
  const file = await openFile(lending, lending.owner);
  const stream = socket.subscribe(subscription, { customerId: file.id, after: await cursorNow() });
  await moveTo(file.uuid, '苏州市');
  // The file's opening may have been given its place after the cursor was taken.
  while ((await next(stream)).type === 'CREATED');
  await db.update(employee).set({ disabledAt: sql`now()` }).where(eq(employee.id, row!.id));
  await moveTo(file.uuid, '无锡市');
  expect(await socket.closed).toBe(4403);
  expect(stream.unread().filter(({ data }) => data)).toEqual([]);
  await db.update(employee).set({ disabledAt: null }).where(eq(employee.id, row!.id));
});
