import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
const ids: string[] = [];
beforeAll(async () => {
  server = await startTestServer();
  const ownerId = server.as('MANAGER').uuid;
  const files = await server.db
    .insert(customer)
    .values(['甲', '乙'].map((name) => ({ name, ownerId })))
    .returning();
  ids.push(...files.map(({ id }) => encodeId('cus', id)));
});
afterAll(() => server.close());

const change = (operation: 'tagCustomer' | 'untagCustomer', id: string, tags: string[]) => {
  const type = operation === 'tagCustomer' ? 'TagCustomerInput' : 'UntagCustomerInput';
  return server
    .as('MANAGER')
    .query(
      `mutation ($input: ${type}!) { ${operation}(input: $input) { customer { tags { label facet } } } }`,
      { input: { id, tags } },
    );
};

test('labels that differ in width, case or dash are one tag, with the label it was first given', async () => {
  const first = await change('tagCustomer', ids[0] as string, ['VIP', 'ＶＩＰ', 'vip', '规模－中小企业']);
  expect(first.data.tagCustomer.customer.tags).toEqual([
    { label: 'VIP', facet: null },
    { label: '规模-中小企业', facet: '规模' },
  ]);
  const second = await change('tagCustomer', ids[1] as string, ['ｖｉｐ', '规模 — 中小企业']);
  expect(second.data.tagCustomer.customer.tags).toEqual(first.data.tagCustomer.customer.tags);
  const { data } = await server.as('MANAGER').query('{ tags { totalCount } }');
  expect(data.tags.totalCount).toBe(2);
});

test('conditions on tags and taking them off read labels alike', async () => {
  const count = async (tags: object) => {
    const { data } = await server
      .as('MANAGER')
      .query('query ($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }', {
        filter: { tags },
      });
    return data.customers.totalCount;
  };
  expect(await count({ hasAny: ['Vip'] })).toBe(2);
  expect(await count({ hasAll: ['ＶＩＰ', '规模－中小企业'] })).toBe(2);
  expect(await count({ hasNone: ['vip'] })).toBe(0);
  const { data } = await change('untagCustomer', ids[0] as string, ['vIP']);
  expect(data.untagCustomer.customer.tags).toEqual([{ label: '规模-中小企业', facet: '规模' }]);
  expect(await count({ hasAny: ['VIP'] })).toBe(1);
});
