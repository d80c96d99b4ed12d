import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { subscriptionsStand } from '../support/gauges.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';
import { type Colleague, openFile } from '../support/writing.ts';
import {
  approve,
  ask,
  askedFile,
  decline,
  expire,
  giveBack,
  giveBackOverdue,
  type Lending,
  lentFile,
  recall,
  startLending,
  withdraw,
} from './granted-file.ts';

let lending: Lending;
beforeAll(async () => {
  lending = await startLending();
});
afterAll(() => lending.close());

const follow = `subscription ($after: String) { accessRequestChanged(after: $after) {
  cursor type request { id status purpose requester { id } grant { status } } } }`;

async function openStream(who: StaffName, after?: string) {
  const socket = connectSocket(lending.server.socketUrl, lending.server.as(who).token);
  const stream = socket.subscribe(follow, { after });
  if (!after) await subscriptionsStand(lending.server, 1);
  const next = async () => (await stream.next()).data?.accessRequestChanged;
  return { next, unread: stream.unread, close: socket.close };
}

const lapse = () => lending.db.execute(sql`select lapse_grants(1000)`);

const endings: [string, string[], (step: Lending) => Promise<unknown>][] = [
  [
    'declined',
    ['REQUESTED', 'DECLINED'],
    async () => decline(lending.leader, (await askedFile(lending)).requestId),
  ],
  [
    'withdrawn',
    ['REQUESTED', 'WITHDRAWN'],
    async () => withdraw(lending.borrower, (await askedFile(lending)).requestId),
  ],
  [
    'decided by nobody in time',
    ['REQUESTED', 'LAPSED'],
    async () => {
      const { requestId } = await askedFile(lending);
      await lending.db.execute(
        sql`update access_request set until = now() - interval '1 second' where id = ${uuidOf(requestId)}`,
      );
      await lapse();
    },
  ],
  [
    'approved and the file returned',
    ['REQUESTED', 'APPROVED', 'GRANT_ENDED'],
    async () => giveBack(lending.borrower, (await lentFile(lending)).grantId),
  ],
  [
    'approved and the grant recalled',
    ['REQUESTED', 'APPROVED', 'GRANT_ENDED'],
    async () => recall(lending.owner, (await lentFile(lending)).grantId),
  ],
  [
    'approved and the time over',
    ['REQUESTED', 'APPROVED', 'GRANT_EXPIRED'],
    async () => {
      await expire(lending, (await lentFile(lending)).grantId);
      await lapse();
      await lapse();
    },
  ],
];

test.each(endings)(
  'the owner hears each step of a request on their file that is %s, once',
  async (_how, steps, end) => {
    const stream = await openStream('SALES');
    await end(lending);
    const heard = [];
    for (const _step of steps) heard.push(await stream.next());
    expect(heard.map(({ type }) => type)).toEqual(steps);
    expect(new Set(heard.map(({ request }) => request.id)).size).toBe(1);
    expect(heard[0].request).toMatchObject({ purpose: '代为回访', requester: { id: lending.borrower.id } });
    expect(stream.unread()).toEqual([]);
    await stream.close();
    await giveBackOverdue(lending);
  },
);

const listed = async (who: StaffName, list: 'accessRequests' | 'accessGrants', id: string) => {
  const { data } = await lending.server.as(who).query(`{ ${list}(first: 200) { nodes { id } } }`);
  return data[list].nodes.some((node: { id: string }) => node.id === id);
};

test('the owner finds requests and grants on their file in the lists, and decides none', async () => {
  const { requestId } = await askedFile(lending);
  expect(await listed('SALES', 'accessRequests', requestId)).toBe(true);
  expect((await approve(lending.owner, requestId)).code).toBe('FORBIDDEN');
  expect((await decline(lending.owner, requestId)).code).toBe('FORBIDDEN');
  expect((await withdraw(lending.owner, requestId)).code).toBe('FORBIDDEN');
  const { grantId } = await lentFile(lending);
  expect(await listed('SALES', 'accessGrants', grantId)).toBe(true);
});

test('after an assignment the new owner hears the next steps, resumed too, and the former one nothing more', async () => {
  const file = await openFile(lending, lending.owner);
  const { payload } = await ask(lending.service, { customerId: file.id, classes: ['SPECIAL'] });
  const requestId: string = payload.request.id;
  const former = await openStream('SALES');
  const next = await openStream('SALES_2');
  // A place in the log for whoever comes back later.
  await askedBy(lending.borrower);
  const { cursor } = await next.next();
  await next.close();
  await lending.db
    .update(customer)
    .set({ ownerId: uuidOf(lending.borrower.id) })
    .where(eq(customer.id, file.uuid));
  expect(await listed('SALES', 'accessRequests', requestId)).toBe(false);
  expect(await listed('SALES_2', 'accessRequests', requestId)).toBe(true);
  await withdraw(lending.service, requestId);
  const again = await openStream('SALES_2', cursor);
  expect(await again.next()).toMatchObject({ type: 'WITHDRAWN', request: { id: requestId } });
  // Something the former owner may hear comes after it: what is not before it was not delivered.
  const last = await askedBy(lending.borrower);
  const heard = [await former.next(), await former.next()];
  expect(heard.map(({ request }) => request.id)).not.toContain(requestId);
  expect(heard.at(-1).request.id).toBe(last);
  await Promise.all([former.close(), again.close()]);
});

/** A colleague's request for a fresh file of the owner's. */
async function askedBy(colleague: Colleague): Promise<string> {
  const file = await openFile(lending, lending.owner);
  const { payload } = await ask(colleague, { customerId: file.id });
  return payload.request.id;
}
