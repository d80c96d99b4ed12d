import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { type Colleague, openFile } from '../support/writing.ts';
import {
  approve,
  ask,
  askedFile,
  decline,
  expire,
  giveBack,
  inDays,
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

const renew = (by: Colleague, grantId: string, until: string) =>
  by.write(
    'renewGrant',
    { grantId, until },
    '{ request { id status until classes purpose grant { id } renews { id } } }',
  );
const endOf = async (grantId: string): Promise<number> => {
  const [row] = await lending.db
    .select({ expiresAt: accessGrant.expiresAt })
    .from(accessGrant)
    .where(eq(accessGrant.id, uuidOf(grantId)));
  return Date.parse(row?.expiresAt.replace(/\+00$/, 'Z') as string);
};

test('a renewal is a request: until it is approved the grant ends as before, and then the same grant runs on', async () => {
  const { grantId } = await lentFile(lending);
  const before = await endOf(grantId);
  const until = inDays(30);
  const { payload } = await renew(lending.borrower, grantId, until);
  expect(payload.request).toMatchObject({
    status: 'PENDING',
    classes: ['CONTACT'],
    purpose: '代为回访',
    grant: null,
    renews: { id: grantId },
  });
  expect(await endOf(grantId)).toBe(before);
  const approved = await approve(lending.leader, payload.request.id);
  expect(approved.payload.request).toMatchObject({ status: 'APPROVED', grant: null });
  expect(await endOf(grantId)).toBe(Date.parse(until));
  expect((await giveBack(lending.borrower, grantId)).payload.grant.status).toBe('RETURNED');
});

test('who approves a renewal may end it earlier than requested, but not before the present end', async () => {
  const { grantId } = await lentFile(lending);
  const { payload } = await renew(lending.borrower, grantId, inDays(30));
  const early = await approve(lending.leader, payload.request.id, { until: inDays(1) });
  expect(early.issues).toEqual(['input.until NOT_LATER']);
  const until = inDays(14);
  await approve(lending.leader, payload.request.id, { until });
  expect(await endOf(grantId)).toBe(Date.parse(until));
});

test('a renewal that is declined changes nothing, and another may be requested', async () => {
  const { grantId } = await lentFile(lending);
  const before = await endOf(grantId);
  const first = await renew(lending.borrower, grantId, inDays(20));
  await decline(lending.leader, first.payload.request.id, '已够用');
  expect(await endOf(grantId)).toBe(before);
  expect((await renew(lending.borrower, grantId, inDays(10))).payload.request.status).toBe('PENDING');
});

test('a repeated call is the same request, and another end beside it conflicts', async () => {
  const { grantId } = await lentFile(lending);
  const until = inDays(20);
  const first = await renew(lending.borrower, grantId, until);
  const again = await renew(lending.borrower, grantId, until);
  expect(again.payload.request.id).toBe(first.payload.request.id);
  expect((await renew(lending.borrower, grantId, inDays(21))).code).toBe('CONFLICT');
});

test('only the grantee renews, a later end within 90 days, and what has ended not at all', async () => {
  const { grantId } = await lentFile(lending);
  expect((await renew(lending.leader, grantId, inDays(20))).code).toBe('FORBIDDEN');
  expect((await renew(lending.service, grantId, inDays(20))).code).toBe('NOT_FOUND');
  expect((await renew(lending.borrower, grantId, inDays(1))).issues).toEqual(['input.until NOT_LATER']);
  expect((await renew(lending.borrower, grantId, inDays(91))).issues).toEqual([
    'input.until UNTIL_OUT_OF_BOUNDS',
  ]);
  await recall(lending.owner, grantId);
  const ended = await renew(lending.borrower, grantId, inDays(20));
  expect(ended.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', status: 'RECALLED' });
});

test('nobody approves a renewal of what was returned meanwhile, and it settles itself', async () => {
  const { file, grantId } = await lentFile(lending);
  const { payload } = await renew(lending.borrower, grantId, inDays(20));
  await giveBack(lending.borrower, grantId);
  expect((await approve(lending.leader, payload.request.id)).code).toBe('CONFLICT');
  // At once for who requests the file again, and by the sweep for who would decide.
  const { payload: next } = await ask(lending.borrower, { customerId: file.id });
  expect(next.request.status).toBe('PENDING');
  const other = await lentFile(lending);
  const late = await renew(lending.borrower, other.grantId, inDays(20));
  await giveBack(lending.borrower, other.grantId);
  await lending.db.execute(sql`select lapse_grants(100)`);
  const { data } = await lending.server
    .as('FINANCE')
    .query('query ($id: ID!) { node(id: $id) { ... on AccessRequest { status } } }', {
      id: late.payload.request.id,
    });
  expect(data.node.status).toBe('LAPSED');
});

test('who has an overdue file gets no other, and no renewal, until it is returned', async () => {
  const waiting = await askedFile(lending);
  const kept = await lentFile(lending);
  const late = await lentFile(lending);
  await expire(lending, late.grantId);
  const refusal = { code: 'CONFLICT', reason: 'OVERDUE_FILE', grantIds: [late.grantId] };
  const file = await openFile(lending, lending.owner);
  const asked = await ask(lending.borrower, { customerId: file.id, classes: ['CREDIT'] });
  expect(asked.errors[0]?.extensions).toMatchObject(refusal);
  const renewed = await renew(lending.borrower, kept.grantId, inDays(20));
  expect(renewed.errors[0]?.extensions).toMatchObject(refusal);
  const overdue = await renew(lending.borrower, late.grantId, inDays(20));
  expect(overdue.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', status: 'OVERDUE' });
  // Who decides learns that, and not of which files.
  const approved = await approve(lending.leader, waiting.requestId);
  expect(approved.errors[0]?.extensions).toEqual(
    expect.objectContaining({ code: 'CONFLICT', reason: 'REQUESTER_OVERDUE' }),
  );
  expect(approved.errors[0]?.extensions).not.toHaveProperty('grantIds');
  await giveBack(lending.borrower, late.grantId);
  expect((await approve(lending.leader, waiting.requestId)).payload.request.status).toBe('APPROVED');
  expect((await renew(lending.borrower, kept.grantId, inDays(20))).payload.request.status).toBe('PENDING');
});

test('a loan slip has a number that stays, and names its renewals', async () => {
  const { grantId } = await lentFile(lending);
  const { payload } = await renew(lending.borrower, grantId, inDays(20));
  await approve(lending.leader, payload.request.id);
  const slip =
    'query ($id: ID!) { node(id: $id) { ... on AccessGrant { slipNumber renewals { status decidedBy { id } } } } }';
  const read = async (name: 'SALES_2' | 'MANAGER') =>
    (await lending.server.as(name).query(slip, { id: grantId })).data.node;
  const own = await read('SALES_2');
  expect(own.slipNumber).toMatch(/^JY\d{8}-[0-9A-Z]{8}$/);
  expect(own.renewals).toEqual([{ status: 'APPROVED', decidedBy: { id: lending.leader.id } }]);
  expect(await read('MANAGER')).toEqual(own);
});
