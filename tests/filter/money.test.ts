// Money never crosses currencies: 600,000 JPY is no budget of 500,000 CNY.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { need } from '../../src/domains/need/need.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
const ids = { yuan: '', yen: '', none: '' };
beforeAll(async () => {
  server = await startTestServer();
  const ownerId = server.as('MANAGER').uuid;
  const files = await server.db
    .insert(customer)
    .values(['元', '日元', '无'].map((name) => ({ name, ownerId })))
    .returning();
  const [yuan, yen, none] = files.map(({ id }) => id) as [string, string, string];
  Object.assign(ids, { yuan: encodeId('cus', yuan), yen: encodeId('cus', yen), none: encodeId('cus', none) });
  await server.db.insert(need).values([
    { customerId: yuan, item: '设备', budgetMin: '600000.00' },
    { customerId: yen, item: '设备', budgetMin: '600000.00', currency: 'JPY' },
    { customerId: yen, item: '耗材', budgetMin: '100.00' },
    { customerId: none, item: '未定' },
  ]);
});
afterAll(() => server.close());

async function found(filter: object): Promise<string[]> {
  const { data, errors } = await server
    .as('MANAGER')
    .query('query ($filter: CustomerFilter) { customers(filter: $filter) { nodes { id } } }', { filter });
  expect(errors).toBeUndefined();
  return data.customers.nodes.map(({ id }: { id: string }) => id).toSorted();
}
const some = (budgetMin: object) => ({ needs: { some: { budgetMin } } });

test('an amount is compared in the organisation’s currency, or in the one named', async () => {
  expect(await found(some({ gte: '500000' }))).toEqual([ids.yuan]);
  expect(await found(some({ gte: '500000', currency: 'jpy' }))).toEqual([ids.yen]);
  expect(await found(some({ gte: '500000', currency: 'USD' }))).toEqual([]);
  expect(await found(some({ eq: '600000' }))).toEqual([ids.yuan]);
  expect(await found(some({ in: ['600000'], currency: 'ＪＰＹ' }))).toEqual([ids.yen]);
  expect(await found({ needs: { none: { budgetMin: { gte: '500000' } } } })).toEqual(
    [ids.yen, ids.none].toSorted(),
  );
});

test('an amount in another currency is not equal, and has a value', async () => {
  expect(await found(some({ ne: '600000' }))).toEqual([ids.yen, ids.none].toSorted());
  expect(await found(some({ notIn: ['600000'], currency: 'JPY' }))).toEqual(
    [ids.yuan, ids.yen, ids.none].toSorted(),
  );
  expect(await found(some({ isNull: true }))).toEqual([ids.none]);
});

test('sums and other aggregates of a file are per currency', async () => {
  const sum = { field: 'BUDGET_MIN', gte: '500000' };
  expect(await found({ needs: { sum } })).toEqual([ids.yuan]);
  expect(await found({ needs: { sum: { ...sum, currency: 'JPY' } } })).toEqual([ids.yen]);
  expect(await found({ needs: { max: { field: 'BUDGET_MIN', eq: '100' } } })).toEqual([ids.yen]);
});

test('statistics add one currency, and say which', async () => {
  const measure = (currency: string | null) => ({
    of: 'SUM',
    field: 'NEED_BUDGET_MIN',
    as: currency ?? 'own',
    currency,
  });
  const { data } = await server.as('MANAGER').query(
    `query ($measures: [CustomerMeasureInput!]) {
       customerStats(groupBy: [], measures: $measures) { measures { name value currency } } }`,
    { measures: [measure(null), measure('JPY'), measure('USD')] },
  );
  expect(data.customerStats.measures).toEqual([
    { name: 'own', value: '600100.00', currency: 'CNY' },
    { name: 'JPY', value: '600000.00', currency: 'JPY' },
    { name: 'USD', value: '0', currency: 'USD' },
  ]);
});

test('a saved rule names its currency, and its sentence says which', async () => {
  const save = (rule: object) =>
    server.as('MANAGER').query(
      `mutation ($input: CreateSegmentInput!) {
         createSegment(input: $input) { segment { rule ruleText en: ruleText(locale: EN) size } } }`,
      { input: { name: '预算', rule } },
    );
  const own = await save(some({ gte: '500000' }));
  expect(own.data.createSegment.segment).toEqual({
    rule: some({ gte: '500000', currency: 'CNY' }),
    ruleText: '有采购需求 (预算不低于 500,000 元)',
    en: 'has a need (budget at least 500,000 CNY)',
    size: 1,
  });
  const yen = await save(some({ gte: '500000', currency: 'JPY' }));
  expect(yen.data.createSegment.segment).toMatchObject({
    ruleText: '有采购需求 (预算不低于 500,000 日元)',
    en: 'has a need (budget at least 500,000 JPY)',
    size: 1,
  });
});

test('a currency that is none is refused, and so is one for a number that is no amount', async () => {
  const issues = async (filter: object) => {
    const { errors } = await server
      .as('MANAGER')
      .query('query ($filter: CustomerFilter) { customers(filter: $filter) { nodes { id } } }', { filter });
    return errors?.[0]?.extensions.issues.map(({ path, code }: { path: string[]; code: string }) => [
      path.at(-1),
      code,
    ]);
  };
  expect(await issues(some({ gte: '1', currency: 'RMB' }))).toEqual([['currency', 'CURRENCY_UNKNOWN']]);
  expect(await issues({ needs: { sum: { field: 'QUANTITY', gte: '1', currency: 'CNY' } } })).toEqual([
    ['currency', 'UNUSED'],
  ]);
});
