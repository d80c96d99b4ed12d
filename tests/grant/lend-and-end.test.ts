import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { subscriptionsStand } from '../support/gauges.ts';
import { connectSocket, type Stream } from '../support/socket.ts';
import { addContact, missingId } from '../support/writing.ts';
import {
  approve,
  askedFile,
  expire,
  giveBack,
  type Lending,
  lentFile,
  recall,
  startLending,
} from './granted-file.ts';

let lending: Lending;
beforeAll(async () => {
  lending = await startLending();
});
afterAll(() => lending.close());

const readsAddress = async (customerId: string): Promise<boolean> => {
  const query = 'query ($id: ID!) { customer(id: $id) { address } }';
  const { data } = await lending.server.as('SALES_2').query(query, { id: customerId });
  return data.customer?.address === '张江路1号';
};

/** A place in the log behind all that was written: what follows from there misses nothing, whenever it comes to stand. */
const placeNow = async (): Promise<string> => {
  await lending.db.execute(sql`select sequence_events(1000000)`);
  const { data } = await lending.server.as('SALES').query('{ customers(first: 1) { changesCursor } }');
  return data.customers.changesCursor;
};
const openStream = async (query: string, variables?: Record<string, unknown>) => {
  const after = await placeNow();
  const socket = connectSocket(lending.server.socketUrl, lending.server.as('SALES_2').token);
  return { ...socket.subscribe(query, { ...variables, after }), close: socket.close };
};
const followFile =
  'subscription ($id: ID, $after: String) { customerFileChanged(customerId: $id, after: $after) { type customerId customer { address } } }';

test('a returned file is closed at once, and returning it again leaves no trace', async () => {
  const { file, grantId } = await lentFile(lending);
  expect(await readsAddress(file.id)).toBe(true);
  const first = await giveBack(lending.borrower, grantId);
  expect(first.payload.grant).toMatchObject({
    status: 'RETURNED',
    endReason: 'RETURNED',
    endedBy: { id: lending.borrower.id },
  });
  expect(await readsAddress(file.id)).toBe(false);
  const second = await giveBack(lending.borrower, grantId);
  expect(second.payload.grant.endedAt).toBe(first.payload.grant.endedAt);
});

test('only the grantee returns a file', async () => {
  const { grantId } = await lentFile(lending);
  expect((await giveBack(lending.leader, grantId)).code).toBe('FORBIDDEN');
  expect((await giveBack(lending.service, grantId)).code).toBe('NOT_FOUND');
  expect((await giveBack(lending.borrower, missingId('grant'))).code).toBe('NOT_FOUND');
  expect((await giveBack(lending.borrower, missingId('cus'))).issues).toEqual([
    'input.grantId WRONG_ID_KIND',
  ]);
});

test.each(['leader', 'owner', 'manager', 'steward', 'admin'] as const)(
  'the %s recalls a grant at once',
  async (name) => {
    const { file, grantId } = await lentFile(lending);
    expect(await readsAddress(file.id)).toBe(true);
    expect((await recall(lending[name], grantId)).payload.grant.status).toBe('RECALLED');
    expect(await readsAddress(file.id)).toBe(false);
  },
);

test('neither the grantee nor a stranger recalls a grant', async () => {
  const { grantId } = await lentFile(lending);
  expect((await recall(lending.borrower, grantId)).code).toBe('FORBIDDEN');
  expect((await recall(lending.service, grantId)).code).toBe('NOT_FOUND');
});

test('a grant whose time is over opens nothing, is overdue, and can still be returned', async () => {
  const { file, grantId } = await lentFile(lending);
  await expire(lending, grantId);
  expect(await readsAddress(file.id)).toBe(false);
  const register =
    'query ($status: AccessGrantStatus) { accessGrants(filter: { status: { eq: $status } }) { nodes { id status grantee { id } card { companyName } } } }';
  const overdue = async () => {
    const { data } = await lending.server.as('DATA_STEWARD').query(register, { status: 'OVERDUE' });
    return data.accessGrants.nodes.map(({ id, grantee }: { id: string; grantee: { id: string } }) => [
      id,
      grantee.id,
    ]);
  };
  expect(await overdue()).toEqual([[grantId, lending.borrower.id]]);
  expect((await giveBack(lending.borrower, grantId)).payload.grant.status).toBe('RETURNED');
  expect(await overdue()).toEqual([]);
});

test('grants are seen by grantee, approver, owner and overseers, and by nobody else', async () => {
  const { grantId } = await lentFile(lending);
  const sees = async (name: 'SALES' | 'SALES_2' | 'FINANCE' | 'MANAGER' | 'CUSTOMER_SERVICE' | 'ANALYST') => {
    const { data } = await lending.server.as(name).query('{ accessGrants(first: 200) { nodes { id } } }');
    return data.accessGrants.nodes.some(({ id }: { id: string }) => id === grantId);
  };
  for (const name of ['SALES', 'SALES_2', 'FINANCE', 'MANAGER'] as const)
    expect(await sees(name), name).toBe(true);
  for (const name of ['CUSTOMER_SERVICE', 'ANALYST'] as const) expect(await sees(name), name).toBe(false);
});

test('a list of grants with their cards takes three statements however many there are', async () => {
  const list = (first: number) =>
    `{ accessGrants(first: ${first}) { nodes { status card { companyName } customer { name } } } }`;
  for (let i = 0; i < 3; i++) await lentFile(lending);
  const [one, many] = [
    await lending.server.as('MANAGER').query(list(1)),
    await lending.server.as('MANAGER').query(list(50)),
  ];
  expect(many.errors).toBeUndefined();
  expect([one.statements, many.statements]).toEqual([3, 3]);
});

test('no condition on a grant or a request reaches into the file', async () => {
  for (const list of ['accessGrants', 'accessRequests']) {
    const answer = await lending.server
      .as('SALES_2')
      .query(`{ ${list}(filter: { customer: { creditLimit: { gte: "1" } } }) { totalCount } }`);
    expect(answer.errors?.[0]?.message).toMatch(/customer/);
    expect(answer.data).toBeUndefined();
  }
});

test('the grantee receives the grant and its end, and between them the file’s events if they follow it', async () => {
  const { file, requestId } = await askedFile(lending);
  const own = await openStream(followFile);
  const { payload } = await approve(lending.leader, requestId);
  expect((await own.next()).data?.customerFileChanged).toMatchObject({
    type: 'ACCESS_GAINED',
    customerId: file.id,
    customer: { address: '张江路1号' },
  });
  const ofFile = await openStream(followFile, { id: file.id });
  await addContact(lending, file.uuid);
  expect((await ofFile.next()).data?.customerFileChanged.type).toBe('CONTACT_ADDED');
  await recall(lending.owner, payload.request.grant.id);
  const ended = { type: 'ACCESS_ENDED', customerId: file.id, customer: null };
  expect((await own.next()).data?.customerFileChanged).toEqual(ended);
  expect((await ofFile.next()).data?.customerFileChanged).toEqual(ended);
  await Promise.all([own.close(), ofFile.close()]);
});

test('a loan that runs out while a subscription is open lets no further event through', async () => {
  const { file, grantId } = await lentFile(lending);
  const ofFile = await openStream(followFile, { id: file.id });
  await addContact(lending, file.uuid);
  expect((await ofFile.next()).data?.customerFileChanged.type).toBe('CONTACT_ADDED');
  await expire(lending, grantId);
  await addContact(lending, file.uuid, { name: '秘密联系人' });
  const after = await placeNow();
  const owner = connectSocket(lending.server.socketUrl, lending.server.as('SALES').token);
  const events = owner.subscribe(followFile, { id: file.id, after });
  await addContact(lending, file.uuid, { name: '又一联系人' });
  await events.next();
  expect(JSON.stringify(ofFile.unread())).not.toMatch(/CONTACT_ADDED|联系人/);
  await Promise.all([ofFile.close(), owner.close()]);
  await giveBack(lending.borrower, grantId);
});

test('requester and approver receive every step, and nobody else does', async () => {
  const follow = 'subscription { accessRequestChanged { type request { id status grant { status } } } }';
  const [borrower, leader, stranger] = (['SALES_2', 'FINANCE', 'CUSTOMER_SERVICE'] as const).map((name) =>
    connectSocket(lending.server.socketUrl, lending.server.as(name).token),
  );
  const streams = [borrower!, leader!, stranger!].map((socket) => socket.subscribe(follow));
  await subscriptionsStand(lending.server, 3);
  const { requestId, grantId } = await lentFile(lending);
  await giveBack(lending.borrower, grantId);
  for (const stream of streams.slice(0, 2)) {
    const steps = [];
    while (steps.length < 3) {
      const step = (await stream.next()).data?.accessRequestChanged;
      // Grants of the tests before may run out meanwhile.
      if (step.request.id === requestId) steps.push(step);
    }
    expect(steps.map(({ type }) => type)).toEqual(['REQUESTED', 'APPROVED', 'GRANT_ENDED']);
    expect(steps[2].request).toMatchObject({ status: 'APPROVED', grant: { status: 'RETURNED' } });
  }
  expect(streams[2]?.unread()).toEqual([]);
  await Promise.all([borrower!.close(), leader!.close(), stranger!.close()]);
});

/** The next step of a request. Grants of other tests expire meanwhile, and the approver hears of those too. */
const nextRequested = async (stream: Stream) => {
  for (;;) {
    const step = (await stream.next()).data?.accessRequestChanged;
    if (step.type === 'REQUESTED') return step;
  }
};

test('steps missed while away are delivered when the subscription resumes from its cursor', async () => {
  const follow =
    'subscription ($after: String) { accessRequestChanged(after: $after) { cursor type request { id } } }';
  const socket = connectSocket(lending.server.socketUrl, lending.server.as('FINANCE').token);
  const stream = socket.subscribe(follow);
  await subscriptionsStand(lending.server, 1);
  await askedFile(lending);
  const { cursor } = await nextRequested(stream);
  await socket.close();
  const { requestId } = await askedFile(lending);
  const again = connectSocket(lending.server.socketUrl, lending.server.as('FINANCE').token);
  const step = await nextRequested(again.subscribe(follow, { after: cursor }));
  expect(step.request.id).toBe(requestId);
  await again.close();
});

test('a request is no event for the followers of the file', async () => {
  const socket = connectSocket(lending.server.socketUrl, lending.server.as('SALES').token);
  const stream = socket.subscribe(followFile, { after: await placeNow() });
  const { file } = await askedFile(lending);
  await addContact(lending, file.uuid);
  const types = [await stream.next(), await stream.next()].map(({ data }) => data?.customerFileChanged.type);
  expect(types).toEqual(['CREATED', 'CONTACT_ADDED']);
  await socket.close();
});
