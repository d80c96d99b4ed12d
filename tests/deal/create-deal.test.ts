import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deal } from '../../src/domains/deal/deal.table.ts';
import {
  addDeal,
  type Colleague,
  fileNow,
  missingId,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const create = (by: Colleague, input: object) =>
  by.write(
    'createDeal',
    input,
    '{ deal { id title stage amount contractAmount closedAt owner { id } customer { stage version } } }',
  );

test('a deal is the viewer’s and open unless the input says otherwise', async () => {
  const file = await openFile(writing, writing.owner);
  const { payload } = await create(writing.owner, {
    customerId: file.id,
    title: '节能设备',
    amount: '500000',
  });
  expect(payload.deal).toMatchObject({
    stage: 'OPEN',
    amount: '500000.00',
    closedAt: null,
    owner: { id: writing.owner.id },
    customer: { stage: 'POTENTIAL', version: file.version + 1 },
  });
});

test('a won deal moves the customer to won (AC-16)', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  const won = { stage: 'WON', contractAmount: '480000', effectiveOn: '2024-03-15' };
  const { payload } = await create(writing.owner, { customerId: file.id, title: '节能设备', ...won });
  expect(payload.deal).toMatchObject({
    stage: 'WON',
    contractAmount: '480000.00',
    customer: { stage: 'WON' },
  });
  expect(payload.deal.closedAt).not.toBeNull();
});

test('a won deal without contract amount and effective date is refused, and the customer stays (AC-16)', async () => {
  const file = await openFile(writing, writing.owner);
  const { issues } = await create(writing.owner, { customerId: file.id, title: '节能设备', stage: 'WON' });
  expect(issues).toEqual(['input.contractAmount WON_INCOMPLETE', 'input.effectiveOn WON_INCOMPLETE']);
  expect((await fileNow(writing, file.uuid)).stage).toBe('POTENTIAL');
});

test('a deal lost gives a reason if it likes, and moves nobody', async () => {
  const file = await openFile(writing, writing.owner);
  const { payload } = await create(writing.owner, { customerId: file.id, title: '旧项目', stage: 'LOST' });
  expect(payload.deal.customer.stage).toBe('POTENTIAL');
});

test('sales name no other owner of a deal, a manager does', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { customerId: file.id, title: '节能设备', ownerId: writing.stranger.id };
  expect((await create(writing.owner, input)).refused).toEqual(['ownerId']);
  expect((await create(writing.owner, { ...input, ownerId: writing.owner.id })).code).toBeUndefined();
  expect((await create(writing.manager, input)).payload.deal.owner.id).toBe(writing.stranger.id);
});

test('who may not write on the file is refused', async () => {
  const file = await openFile(writing, writing.owner);
  for (const colleague of [writing.service, writing.finance, writing.marketing]) {
    expect((await create(colleague, { customerId: file.id, title: '' })).code).toBe('FORBIDDEN');
  }
});

test('a stranger’s file and a missing file answer alike', async () => {
  const file = await openFile(writing, writing.owner);
  const foreign = await create(writing.stranger, { customerId: file.id, title: '' });
  const missing = await create(writing.stranger, { customerId: missingId('cus'), title: '' });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('all violations are named at once', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { title: ' ', amount: '-1', currency: 'RMB', lostReason: '价格', ownerId: missingId('emp') };
  const { issues } = await create(writing.manager, { customerId: file.id, ...input });
  expect(issues).toEqual([
    'input.title TEXT_REQUIRED',
    'input.amount DECIMAL_TOO_SMALL',
    'input.currency CURRENCY_UNKNOWN',
    'input.lostReason NOT_LOST',
    'input.ownerId EMPLOYEE_NOT_ACTIVE',
  ]);
});

test('the same key again returns the first deal, also ten at once', async () => {
  const file = await openFile(writing, writing.owner);
  const won = { stage: 'WON', contractAmount: '1', effectiveOn: '2024-03-15' };
  const input = { customerId: file.id, title: '节能设备', ...won, idempotencyKey: 'd-1' };
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => create(writing.owner, input)));
  expect(new Set(outcomes.map(({ payload }) => payload.deal.id)).size).toBe(1);
  expect(await writing.db.select().from(deal).where(eq(deal.customerId, file.uuid))).toHaveLength(1);
});

test('the number of statements does not depend on how many deals there are', async () => {
  const file = await openFile(writing, writing.owner);
  const first = await create(writing.owner, { customerId: file.id, title: '节能设备' });
  for (let i = 0; i < 20; i++) await addDeal(writing, writing.owner, file.uuid);
  const last = await create(writing.owner, { customerId: file.id, title: '节能设备' });
  expect(last.statementCount).toBe(first.statementCount);
});
