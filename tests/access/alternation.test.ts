import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
const files = new Map<StaffName, string[]>();
beforeAll(async () => {
  server = await startTestServer({ config: { databasePoolSize: 1 } });
  for (const name of ['SALES', 'SALES_2'] as const) {
    const rows = await server.db
      .insert(customer)
      .values(
        ['甲', '乙', '丙'].map((word) => ({ name: `${name}${word}有限公司`, ownerId: server.as(name).uuid })),
      )
      .returning({ id: customer.id });
    files.set(name, rows.map(({ id }) => encodeId('cus', id)).sort());
  }
});
afterAll(() => server.close());

test('two users alternating 1,000 times over a pool of one connection never see each other’s rows', async () => {
  const staff = ['SALES', 'SALES_2'] as const;
  const ask = async (turn: number) => {
    const name = staff[turn % 2] as StaffName;
    const { data } = await server.as(name).query('{ viewer { id } customers { nodes { id } } }');
    expect(data.viewer.id).toBe(server.as(name).id);
    expect(data.customers.nodes.map(({ id }: { id: string }) => id).sort()).toEqual(files.get(name));
  };
  // Twenty at a time, so that their statements interleave on the one connection.
  for (let turn = 0; turn < 1_000; turn += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => ask(turn + i)));
});
