import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { type DealRow, deal } from '../../src/domains/deal/deal.table.ts';
import { dealWrites } from '../../src/domains/deal/deal.write.ts';
import {
  addDeal,
  type Colleague,
  fileNow,
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

const remove = (by: Colleague, id: string, expectedVersion = 1) =>
  by.write('deleteDeal', { id, expectedVersion }, '{ dealId customer { stage deals { totalCount } } }');

const won = { stage: 'WON', contractAmount: '480000.00', effectiveOn: '2024-03-15' } as const;

test('an open or lost deal is removed, and its customer’s stage stays', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  for (const values of [{}, { stage: 'LOST', closedAt: '2024-03-16T00:00:00Z' } as const]) {
    const { id } = await addDeal(writing, writing.owner, file.uuid, values);
    const { payload } = await remove(writing.owner, id);
    expect(payload).toEqual({ dealId: id, customer: { stage: 'INTENT', deals: { totalCount: 0 } } });
  }
});

test('a won deal stays, whoever removes it, until it is set back to open; then the customer is no longer won', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'WON' });
  const { id } = await addDeal(writing, writing.owner, file.uuid, {
    ...won,
    closedAt: '2024-03-16T00:00:00Z',
  });
  const before = await traces(writing, file.uuid);
  for (const by of [writing.owner, writing.manager, writing.admin]) {
    const { errors } = await remove(by, id);
    expect(errors[0]?.extensions).toEqual({ code: 'CONFLICT', reason: 'DEAL_WON' });
    expect(errors[0]?.message).toBe('A won deal is a contract; set it back to open before you delete it.');
  }
  expect(await traces(writing, file.uuid)).toBe(before);
  await writing.owner.write('updateDeal', { id, expectedVersion: 1, stage: 'OPEN' }, '{ deal { id } }');
  expect((await remove(writing.owner, id, 2)).payload.customer).toEqual({
    stage: 'INTENT',
    deals: { totalCount: 0 },
  });
});

test('why it stays is said in both languages', () => {
  const { message } = dealWrites.rules.keptFor?.({ stage: 'WON' } as DealRow) ?? {};
  expect(message).toBe(
    'A won deal is a contract; set it back to open before you delete it. (赢单即合同，请先改回进行中再删除。)',
  );
});

test('of two who win and remove a deal at once, one is refused, and the customer is won only with a deal', async () => {
  const file = await openFile(writing, writing.owner);
  const { id } = await addDeal(writing, writing.owner, file.uuid);
  const winning = writing.owner.write('updateDeal', { id, expectedVersion: 1, ...won }, '{ deal { id } }');
  const outcomes = await Promise.all([winning, remove(writing.manager, id)]);
  expect(outcomes.filter(({ code }) => code === undefined)).toHaveLength(1);
  const left = await writing.db
    .select()
    .from(deal)
    .where(eq(deal.id, uuidOf(id)));
  expect((await fileNow(writing, file.uuid)).stage).toBe(left.length > 0 ? 'WON' : 'POTENTIAL');
});

test('a version that is not the present one is refused, and whoever may not change deals removes none', async () => {
  const file = await openFile(writing, writing.owner);
  const { id } = await addDeal(writing, writing.owner, file.uuid);
  expect((await remove(writing.owner, id, 5)).errors[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    currentVersion: 1,
  });
  for (const by of [writing.service, writing.finance, writing.marketing])
    expect((await remove(by, id)).code).toBe('FORBIDDEN');
});
