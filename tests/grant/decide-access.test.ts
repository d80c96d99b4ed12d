import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { employee, team } from '../../src/domains/employee/employee.table.ts';
import { missingId, openFile } from '../support/writing.ts';
import {
  approve,
  ask,
  askedFile,
  decline,
  inDays,
  type Lending,
  startLending,
  withdraw,
} from './granted-file.ts';

let lending: Lending;
beforeAll(async () => {
  lending = await startLending();
});
afterEach(() => lending.db.update(team).set({ leaderId: uuidOf(lending.leader.id) }));
afterAll(() => lending.close());

const readFile = `query ($id: ID!) { customer(id: $id) {
  fileNumber address creditLimit contacts { nodes { phone religion } } interactions { totalCount } } }`;

test('what the team leader approves is readable at once, and what was not requested stays withheld', async () => {
  const { file, requestId } = await askedFile(lending);
  const { payload } = await approve(lending.leader, requestId);
  expect(payload.request).toMatchObject({
    status: 'APPROVED',
    decidedBy: { id: lending.leader.id },
    grant: {
      status: 'ACTIVE',
      classes: ['CONTACT'],
      purpose: '代为回访',
      grantedBy: { id: lending.leader.id },
    },
  });
  const { data, errors } = await lending.server.as('SALES_2').query(readFile, { id: file.id });
  expect(data.customer).toMatchObject({ address: '张江路1号', creditLimit: null, interactions: null });
  expect(errors?.map(({ extensions }) => extensions.reason)).toEqual(['NOT_OWNER', 'NOT_OWNER']);
});

test('neither a colleague nor a manager, nor its requester, decides an ordinary request', async () => {
  const { requestId } = await askedFile(lending);
  expect((await approve(lending.borrower, requestId)).code).toBe('FORBIDDEN');
  expect((await approve(lending.manager, requestId)).code).toBe('FORBIDDEN');
  expect((await approve(lending.admin, requestId)).code).toBe('FORBIDDEN');
  expect((await decline(lending.borrower, requestId)).code).toBe('FORBIDDEN');
  expect((await approve(lending.service, requestId)).code).toBe('NOT_FOUND');
  expect((await approve(lending.leader, missingId('req'))).code).toBe('NOT_FOUND');
});

test('an administrator stands in where the leader is the requester, has left, or is missing', async () => {
  await lending.db.update(team).set({ leaderId: uuidOf(lending.borrower.id) });
  const byLeader = await askedFile(lending);
  expect((await approve(lending.borrower, byLeader.requestId)).code).toBe('FORBIDDEN');
  expect((await approve(lending.manager, byLeader.requestId)).code).toBe('FORBIDDEN');
  expect((await approve(lending.admin, byLeader.requestId)).payload.request.status).toBe('APPROVED');

  await lending.db.update(team).set({ leaderId: null });
  const withoutLeader = await askedFile(lending);
  expect((await approve(lending.admin, withoutLeader.requestId)).payload.request.status).toBe('APPROVED');

  await lending.db.update(team).set({ leaderId: uuidOf(lending.service.id) });
  const disabled = (disabledAt: string | null) =>
    lending.db
      .update(employee)
      .set({ disabledAt })
      .where(eq(employee.id, uuidOf(lending.service.id)));
  await disabled('2024-01-01T00:00:00Z');
  const leaderLeft = await askedFile(lending);
  expect((await approve(lending.admin, leaderLeft.requestId)).payload.request.status).toBe('APPROVED');
  await disabled(null);
});

test('the leader at the time of the decision decides, not the one of the time of the request', async () => {
  const { requestId } = await askedFile(lending);
  await lending.db.update(team).set({ leaderId: uuidOf(lending.marketing.id) });
  expect((await approve(lending.leader, requestId)).code).toBe('NOT_FOUND');
  expect((await approve(lending.marketing, requestId)).payload.request.status).toBe('APPROVED');
});

test('special classes need a manager or administrator, and the recorded consent', async () => {
  const { file, requestId } = await askedFile(lending, { classes: ['SPECIAL', 'CONTACT'] });
  expect((await approve(lending.leader, requestId)).code).toBe('FORBIDDEN');
  expect((await approve(lending.steward, requestId)).code).toBe('FORBIDDEN');
  expect((await approve(lending.manager, requestId)).issues).toEqual([
    'input.consentReference VALUE_REQUIRED',
  ]);
  expect((await approve(lending.manager, requestId, { consentReference: ' ' })).issues).toEqual([
    'input.consentReference TEXT_REQUIRED',
  ]);
  const { payload } = await approve(lending.manager, requestId, { consentReference: '同意书2026-118' });
  expect(payload.request.grant).toMatchObject({
    classes: ['SPECIAL', 'CONTACT'],
    consentReference: '同意书2026-118',
  });
  const { errors } = await lending.server
    .as('SALES_2')
    .query('query ($id: ID!) { customer(id: $id) { contacts { nodes { religion } } } }', { id: file.id });
  expect(errors).toBeUndefined();
});

test('nobody approves their own request for special classes: another manager or administrator does', async () => {
  const file = await openFile(lending, lending.owner);
  const { payload } = await ask(lending.manager, { customerId: file.id, classes: ['SPECIAL'] });
  const consent = { consentReference: '同意书' };
  expect((await approve(lending.manager, payload.request.id, consent)).code).toBe('FORBIDDEN');
  expect((await approve(lending.admin, payload.request.id, consent)).payload.request.status).toBe('APPROVED');
});

test('the approver may end the access sooner, never later than requested', async () => {
  const { requestId } = await askedFile(lending);
  expect((await approve(lending.leader, requestId, { until: inDays(8) })).issues).toEqual([
    'input.until LATER_THAN_ASKED',
  ]);
  expect((await approve(lending.leader, requestId, { until: inDays(-1) })).issues).toEqual([
    'input.until UNTIL_OUT_OF_BOUNDS',
  ]);
  const sooner = inDays(2);
  const { payload } = await approve(lending.leader, requestId, { until: sooner });
  // As an instant: the database writes no zeros at the end of a fraction.
  expect(new Date(payload.request.grant.expiresAt).toISOString()).toBe(sooner);
});

test('a declined request opens nothing and says why', async () => {
  const { file, requestId } = await askedFile(lending);
  const { payload } = await decline(lending.leader, requestId, '请联系对接人');
  expect(payload.request).toMatchObject({ status: 'DECLINED', decisionReason: '请联系对接人', grant: null });
  expect((await lending.server.as('SALES_2').query(readFile, { id: file.id })).data.customer).toBeNull();
});

test('its requester withdraws it, and nobody else does', async () => {
  const { requestId } = await askedFile(lending);
  expect((await withdraw(lending.leader, requestId)).code).toBe('FORBIDDEN');
  expect((await withdraw(lending.borrower, requestId)).payload.request.status).toBe('WITHDRAWN');
});

test('a request is settled once, also when two decide at the same moment', async () => {
  const { requestId } = await askedFile(lending);
  const outcomes = await Promise.all([
    approve(lending.leader, requestId),
    decline(lending.leader, requestId),
    withdraw(lending.borrower, requestId),
  ]);
  expect(outcomes.filter(({ code }) => code === undefined)).toHaveLength(1);
  expect(outcomes.filter(({ code }) => code === 'CONFLICT')).toHaveLength(2);
});

test('the number of statements does not depend on the request', async () => {
  const [small, large] = [
    await askedFile(lending),
    await askedFile(lending, { classes: ['CONTACT', 'CREDIT', 'BUSINESS'] }),
  ];
  const first = await approve(lending.leader, small.requestId);
  const second = await approve(lending.leader, large.requestId);
  expect(second.statementCount).toBe(first.statementCount);
});
