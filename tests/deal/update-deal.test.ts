import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addDeal,
  type Colleague,
  fileNow,
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
  by.write(
    'updateDeal',
    input,
    '{ deal { id title stage closedAt lostReason version customer { stage version } } }',
  );

const won = {
  stage: 'WON',
  contractAmount: '480000.00',
  effectiveOn: '2024-03-15',
  closedAt: '2024-03-16T00:00:00Z',
} as const;

test('winning a deal moves the customer to won in the same change', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  const row = await addDeal(writing, writing.owner, file.uuid, { contractAmount: '480000' });
  const input = { id: row.id, expectedVersion: 1, stage: 'WON', effectiveOn: '2024-03-15' };
  const { payload } = await update(writing.owner, input);
  expect(payload.deal).toMatchObject({ stage: 'WON', version: 2, customer: { stage: 'WON' } });
  expect(payload.deal.closedAt).not.toBeNull();
});

test('a deal is not won without what a contract needs, and the customer stays (AC-16)', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addDeal(writing, writing.owner, file.uuid);
  const { issues } = await update(writing.owner, { id: row.id, expectedVersion: 1, stage: 'WON' });
  expect(issues).toEqual(['input.contractAmount WON_INCOMPLETE', 'input.effectiveOn WON_INCOMPLETE']);
  expect((await fileNow(writing, file.uuid)).stage).toBe('POTENTIAL');
});

test('taking back the last won deal takes the customer back to intent', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'WON' });
  const [first, last] = [
    await addDeal(writing, writing.owner, file.uuid, won),
    await addDeal(writing, writing.owner, file.uuid, won),
  ];
  const one = await update(writing.owner, {
    id: first.id,
    expectedVersion: 1,
    stage: 'LOST',
    lostReason: '解约',
  });
  expect(one.payload.deal).toMatchObject({ lostReason: '解约', customer: { stage: 'WON' } });
  const two = await update(writing.owner, { id: last.id, expectedVersion: 1, stage: 'OPEN' });
  expect(two.payload.deal).toMatchObject({ closedAt: null, customer: { stage: 'INTENT' } });
});

test('a customer lost since stays lost when a won deal is taken back', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'LOST' });
  const row = await addDeal(writing, writing.owner, file.uuid, won);
  const { payload } = await update(writing.owner, { id: row.id, expectedVersion: 1, stage: 'OPEN' });
  expect(payload.deal.customer.stage).toBe('LOST');
});

test('of two who win and lose a customer’s deals at once, the customer ends as its deals say', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'WON' });
  const rows = [
    await addDeal(writing, writing.owner, file.uuid, won),
    await addDeal(writing, writing.owner, file.uuid, won),
  ];
  await Promise.all(rows.map(({ id }) => update(writing.owner, { id, expectedVersion: 1, stage: 'OPEN' })));
  expect((await fileNow(writing, file.uuid)).stage).toBe('INTENT');
});

test('an update that changes nothing succeeds and leaves no trace', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'WON' });
  const row = await addDeal(writing, writing.owner, file.uuid, won);
  const before = await traces(writing, file.uuid);
  const input = { id: row.id, expectedVersion: 1, ...won, contractAmount: '480000' };
  expect((await update(writing.owner, input)).payload.deal.version).toBe(1);
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('a stale version is refused with the current one', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addDeal(writing, writing.owner, file.uuid);
  const { errors } = await update(writing.owner, { id: row.id, expectedVersion: 3, title: '新标题' });
  expect(errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', currentVersion: 1 });
});

test('sales do not hand a deal on, a manager does', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addDeal(writing, writing.owner, file.uuid);
  const input = { id: row.id, expectedVersion: 1, ownerId: writing.stranger.id };
  expect((await update(writing.owner, input)).refused).toEqual(['ownerId']);
  expect((await update(writing.manager, input)).code).toBeUndefined();
});

test('who may not write on the file is refused', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addDeal(writing, writing.owner, file.uuid);
  for (const colleague of [writing.service, writing.finance, writing.marketing]) {
    expect((await update(colleague, { id: row.id, expectedVersion: 1, title: '新' })).code).toBe('FORBIDDEN');
  }
});

test('a deal of a stranger’s file and a missing deal answer alike', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addDeal(writing, writing.owner, file.uuid);
  const foreign = await update(writing.stranger, { id: row.id, expectedVersion: 1, title: '' });
  const missing = await update(writing.stranger, { id: missingId('deal'), expectedVersion: 1, title: '' });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('all violations are named at once', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addDeal(writing, writing.owner, file.uuid);
  const input = { title: null, amount: '1.234', closedAt: '2024-01-01T00:00:00Z', ownerId: null };
  expect((await update(writing.manager, { id: row.id, expectedVersion: 1, ...input })).issues.sort()).toEqual(
    [
      'input.amount DECIMAL_SCALE',
      'input.closedAt NOT_CLOSED',
      'input.ownerId VALUE_REQUIRED',
      'input.title VALUE_REQUIRED',
    ],
  );
});

test('the number of statements does not depend on how many deals there are', async () => {
  const file = await openFile(writing, writing.owner);
  const [first, second] = [
    await addDeal(writing, writing.owner, file.uuid),
    await addDeal(writing, writing.owner, file.uuid),
  ];
  const one = await update(writing.owner, { id: first.id, expectedVersion: 1, title: '新' });
  for (let i = 0; i < 20; i++) await addDeal(writing, writing.owner, file.uuid);
  const two = await update(writing.owner, { id: second.id, expectedVersion: 1, title: '新' });
  expect(two.statementCount).toBe(one.statementCount);
});
