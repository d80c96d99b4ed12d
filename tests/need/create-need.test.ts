import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { need } from '../../src/domains/need/need.table.ts';
import {
  addNeed,
  type Colleague,
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
    'createNeed',
    input,
    '{ need { id item budgetMin budgetMax quantity currency priority status customer { version } } }',
  );

test('the need of AC-2 is kept with its budget range', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { item: '自动化生产线改造', budgetMin: '500000', budgetMax: '800000', quantity: '1' };
  const { payload } = await create(writing.owner, { customerId: file.id, ...input });
  expect(payload.need).toMatchObject({
    budgetMin: '500000.00',
    budgetMax: '800000.00',
    quantity: '1.000',
    currency: 'CNY',
    priority: 'MEDIUM',
    status: 'OPEN',
    customer: { version: file.version + 1 },
  });
});

test('who may not write on the file is refused', async () => {
  const file = await openFile(writing, writing.owner);
  for (const colleague of [writing.service, writing.finance, writing.marketing]) {
    expect((await create(colleague, { customerId: file.id, item: '' })).code).toBe('FORBIDDEN');
  }
});

test('a stranger’s file and a missing file answer alike', async () => {
  const file = await openFile(writing, writing.owner);
  const foreign = await create(writing.stranger, { customerId: file.id, item: '' });
  const missing = await create(writing.stranger, { customerId: missingId('cus'), item: '' });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('all violations are named at once', async () => {
  const file = await openFile(writing, writing.owner);
  const input = {
    item: ' ',
    quantity: '0',
    budgetMin: '2',
    budgetMax: '1',
    currency: 'RMB',
    status: null,
    priority: null,
  };
  const idempotencyKey = 'x'.repeat(65);
  expect((await create(writing.owner, { customerId: file.id, ...input, idempotencyKey })).issues).toEqual([
    'input.item TEXT_REQUIRED',
    'input.quantity DECIMAL_TOO_SMALL',
    'input.currency CURRENCY_UNKNOWN',
    'input.budgetMin BUDGET_RANGE',
    'input.idempotencyKey IDEMPOTENCY_KEY_LENGTH',
  ]);
});

test('an archived file takes no need', async () => {
  const file = await openFile(writing, writing.owner, { archivedAt: '2024-01-01T00:00:00Z' });
  expect((await create(writing.owner, { customerId: file.id, item: '改造' })).code).toBe('CONFLICT');
});

test('the same key again returns the first need, also ten at once', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { customerId: file.id, item: '改造', idempotencyKey: 'n-1' };
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => create(writing.owner, input)));
  expect(new Set(outcomes.map(({ payload }) => payload.need.id)).size).toBe(1);
  expect(await writing.db.select().from(need).where(eq(need.customerId, file.uuid))).toHaveLength(1);
});

test('the number of statements does not depend on how many needs there are', async () => {
  const file = await openFile(writing, writing.owner);
  const first = await create(writing.owner, { customerId: file.id, item: '改造' });
  for (let i = 0; i < 20; i++) await addNeed(writing, file.uuid);
  const last = await create(writing.owner, { customerId: file.id, item: '改造' });
  expect(last.statementCount).toBe(first.statementCount);
});
