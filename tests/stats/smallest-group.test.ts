import { afterAll, beforeAll, expect, test } from 'vitest';
import { customer } from '../../src/customer/customer.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const smallestGroup = 10;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ config: { smallestGroup } });
  const regions = { EAST_CHINA: 38, NORTH_CHINA: 22, OVERSEAS: 9 } as const;
  await server.db.insert(customer).values(
    Object.entries(regions).flatMap(([region, files]) =>
      Array.from({ length: files }, (_, i) => ({
        name: `${region}${i}有限公司`,
        ownerId: server.as('SALES').uuid,
        region: region as keyof typeof regions,
        creditLimit: i < 9 ? '100.00' : null,
      })),
    ),
  );
});
afterAll(() => server.close());

const ask = async (filter: object) => {
  const { data, errors } = await server
    .as('ANALYST')
    .query(
      'query ($filter: CustomerFilter) { customerStats(filter: $filter, groupBy: [REGION], measures: [{ of: SUM, field: CREDIT_LIMIT }]) { total measures { value } groups { keys { value } count } } }',
      { filter },
    );
  expect(errors).toBeUndefined();
  return data.customerStats;
};

test('the size set by the organisation is the one below which nothing is told, and the step of what is', async () => {
  const { total, measures, groups } = await ask({});
  const counts = groups.map(({ keys, count }: { keys: { value: string }[]; count: number | null }) => [
    keys[0]?.value,
    count,
  ]);
  expect(total).toBe(70);
  expect(Object.fromEntries(counts)).toEqual({ EAST_CHINA: 40, NORTH_CHINA: null, OVERSEAS: null });
  expect(measures).toEqual([{ value: '2700' }]);
  expect(await ask({ region: { eq: 'OVERSEAS' } })).toEqual({
    total: null,
    measures: [{ value: null }],
    groups: [],
  });
});

test('of two populations that differ by fewer than that, the second is withheld', async () => {
  expect((await ask({})).total).toBe(70);
  expect((await ask({ region: { ne: 'OVERSEAS' } })).total).toBeNull();
});
