import { afterAll, beforeAll, expect, test } from 'vitest';
import { customer } from '../../src/customer/customer.table.ts';
import { employee } from '../../src/employee/employee.table.ts';
import { maxPopulations } from '../../src/stats/population.service.ts';
import { statsPopulation } from '../../src/stats/population.table.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';

/** As it is unless set otherwise. */
const smallestGroup = 5;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  const [owner] = await server.db.select().from(employee).limit(1);
  await server.db.insert(customer).values(
    Array.from({ length: 120 }, (_, i) => ({
      name: `第${i}有限公司`,
      ownerId: owner?.id as string,
      region: i < 60 ? ('EAST_CHINA' as const) : i < 116 ? ('NORTH_CHINA' as const) : ('OVERSEAS' as const),
      stage: (['POTENTIAL', 'INTENT', 'WON', 'LOST'] as const)[i % 4],
      employeeCount: i,
      creditLimit: `${i}000.00`,
    })),
  );
});
afterAll(() => server.close());

interface Found {
  total: number | null;
  groups: { keys: { value: string }[]; count: number | null; measures: { value: string | null }[] }[];
}

async function ask(
  filter: object,
  { who = 'ANALYST' as StaffName, groupBy = ['REGION'], measures = [] as object[] } = {},
) {
  const { data, errors } = await server.as(who).query(
    `query ($filter: CustomerFilter, $groupBy: [CustomerDimension!]!, $measures: [CustomerMeasureInput!]) {
      customerStats(filter: $filter, groupBy: $groupBy, measures: $measures) { total groups { keys { value } count measures { value } } } }`,
    { filter, groupBy, measures },
  );
  return { found: data?.customerStats as Found, code: errors?.[0]?.extensions.code };
}

const told = ({ total, groups }: Found) =>
  Object.fromEntries([
    ['total', total],
    ...groups.map(({ keys, count }) => [keys.map(({ value }) => value).join(), count]),
  ]);

const without = (files: Set<string>, others: Set<string>) =>
  [...files].filter((id) => !others.has(id)).length;

const forget = () => server.db.delete(statsPopulation);

test('a group of four is hidden together with the next smallest, for analysts and marketing alone', async () => {
  await forget();
  const hidden = { total: 120, EAST_CHINA: 60, NORTH_CHINA: null, OVERSEAS: null };
  expect(told((await ask({})).found)).toEqual(hidden);
  expect(told((await ask({}, { who: 'MARKETING' })).found)).toEqual(hidden);
  expect(told((await ask({}, { who: 'FINANCE' })).found)).toEqual({
    ...hidden,
    NORTH_CHINA: 56,
    OVERSEAS: 4,
  });
});

test('asked again, the same is answered', async () => {
  await forget();
  expect(await ask({})).toEqual(await ask({}));
});

test('everyone, then everyone but one: the second is withheld whole, in either order and by either role', async () => {
  const butOne = { not: { employeeCount: { eq: 7 } } };
  for (const who of ['ANALYST', 'MARKETING'] as const) {
    for (const [first, second] of [
      [{}, butOne],
      [butOne, {}],
    ] as const) {
      await forget();
      expect((await ask(first, { who })).found.total).toBe(120);
      expect(told((await ask(second, { who })).found)).toEqual({ total: null });
    }
  }
});

test('of populations that differ by three customers in each of two groups, those groups are withheld', async () => {
  await forget();
  const butSix = { not: { employeeCount: { in: [1, 2, 3, 61, 62, 63] } } };
  await ask({ region: { ne: 'OVERSEAS' } });
  expect(told((await ask({ and: [{ region: { ne: 'OVERSEAS' } }, butSix] })).found)).toEqual({
    total: 110,
    EAST_CHINA: null,
    NORTH_CHINA: null,
  });
});

test('a segment that is changed between two questions is compared as it was', async () => {
  await forget();
  const analyst = server.as('ANALYST');
  const save =
    'mutation ($rule: CustomerFilter!) { createSegment(input: { name: "样本", rule: $rule }) { segment { id version } } }';
  const { segment } = (await analyst.query(save, { rule: { employeeCount: { lt: 100 } } })).data
    .createSegment;
  expect((await ask({ inSegment: segment.id })).found.total).toBe(100);
  const change = 'mutation ($input: UpdateSegmentInput!) { updateSegment(input: $input) { segment { id } } }';
  const { errors } = await analyst.query(change, {
    input: { id: segment.id, expectedVersion: segment.version, rule: { employeeCount: { lt: 99 } } },
  });
  expect(errors).toBeUndefined();
  expect(told((await ask({ inSegment: segment.id })).found)).toEqual({ total: null });
});

test('a measure that few customers have a value for is withheld, and none is exact', async () => {
  await forget();
  const measures = [
    { of: 'SUM', field: 'CREDIT_LIMIT' },
    { of: 'COUNT', field: 'NEED_BUDGET_MIN' },
  ];
  const { found } = await ask({ region: { eq: 'EAST_CHINA' } }, { measures });
  expect(found.groups[0]?.measures).toEqual([{ value: '1770000' }, { value: null }]);
});

test('of any two answers to one analyst, no group they both tell differs by one to four customers', async () => {
  await forget();
  const fields = [
    { employeeCount: { lt: 100 } },
    { employeeCount: { lt: 60 } },
    { employeeCount: { gte: 20 } },
    { employeeCount: { gte: 23 } },
    { stage: { ne: 'LOST' } },
    { region: { eq: 'EAST_CHINA' } },
  ];
  const populations: object[] = fields.flatMap((one, i) => [
    one,
    ...fields.slice(i + 1).map((other) => ({ and: [one, other] })),
  ]);
  const answers: { counts: Record<string, number | null>; members: Map<string, Set<string>> }[] = [];
  for (const filter of populations) {
    const { found } = await ask(filter, { groupBy: ['REGION'] });
    const { data } = await server
      .as('MANAGER')
      .query(
        'query ($filter: CustomerFilter) { customers(filter: $filter, first: 200) { nodes { id region } } }',
        { filter },
      );
    const members = new Map<string, Set<string>>();
    for (const { id, region } of data.customers.nodes as {
      id: string;
      region: string;
    }[]) {
      members.set(region, (members.get(region) ?? new Set()).add(id));
    }
    answers.push({ counts: told(found), members });
  }
  let compared = 0;
  for (const [i, one] of answers.entries()) {
    for (const other of answers.slice(i + 1)) {
      for (const [key, files] of one.members) {
        const others = other.members.get(key) ?? new Set();
        if (one.counts[key] == null || other.counts[key] == null) continue;
        compared += 1;
        for (const apart of [without(files, others), without(others, files)]) {
          expect(apart === 0 || apart >= smallestGroup, `${key}: ${apart} apart`).toBe(true);
        }
      }
    }
  }
  expect(compared).toBeGreaterThan(20);
});

test(`more than ${maxPopulations} different populations in a week are refused`, async () => {
  await forget();
  const viewerId = server.as('ANALYST').uuid;
  await server.db
    .insert(statsPopulation)
    .values(
      Array.from({ length: maxPopulations }, (_, i) => ({ viewerId, fingerprint: String(i), filters: [] })),
    );
  expect((await ask({})).code).toBe('RATE_LIMITED');
  await server.db.update(statsPopulation).set({ askedAt: '2020-01-01T00:00:00Z' });
  expect((await ask({})).found.total).toBe(120);
});
