import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee, team } from '../../src/domains/employee/employee.table.ts';
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

const socketOf = (name: StaffName): SocketClient => {
  const socket = connectSocket(server.socketUrl, server.as(name).token);
  sockets.push(socket);
  return socket;
};

let industries = 0;
/** An industry that no other test asks for. */
const newIndustry = () => `行业${++industries}`;

const newFile = async (
  owner: StaffName,
  fields: Partial<typeof customer.$inferInsert> = {},
): Promise<string> => {
  const [row] = await server.db
    .insert(customer)
    .values({ name: '上海华虹集成电路有限责任公司', ownerId: server.as(owner).uuid, ...fields })
    .returning();
  // Behind whatever comes next: else its opening may be the cause that is told.
  await server.db.execute(sql`select sequence_events(1000)`);
  return encodeId('cus', row?.id as string);
};
const change = (id: string, fields: Partial<typeof customer.$inferInsert>) =>
  server.db
    .update(customer)
    .set(fields)
    .where(eq(customer.id, uuidOf(id)));

const newSegment = async (owner: StaffName, rule: object, shared = true): Promise<string> => {
  const { data, errors } = await server
    .as(owner)
    .query('mutation($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }', {
      input: { name: '跟踪', rule, shared },
    });
  expect(errors).toBeUndefined();
  return data.createSegment.segment.id;
};

const cursorNow = async (): Promise<string> =>
  (await server.as('MANAGER').query('{ customers(first: 1) { changesCursor } }')).data.customers
    .changesCursor;

const subscription = `subscription($segmentId: ID!, $after: String) {
  segmentMembershipChanged(segmentId: $segmentId, after: $after) {
    cursor type customerId occurredAt
    customer { id stage }
    cause { kind version actor { id } changes { field oldValue newValue } }
  }
}`;

interface Told {
  cursor: string;
  type: string;
  customerId: string | null;
  cause: { kind: string } | null;
}
const next = async (stream: Stream): Promise<Told> => {
  const { data, errors } = await stream.next();
  expect(errors).toBeUndefined();
  return data.segmentMembershipChanged;
};

/** Follows from a cursor of before, so that the first event says that the members are kept from here on. */
async function follow(name: StaffName, segmentId: string): Promise<{ stream: Stream; cursor: string }> {
  const after = await cursorNow();
  const stream = socketOf(name).subscribe(subscription, { segmentId, after });
  const began = await next(stream);
  expect(began).toMatchObject({ type: 'BULK_CHANGED', customerId: null, cause: null });
  return { stream, cursor: began.cursor };
}

/** Follows what is live already, from the cursor at which it began. */
const followFrom = (name: StaffName, segmentId: string, after: string): Stream =>
  socketOf(name).subscribe(subscription, { segmentId, after });

/** The errors of a subscription that opened nothing. */
const refusalOf = async (stream: Stream) => {
  const { errors } = await stream.next();
  expect(await stream.ended).toBeUndefined();
  return errors?.[0]?.extensions;
};

test('a file that comes and leaves is reported with the change that caused it; to a sales person only of their own', async () => {
  const industry = newIndustry();
  const id = await newFile('SALES', { industry });
  const segmentId = await newSegment('MANAGER', { industry: { eq: industry }, stage: { eq: 'INTENT' } });
  const { stream, cursor } = await follow('SALES', segmentId);
  const stranger = followFrom('SALES_2', segmentId, cursor);

  const updated = await server
    .as('SALES')
    .query(
      'mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { version } } }',
      { input: { id, expectedVersion: 1, stage: 'INTENT' } },
    );
  expect(updated.errors).toBeUndefined();
  expect(await next(stream)).toMatchObject({
    type: 'ENTERED',
    customerId: id,
    customer: { id, stage: 'INTENT' },
    cause: {
      kind: 'CHANGE',
      version: 2,
      actor: { id: server.as('SALES').id },
      changes: [{ field: 'stage', oldValue: 'POTENTIAL', newValue: 'INTENT' }],
    },
  });
  await change(id, { archivedAt: '2026-01-01T00:00:00Z' });
  expect(await next(stream)).toMatchObject({
    type: 'LEFT',
    customerId: id,
    cause: { kind: 'CHANGE', version: 3 },
  });

  const theirs = await newFile('SALES_2', { industry, stage: 'INTENT' });
  expect(await next(stranger)).toMatchObject({ type: 'ENTERED', customerId: theirs });
  expect(stream.unread()).toEqual([]);
});

test('a file leaves by the passing of time alone', async () => {
  const segmentId = await newSegment('MANAGER', {
    needs: { some: { item: { eq: '离心机' }, createdAt: { withinLast: 'PT1H' } } },
  });
  const id = await newFile('SALES');
  const { stream } = await follow('MANAGER', segmentId);
  await server.db.insert(need).values({
    customerId: uuidOf(id),
    item: '离心机',
    createdAt: new Date(Date.now() - 3_598_500).toISOString(),
  });
  expect(await next(stream)).toMatchObject({ type: 'ENTERED', customerId: id, cause: { kind: 'CHANGE' } });
  expect(await next(stream)).toMatchObject({
    type: 'LEFT',
    customerId: id,
    cause: { kind: 'TIME', version: null, actor: null, changes: [] },
  });
});

test('a new rule, a new rule of a segment inside, and a team that changes move files with their own causes', async () => {
  const industry = newIndustry();
  const id = await newFile('SALES', { industry, stage: 'WON' });
  const inner = await newSegment('MANAGER', { stage: { eq: 'LOST' } });
  const outer = await newSegment('MANAGER', { industry: { eq: industry }, inSegment: inner });
  const byTeam = await newSegment('MANAGER', {
    industry: { eq: industry },
    owner: { team: { name: { eq: '二队' } } },
  });
  const { stream } = await follow('MANAGER', outer);
  const { stream: teamStream } = await follow('MANAGER', byTeam);
  const redefine = (segmentId: string, expectedVersion: number, rule: object) =>
    server
      .as('MANAGER')
      .query('mutation($input: UpdateSegmentInput!) { updateSegment(input: $input) { segment { id } } }', {
        input: { id: segmentId, expectedVersion, rule },
      });

  await redefine(inner, 1, { stage: { eq: 'WON' } });
  const redefined = { kind: 'REDEFINED', version: null, actor: { id: server.as('MANAGER').id }, changes: [] };
  expect(await next(stream)).toMatchObject({ type: 'ENTERED', customerId: id, cause: redefined });
  await redefine(outer, 1, { industry: { eq: '无' } });
  expect(await next(stream)).toMatchObject({ type: 'LEFT', customerId: id, cause: redefined });

  const [second] = await server.db.insert(team).values({ name: '二队' }).returning();
  await server.db
    .update(employee)
    .set({ teamId: second?.id as string })
    .where(eq(employee.id, server.as('SALES').uuid));
  expect(await next(teamStream)).toMatchObject({
    type: 'ENTERED',
    customerId: id,
    cause: { kind: 'REFERENCE' },
  });
});

test('whoever resumes after a break misses nothing and receives nothing twice', async () => {
  const industry = newIndustry();
  const segmentId = await newSegment('MANAGER', { industry: { eq: industry } });
  const { stream } = await follow('MANAGER', segmentId);
  const first = await newFile('SALES', { industry });
  const seen = await next(stream);
  expect(seen).toMatchObject({ type: 'ENTERED', customerId: first });
  stream.stop();

  const second = await newFile('SALES', { industry });
  await change(first, { industry: '无' });
  const resumed = followFrom('MANAGER', segmentId, seen.cursor);
  const told = [await next(resumed), await next(resumed)];
  expect(told.map(({ type, customerId }) => [type, customerId])).toEqual(
    expect.arrayContaining([
      ['ENTERED', second],
      ['LEFT', first],
    ]),
  );
  const again = followFrom('MANAGER', segmentId, told[0]?.cursor as string);
  expect((await next(again)).customerId).toBe(told[1]?.customerId);
  expect(resumed.unread()).toEqual([]);
});

test('a list taken before and followed from its cursor leads to the members as they are', async () => {
  const industry = newIndustry();
  const segmentId = await newSegment('MANAGER', { industry: { eq: industry } });
  await follow('MANAGER', segmentId);
  const { data } = await server
    .as('MANAGER')
    .query('query($id: ID!) { segment(id: $id) { members(first: 10) { changesCursor nodes { id } } } }', {
      id: segmentId,
    });
  const id = await newFile('SALES', { industry });
  const stream = followFrom('MANAGER', segmentId, data.segment.members.changesCursor);
  expect(await next(stream)).toMatchObject({ type: 'ENTERED', customerId: id });
});

test('of a file on which a class that the rule reads is withheld, neither coming nor leaving is reported', async () => {
  const phone = '+8613800001234';
  const segmentId = await newSegment('MANAGER', { contacts: { some: { phone: { eq: phone } } } });
  const borrowed = await newFile('SALES_2');
  const own = await newFile('SALES');
  await server.db.execute(sql`insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
    values (${uuidOf(borrowed)}::uuid, ${server.as('SALES').uuid}::uuid, '{business}', '联合拜访', now() + interval '1 day')`);
  const { stream } = await follow('SALES', segmentId);
  const add = (id: string) =>
    server.db.insert(contact).values({ customerId: uuidOf(id), name: '张三', phone });
  await add(borrowed);
  await add(own);
  expect(await next(stream)).toMatchObject({ type: 'ENTERED', customerId: own });
});

test('a former owner receives nothing after the handover, and nobody of a segment that is theirs no more', async () => {
  const industry = newIndustry();
  const id = await newFile('SALES', { industry });
  const marker = await newFile('SALES', { industry: '无' });
  const segmentId = await newSegment('MANAGER', { industry: { eq: industry }, tier: { eq: 'A' } });
  const { stream } = await follow('SALES', segmentId);
  await change(id, { ownerId: server.as('SALES_2').uuid });
  await change(id, { tier: 'A' });
  await change(marker, { industry, tier: 'A' });
  expect(await next(stream)).toMatchObject({ type: 'ENTERED', customerId: marker });

  await server.db
    .update(segment)
    .set({ shared: false })
    .where(eq(segment.id, uuidOf(segmentId)));
  await change(marker, { tier: 'B' });
  expect(await stream.ended).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  expect(stream.unread()).toEqual([]);
});

test('who may not see the segment or read what its rule reads is refused before anything opens', async () => {
  const hidden = await newSegment('MANAGER', { stage: { eq: 'WON' } }, false);
  const credit = await newSegment('MANAGER', { creditLimit: { gte: '100' } });
  const kept = async () =>
    (
      await server.db.execute(
        sql`select count(*)::int as n from live_segment where segment_id in (${uuidOf(hidden)}::uuid, ${uuidOf(credit)}::uuid)`,
      )
    )[0];
  expect(await refusalOf(socketOf('SALES').subscribe(subscription, { segmentId: hidden }))).toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await refusalOf(socketOf('MARKETING').subscribe(subscription, { segmentId: credit }))).toMatchObject(
    { code: 'FORBIDDEN' },
  );
  expect(await kept()).toEqual({ n: 0 });
  const bad = await refusalOf(
    socketOf('MANAGER').subscribe(subscription, { segmentId: server.as('SALES').id }),
  );
  expect(bad).toMatchObject({
    code: 'BAD_USER_INPUT',
    issues: [{ path: ['segmentId'], code: 'WRONG_ID_KIND' }],
  });
  const past = await newSegment('MANAGER', { history: { foundedOn: { was: { withinLast: 'P1Y' } } } });
  const unfollowable = await refusalOf(socketOf('MANAGER').subscribe(subscription, { segmentId: past }));
  expect(unfollowable).toMatchObject({ code: 'BAD_USER_INPUT', issues: [{ code: 'CANNOT_FOLLOW' }] });
});

test('an analyst, who reads apart from the others and no names, receives the same files', async () => {
  const industry = newIndustry();
  const segmentId = await newSegment('ANALYST', { industry: { eq: industry } });
  const { stream } = await follow('ANALYST', segmentId);
  const id = await newFile('SALES', { industry });
  expect(await next(stream)).toMatchObject({ type: 'ENTERED', customerId: id, customer: { id } });
});

test('a segment whose rule can no longer be followed ends its streams with the reason', async () => {
  const segmentId = await newSegment('MANAGER', { industry: { eq: newIndustry() } });
  const { stream } = await follow('MANAGER', segmentId);
  await server.db
    .update(segment)
    .set({ rule: { history: { foundedOn: { was: { withinLast: 'P1Y' } } } } })
    .where(eq(segment.id, uuidOf(segmentId)));
  expect(await stream.ended).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', issues: [{ path: ['segmentId'], code: 'CANNOT_FOLLOW' }] } },
  ]);
});
