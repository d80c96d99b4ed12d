import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { directoryLookup } from '../../src/domains/directory/directory.table.ts';
import { accessRequest } from '../../src/domains/grant/access-request.table.ts';
import { missingId, openFile, traces } from '../support/writing.ts';
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
afterAll(() => lending.close());

test('a sales person requests a colleague’s file, and sees of it no more than its card until somebody approves', async () => {
  const file = await openFile(lending, lending.owner, { name: '苏州金鸡湖贸易有限公司' });
  const { payload } = await ask(lending.borrower, {
    customerId: file.id,
    classes: ['CONTACT', 'CARD', 'CONTACT'],
  });
  expect(payload.request).toMatchObject({
    status: 'PENDING',
    classes: ['CONTACT'],
    purpose: '代为回访',
    requester: { id: lending.borrower.id },
    customer: null,
    card: { companyName: '苏州金鸡湖贸易有限公司' },
    grant: null,
  });
});

test('a request leaves the file itself untouched: no version, no history', async () => {
  const file = await openFile(lending, lending.owner);
  const before = await traces(lending, file.uuid);
  await ask(lending.borrower, { customerId: file.id });
  expect(await traces(lending, file.uuid)).toBe(before);
  const update = { id: file.id, expectedVersion: file.version, city: '北京' };
  expect((await lending.owner.write('updateCustomer', update, '{ customer { id } }')).code).toBeUndefined();
});

test('whose role is kept from a class, or from everything, cannot even request it', async () => {
  const file = await openFile(lending, lending.owner);
  const { code, errors, statementCount } = await ask(lending.service, {
    customerId: file.id,
    classes: ['CREDIT'],
  });
  expect(code).toBe('FORBIDDEN');
  expect(errors[0]?.extensions.classes).toEqual(['credit']);
  expect(statementCount).toBe(1);
  expect((await ask(lending.marketing, { customerId: file.id, classes: ['SPECIAL'] })).code).toBe(
    'FORBIDDEN',
  );
});

test('what one reads anyway cannot be requested', async () => {
  const file = await openFile(lending, lending.owner);
  const problem = async (by: Lending['owner'], classes: string[]) =>
    (await ask(by, { customerId: file.id, classes })).issues;
  expect(await problem(lending.owner, ['CONTACT', 'SPECIAL'])).toEqual(['input.classes ALREADY_READABLE']);
  expect(await problem(lending.manager, ['CONTACT'])).toEqual(['input.classes ALREADY_READABLE']);
  expect(await problem(lending.manager, [])).toEqual(['input.classes NOTHING_REQUESTED']);
  expect(await problem(lending.owner, [])).toEqual(['input.classes NOTHING_REQUESTED']);
  expect(await problem(lending.borrower, [])).toEqual([]);
});

test('every violation is named at once', async () => {
  const file = await openFile(lending, lending.manager);
  const input = { customerId: file.id, classes: ['CONTACT'], purpose: ' x ', until: inDays(91) };
  expect((await ask(lending.manager, input)).issues).toEqual([
    'input.purpose TEXT_TOO_SHORT',
    'input.until UNTIL_OUT_OF_BOUNDS',
    'input.classes ALREADY_READABLE',
  ]);
  expect((await ask(lending.borrower, { customerId: file.id, until: inDays(-1) })).issues).toEqual([
    'input.until UNTIL_OUT_OF_BOUNDS',
  ]);
  expect((await ask(lending.borrower, { customerId: missingId('emp') })).issues).toEqual([
    'input.customerId WRONG_ID_KIND',
  ]);
});

test('a file that is not there is not found', async () => {
  expect((await ask(lending.borrower, { customerId: missingId('cus') })).code).toBe('NOT_FOUND');
});

test('one request for a file waits at a time, another after it was settled', async () => {
  const { file, requestId } = await askedFile(lending);
  expect((await ask(lending.borrower, { customerId: file.id })).code).toBe('CONFLICT');
  await withdraw(lending.borrower, requestId);
  expect((await ask(lending.borrower, { customerId: file.id })).payload.request.status).toBe('PENDING');
});

test('a request that nobody decided in time has lapsed, and stands in nobody’s way', async () => {
  const { file, requestId } = await askedFile(lending);
  await lending.db
    .update(accessRequest)
    .set({ until: sql`now() - interval '1 second'` })
    .where(eq(accessRequest.id, uuidOf(requestId)));
  const late = await approve(lending.leader, requestId);
  expect(late.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', status: 'LAPSED' });
  expect((await ask(lending.borrower, { customerId: file.id })).payload.request.status).toBe('PENDING');
  const { data } = await lending.server
    .as('SALES_2')
    .query('query ($id: ID!) { node(id: $id) { ... on AccessRequest { status decision } } }', {
      id: requestId,
    });
  expect(data.node).toEqual({ status: 'LAPSED', decision: 'LAPSED' });
});

test('the same key again is the same request', async () => {
  const file = await openFile(lending, lending.owner);
  const input = { customerId: file.id, until: inDays(3), idempotencyKey: 'once' };
  const [first, second] = [await ask(lending.borrower, input), await ask(lending.borrower, input)];
  expect(second.payload.request.id).toBe(first.payload.request.id);
});

test('a request sent again is no look-up', async () => {
  await lending.db.delete(directoryLookup);
  const file = await openFile(lending, lending.owner);
  const input = { customerId: file.id, until: inDays(3), idempotencyKey: 'counted once' };
  for (let time = 1; time <= 3; time += 1) await ask(lending.borrower, input);
  const counted = await lending.db.select().from(directoryLookup);
  expect(counted.map(({ lookups }) => lookups)).toEqual([1, 1]);
});

test('requests made at the same time do not exceed the maximum together', async () => {
  await lending.db.update(accessRequest).set({ decision: 'WITHDRAWN' });
  await lending.db.delete(directoryLookup);
  for (let i = 0; i < 17; i++) await askedFile(lending);
  const files = await Promise.all(Array.from({ length: 8 }, () => openFile(lending, lending.owner)));
  const answers = await Promise.all(files.map(({ id }) => ask(lending.borrower, { customerId: id })));
  expect(answers.filter(({ code }) => code === undefined)).toHaveLength(3);
  expect(answers.filter(({ code }) => code === 'CONFLICT')).toHaveLength(5);
});

test('a person has twenty requests open at most', async () => {
  await lending.db.update(accessRequest).set({ decision: 'WITHDRAWN' });
  await lending.db.delete(directoryLookup);
  for (let i = 0; i < 20; i++) await askedFile(lending);
  const file = await openFile(lending, lending.owner);
  expect((await ask(lending.borrower, { customerId: file.id })).errors[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    maximum: 20,
  });
  await lending.db.update(accessRequest).set({ decision: 'WITHDRAWN' });
  await lending.db.delete(directoryLookup);
});

test('the number of statements is the same for every file and every requester', async () => {
  const first = await ask(lending.borrower, { customerId: (await openFile(lending, lending.owner)).id });
  const second = await ask(lending.service, {
    customerId: (await openFile(lending, lending.owner)).id,
    classes: ['SPECIAL'],
  });
  expect([first.statementCount, second.statementCount]).toEqual([10, 10]);
});

test('a request is not there for whoever neither made nor decides it nor owns the file', async () => {
  const { requestId } = await askedFile(lending);
  const query = 'query ($id: ID!) { node(id: $id) { id } }';
  expect((await lending.server.as('CUSTOMER_SERVICE').query(query, { id: requestId })).data.node).toBeNull();
  for (const name of ['SALES', 'SALES_2', 'FINANCE'] as const) {
    const { data } = await lending.server.as(name).query(query, { id: requestId });
    expect(data.node, name).toEqual({ id: requestId });
  }
  expect((await decline(lending.service, requestId)).code).toBe('NOT_FOUND');
});
