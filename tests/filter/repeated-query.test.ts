import { afterAll, beforeAll, expect, test } from 'vitest';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { need } from '../../src/domains/need/need.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const document = 'query ($filter: CustomerFilter) { customers(filter: $filter) { nodes { name } } }';
const ask = (filter: object) => server.as('MANAGER').query(document, { filter });

async function openFile(name: string): Promise<string> {
  const [row] = await server.db
    .insert(customer)
    .values({ name, ownerId: server.as('SALES').uuid })
    .returning();
  return row?.id as string;
}

test('a query that is sent again goes by the clock of each request', async () => {
  const customerId = await openFile('常州恒力机电有限公司');
  const filter = { needs: { some: { item: { eq: '数控机床' }, createdAt: { withinLast: 'PT1H' } } } };
  expect((await ask(filter)).data.customers.nodes).toEqual([]);
  expect((await ask(filter)).data.customers.nodes).toEqual([]);
  await server.db
    .insert(need)
    .values({ customerId, item: '数控机床', createdAt: new Date(Date.now() + 1_000).toISOString() });
  let names: unknown[] = [];
  while (names.length === 0) names = (await ask(filter)).data.customers.nodes;
  expect(names).toEqual([{ name: '常州恒力机电有限公司' }]);
});

test('what an expensive query costs is not estimated each time it is sent', async () => {
  const filter = { interactions: { count: { gte: 3, where: { occurredAt: { withinLast: 'P3M' } } } } };
  const statementsOf = async () => {
    server.statements.length = 0;
    await ask(filter);
    return server.statements.map((text) => text.startsWith('explain'));
  };
  expect(await statementsOf()).toContain(true);
  const again = await statementsOf();
  expect(again).not.toContain(true);
  // Who asks, and the page.
  expect(again).toHaveLength(2);
});

test('the same query of another viewer is answered by their rights', async () => {
  await openFile('无锡恒力机电有限公司');
  const filter = { name: { contains: '恒力' }, createdAt: { withinLast: 'P1D' } };
  const seen = async (name: 'SALES' | 'SALES_2') =>
    (await server.as(name).query(document, { filter })).data.customers.nodes.length;
  for (let i = 0; i < 3; i += 1) {
    expect(await seen('SALES')).toBe(2);
    expect(await seen('SALES_2')).toBe(0);
  }
});
