import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { dimensions } from '../../src/features/stats/dimension.ts';
import { MeasureFunction, measuredNumbers } from '../../src/features/stats/measure.ts';
import { isRefused } from '../access/file-world.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const ownerId = server.as('SALES').uuid;
  const files = Array.from({ length: 9 }, (_, i) => ({
    name: `上海第${i}精密机械有限公司`,
    ownerId,
    industry: i < 7 ? '制造业' : `行业${i}`,
    region: i === 0 ? ('SOUTHWEST' as const) : ('EAST_CHINA' as const),
    annualRevenue: `${123_456 + i}.70`,
    creditLimit: i % 2 === 0 ? `${100_001 + i}.00` : null,
  }));
  const rows = await server.db.insert(customer).values(files).returning();
  await server.db
    .insert(deal)
    .values(rows.map(({ id }, i) => ({ customerId: id, ownerId, title: '设备', amount: `${7 + i}.01` })));
});
afterAll(() => server.close());

const stats = async (who: StaffName, args: string) => {
  const fields =
    'total suppressed measures { name value } groups { count share suppressed keys { value } measures { name value } }';
  return server.as(who).query(`{ customerStats(${args}) { ${fields} } }`);
};

/** Each dimension and each number in each way it is measured, with what must be readable. */
const questions = [
  ...[...dimensions.values()].map((one) => ({ args: `groupBy: [${one.name}]`, asks: [one] })),
  // How complete a file is, is to everybody of what they read on it: tests/completeness.
  ...[...measuredNumbers.values()]
    .filter(({ attribute }) => !attribute.computed)
    .map(({ name, through }) => {
      const measures = Object.values(MeasureFunction).map((of) => `{ of: ${of}, field: ${name} }`);
      return { args: `groupBy: [REGION], measures: [${measures.join(', ')}]`, asks: through };
    }),
];

describe.each(['ANALYST', 'MARKETING'] as const)('%s', (who) => {
  test('gets of what they read file by file exactly what a manager gets, however few customers it speaks of', async () => {
    let answered = 0;
    for (const { args, asks } of questions) {
      const { data, errors } = await stats(who, args);
      if (isRefused(who, asks)) {
        expect(
          errors?.map(({ extensions }) => extensions.code),
          args,
        ).toEqual(['FORBIDDEN']);
        continue;
      }
      expect(errors, args).toBeUndefined();
      expect(data, args).toEqual((await stats('MANAGER', args)).data);
      answered += 1;
    }
    expect(answered).toBeGreaterThan(20);
  });

  test('may query as many populations as they like, of refused ones too, and of one again', async () => {
    const { id } = server.as('SALES');
    for (let i = 0; i < 60; i += 1) {
      const { data } = await stats(
        who,
        `groupBy: [], filter: { annualRevenue: { gte: "${123_457 + (i % 9)}" } }`,
      );
      expect(data.customerStats.total).toBe(8 - (i % 9));
      const refused = await stats(
        who,
        `groupBy: [], filter: { contacts: { some: { phone: { eq: "${i}" } } } }`,
      );
      expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    }
    const { data } = await stats(who, `groupBy: [OWNER], filter: { owner: { id: { eq: "${id}" } } }`);
    expect(data.customerStats.groups).toEqual([
      { count: 9, share: '1.0000', suppressed: false, measures: [], keys: [{ value: id }] },
    ]);
  });
});

test('a group of one is counted as the list counts it', async () => {
  const { data } = await stats('ANALYST', 'groupBy: [REGION]');
  const { data: listed } = await server
    .as('ANALYST')
    .query('{ customers(filter: { region: { eq: SOUTHWEST } }) { totalCount } }');
  const group = data.customerStats.groups.find(
    ({ keys }: { keys: { value: string }[] }) => keys[0]?.value === 'SOUTHWEST',
  );
  expect([group.count, listed.customers.totalCount]).toEqual([1, 1]);
});
