import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { customerTag, tag } from '../../src/domains/tag/tag.table.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';
import { missingId } from '../support/writing.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  const owners = [server.as('SALES').uuid, server.as('SALES_2').uuid] as const;
  // AC-3's own fixture: of 20 files 7 in 华东 and 8 manufacturers.
  const files = await server.db
    .insert(customer)
    .values(
      Array.from({ length: 20 }, (_, i) => ({
        name: `第${i}有限公司`,
        ownerId: owners[i < 15 ? 0 : 1],
        region: i < 7 ? ('EAST_CHINA' as const) : i < 19 ? ('NORTH_CHINA' as const) : null,
        industry: i % 5 < 2 ? '制造业' : '服务业',
        creditLimit: i < 4 ? `${i + 1}00000.00` : null,
        // Both sides of the New Year in Shanghai.
        createdAt: i < 10 ? '2025-12-31T15:59:59Z' : '2025-12-31T16:00:00Z',
      })),
    )
    .returning();
  await server.db.insert(deal).values(
    files.slice(0, 3).map((file, i) => ({
      customerId: file.id,
      ownerId: owners[0],
      title: '设备',
      stage: i < 2 ? ('WON' as const) : ('OPEN' as const),
      amount: '10.00',
      contractAmount: i < 2 ? '600000.01' : null,
      effectiveOn: i < 2 ? '2026-01-01' : null,
    })),
  );
  const labels = await server.db
    .insert(tag)
    .values([{ facet: '行业', value: '制造业' }, { facet: '行业', value: '电子' }, { value: '高预算' }])
    .returning();
  await server.db
    .insert(customerTag)
    .values(
      files.slice(0, 2).flatMap((file) => labels.map(({ id }) => ({ customerId: file.id, tagId: id }))),
    );
});
afterAll(() => server.close());

const fields = `total groupCount suppressed measures { name value }
  groups { keys { dimension value label labelEn } count share suppressed measures { name value } }`;

async function stats(args: string, who: StaffName = 'MANAGER') {
  const answer = await server.as(who).query(`{ customerStats(${args}) { ${fields} } }`);
  return { ...answer, stats: answer.data?.customerStats };
}

interface Group {
  keys: { value: string | null; label: string | null }[];
  count: number | null;
  share: string | null;
  measures: { value: string | null }[];
}

/** "label count share measures…" of each group. */
const lines = (found: { groups: Group[] }) =>
  found.groups.map(({ keys, count, share, measures }) =>
    [...keys.map(({ label }) => label ?? '-'), count, share, ...measures.map(({ value }) => value)].join(' '),
  );

test('华东 is 35 % and manufacturing 40 %, and all shares add up', async () => {
  expect(lines((await stats('groupBy: [REGION]')).stats)).toEqual([
    '华北 12 0.6000',
    '华东 7 0.3500',
    '- 1 0.0500',
  ]);
  expect(lines((await stats('groupBy: [INDUSTRY]')).stats)).toEqual(['服务业 12 0.6000', '制造业 8 0.4000']);
});

test('shares of thirds still add up to one', async () => {
  const { stats: found } = await stats('groupBy: [INDUSTRY, REGION], filter: { region: { eq: EAST_CHINA } }');
  const shares = found.groups.map(({ share }: Group) => Math.round(Number(share) * 10_000));
  expect(shares.reduce((a: number, b: number) => a + b, 0)).toBe(10_000);
});

test('one statement whatever is selected, beside the one that authenticates the viewer', async () => {
  const plain = await stats('groupBy: [REGION]');
  const rich = await stats(
    'groupBy: [REGION, STAGE, OWNER], measures: [{ of: MEDIAN, field: CREDIT_LIMIT }, { of: SUM, field: DEAL_AMOUNT }, { of: AVG, field: NEED_BUDGET_MIN }]',
  );
  expect(rich.errors).toBeUndefined();
  expect([plain.statements, rich.statements]).toEqual([2, 2]);
});

test('measures are exact, over files and over their deals', async () => {
  const { stats: found } = await stats(`groupBy: [REGION], orderBy: [{ by: "REGION" }], measures: [
    { of: SUM, field: CREDIT_LIMIT }, { of: AVG, field: CREDIT_LIMIT }, { of: MEDIAN, field: CREDIT_LIMIT }, { of: MIN, field: CREDIT_LIMIT },
    { of: MAX, field: CREDIT_LIMIT }, { of: COUNT, field: CREDIT_LIMIT },
    { of: SUM, field: DEAL_CONTRACT_AMOUNT, as: "won", deals: { stage: { eq: WON } } }, { of: COUNT, field: DEAL_AMOUNT }]`);
  expect(lines(found)).toEqual([
    '华东 7 0.3500 1000000.00 250000.0000 250000.0000 100000.00 400000.00 4 1200000.02 3',
    '华北 12 0.6000 0     0 0 0',
    '- 1 0.0500 0     0 0 0',
  ]);
  expect(
    found.measures.map(({ name, value }: { name: string; value: string }) => `${name} ${value}`),
  ).toContain('won 1200000.02');
});

test('time is grouped by the organisation’s calendar', async () => {
  expect(
    lines((await stats('groupBy: [CREATED_AT_MONTH], orderBy: [{ by: "CREATED_AT_MONTH" }]')).stats),
  ).toEqual(['2025-12 10 0.5000', '2026-01 10 0.5000']);
  expect(
    lines(
      (await stats('groupBy: [CREATED_AT_QUARTER], orderBy: [{ by: "COUNT" }, { by: "CREATED_AT_QUARTER" }]'))
        .stats,
    ),
  ).toEqual(['2025-Q4 10 0.5000', '2026-Q1 10 0.5000']);
});

test('a file with two tags of a facet is in both groups and once in the total', async () => {
  const { stats: found } = await stats(
    'groupBy: [TAG], tagFacet: "行业", measures: [{ of: SUM, field: CREDIT_LIMIT }]',
  );
  expect(lines(found).toSorted()).toEqual([
    '- 18 0.9000 700000.00',
    '制造业 2 0.1000 300000.00',
    '电子 2 0.1000 300000.00',
  ]);
  expect(found.total).toBe(20);
  expect(found.measures[0].value).toBe('1000000.00');
  expect(lines((await stats('groupBy: [TAG]')).stats)[1]).toBe('高预算 2 0.1000');
});

test('groups by owner and team carry ids and names', async () => {
  const { stats: found } = await stats('groupBy: [OWNER, TEAM]');
  expect(found.groups[0].keys).toEqual([
    { dimension: 'OWNER', value: server.as('SALES').id, label: 'SALES', labelEn: 'SALES' },
    expect.objectContaining({ dimension: 'TEAM', value: expect.stringMatching(/^team_/), label: '一队' }),
  ]);
});

test('having, order and first act on groups; the total stays that of the query', async () => {
  const { stats: found } = await stats(
    'groupBy: [REGION], having: [{ measure: "COUNT", gte: "7" }], orderBy: [{ by: "COUNT" }], first: 1',
  );
  expect(lines(found)).toEqual(['华东 7 0.3500']);
  expect([found.groupCount, found.total]).toEqual([2, 20]);
});

test('no dimension gives the total alone, an empty population nothing', async () => {
  expect((await stats('groupBy: []')).stats).toMatchObject({ total: 20, groups: [] });
  expect((await stats('groupBy: [REGION], filter: { or: [] }')).stats).toMatchObject({
    total: 0,
    groups: [],
  });
});

test('a segment is counted as its rule is read', async () => {
  const { data } = await server
    .as('MANAGER')
    .query(
      'mutation { createSegment(input: { name: "华东", shared: true, rule: { region: { eq: EAST_CHINA } } }) { segment { id } } }',
    );
  const { id } = data.createSegment.segment;
  expect((await stats(`groupBy: [INDUSTRY], segmentId: "${id}"`)).stats.total).toBe(7);
  expect((await stats(`groupBy: [], filter: { not: { inSegment: "${id}" } }`)).stats.total).toBe(13);
  expect((await stats(`groupBy: [], segmentId: "${missingId('seg')}"`)).errors?.[0]?.extensions.code).toBe(
    'NOT_FOUND',
  );
});

describe('the rights are those of reading', () => {
  test('sales count their own files', async () => {
    expect((await stats('groupBy: [REGION]', 'SALES')).stats.total).toBe(15);
    expect((await stats('groupBy: [REGION]', 'SALES_2')).stats.total).toBe(5);
  });

  test.each([
    ['CUSTOMER_SERVICE', 'groupBy: [CREDIT_GRADE]', 'Customer.creditGrade'],
    ['CUSTOMER_SERVICE', 'groupBy: [], measures: [{ of: SUM, field: CREDIT_LIMIT }]', 'Customer.creditLimit'],
    ['MARKETING', 'groupBy: [], measures: [{ of: AVG, field: CREDIT_LIMIT }]', 'Customer.creditLimit'],
    ['ANALYST', 'groupBy: [TAG]', 'Customer.tags'],
    ['ANALYST', 'groupBy: [], filter: { owner: { name: { contains: "王" } } }', 'Employee.name'],
    ['ANALYST', 'groupBy: [], filter: { name: { contains: "公司" } }', 'Customer.name'],
  ] as const)('%s is refused %s before any statement of it runs, naming %s', async (who, args, field) => {
    const { errors, statements } = await stats(args, who);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', field });
    expect(statements).toBe(1);
  });

  test('nobody counts without signing in', async () => {
    const { errors } = await server.anonymous.query('{ customerStats(groupBy: []) { total } }');
    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });
});

test('every violation of a query is reported at once', async () => {
  const { errors } = await stats(
    'groupBy: [REGION, REGION], tagFacet: "行业", first: 0, having: [{ measure: "X" }], orderBy: [{ by: "Y" }], measures: [{ of: SUM, field: CREDIT_LIMIT, as: "COUNT", deals: {} }]',
  );
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  expect(errors?.[0]?.extensions.issues.map(({ path }: { path: string[] }) => path.join('.'))).toEqual([
    'groupBy',
    'tagFacet',
    'first',
    'measures.0.deals',
    'measures',
    'having.0.measure',
    'orderBy.0.by',
  ]);
});
