import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addNeed,
  type Colleague,
  missingId,
  openFile,
  startWriting,
  traces,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const update = (by: Colleague, input: object) =>
  by.write('updateNeed', input, '{ need { id status budgetMin budgetMax unit version } }');

test('null clears a field and an absent one is left alone', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addNeed(writing, file.uuid, { unit: '台', budgetMin: '1', budgetMax: '2' });
  const input = { id: row.id, expectedVersion: row.version, unit: null, status: 'FULFILLED' };
  const { payload } = await update(writing.owner, input);
  expect(payload.need).toMatchObject({ unit: null, status: 'FULFILLED', budgetMin: '1.00', version: 2 });
});

test('an update that changes nothing succeeds and leaves no trace', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addNeed(writing, file.uuid, { budgetMin: '1', expectedAt: '2024-03-15T06:30:00Z' });
  const before = await traces(writing, file.uuid);
  const input = { id: row.id, expectedVersion: 1, budgetMin: '1.0', expectedAt: '2024-03-15T14:30:00+08:00' };
  expect((await update(writing.owner, input)).payload.need.version).toBe(1);
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('one end of the budget is held against the other as stored', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addNeed(writing, file.uuid, { budgetMin: '500000', budgetMax: '800000' });
  const { issues } = await update(writing.owner, { id: row.id, expectedVersion: 1, budgetMax: '499999.99' });
  expect(issues).toEqual(['input.budgetMax BUDGET_RANGE']);
});

test('a stale version is refused with the current one', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addNeed(writing, file.uuid);
  const { errors } = await update(writing.owner, { id: row.id, expectedVersion: 4, unit: '台' });
  expect(errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', currentVersion: 1 });
});

test('who may not write on the file is refused', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addNeed(writing, file.uuid);
  for (const colleague of [writing.service, writing.finance, writing.marketing]) {
    expect((await update(colleague, { id: row.id, expectedVersion: 1, unit: '台' })).code).toBe('FORBIDDEN');
  }
});

test('a need of a stranger’s file and a missing need answer alike', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addNeed(writing, file.uuid);
  const foreign = await update(writing.stranger, { id: row.id, expectedVersion: 1, item: '' });
  const missing = await update(writing.stranger, { id: missingId('need'), expectedVersion: 1, item: '' });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('all violations are named at once', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addNeed(writing, file.uuid);
  const input = { item: null, quantity: '0.0001', currency: null, priority: null };
  expect((await update(writing.owner, { id: row.id, expectedVersion: 1, ...input })).issues).toEqual([
    'input.item VALUE_REQUIRED',
    'input.quantity DECIMAL_SCALE',
    'input.currency VALUE_REQUIRED',
    'input.priority VALUE_REQUIRED',
  ]);
});

test('the number of statements does not depend on how many needs there are', async () => {
  const file = await openFile(writing, writing.owner);
  const [first, second] = [await addNeed(writing, file.uuid), await addNeed(writing, file.uuid)];
  const one = await update(writing.owner, { id: first.id, expectedVersion: 1, unit: '台' });
  for (let i = 0; i < 20; i++) await addNeed(writing, file.uuid);
  const two = await update(writing.owner, { id: second.id, expectedVersion: 1, unit: '台' });
  expect(two.statementCount).toBe(one.statementCount);
});
