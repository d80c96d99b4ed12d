import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Viewer } from '../../src/core/access/viewer.ts';
import type { Context } from '../../src/core/context.ts';
import { executorOf } from '../../src/core/database/row-loader.ts';
import { createStatements } from '../../src/core/database/statements.ts';
import { estimateCost, newShape, requireAffordable } from '../../src/core/model/query-cost.ts';
import { pageStatement } from '../../src/core/model/select.ts';
import { customerModel } from '../../src/domains/customer/customer.model.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { interaction } from '../../src/domains/interaction/interaction.table.ts';
import { customerExport } from '../../src/features/export/customer-export.table.ts';
import { requestExport } from '../export/download.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';

/** So low that reading two thousand long rows twice is too much. */
const queryCostLimit = 600;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ config: { queryCostLimit } });
  const files = await server.db
    .insert(customer)
    .values(
      Array.from({ length: 2_000 }, (_, i) => ({
        name: `第${i}有限公司`,
        ownerId: server.as('SALES_2').uuid,
        region: i < 5 ? ('OVERSEAS' as const) : ('EAST_CHINA' as const),
      })),
    )
    .returning({ id: customer.id });
  await server.db.insert(interaction).values(
    files.map(({ id }) => ({
      customerId: id,
      employeeId: server.as('SALES_2').uuid,
      kind: 'VISIT' as const,
      occurredAt: '2026-01-01T00:00:00Z',
      summary: '报价'.repeat(200),
    })),
  );
  await server.db.execute(sql`analyze customer, interaction`);
});
afterAll(() => server.close());

const said = { interactions: { some: { summary: { contains: '质量' } } } };
const visited = { interactions: { count: { where: { summary: { contains: '报价' } }, gte: 1 } } };
/** Reads the interactions again and again. */
const pathological = { and: [visited, { not: visited }, { or: [visited, said] }, said] };

const count = (filter: object, who: StaffName = 'MANAGER') =>
  server
    .as(who)
    .query('query ($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }', { filter });

const saved = async (name: string) => {
  const { data } = await server
    .as('MANAGER')
    .query('mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }', {
      input: { name, rule: pathological, shared: true },
    });
  return data.createSegment.segment.id as string;
};

test('a query that would read too much is refused with the estimate, the limit and what would help', async () => {
  const { data, errors } = await count(pathological);
  expect(data).toBeNull();
  const { code, limit, value, maximum, hints } = errors?.[0]?.extensions ?? {};
  expect([code, limit, maximum]).toEqual(['QUERY_TOO_COMPLEX', 'databaseCost', queryCostLimit]);
  expect(value).toBeGreaterThan(queryCostLimit);
  expect(errors?.[0]?.message).toContain(`${value} of ${queryCostLimit}`);
  expect(hints[0]).toMatchObject({ path: ['filter', 'and', 0, 'interactions', 'count'] });
  expect(hints[0].add).toContain('occurredAt');
  expect(hints[0].add).not.toContain('summary');
});

test('it is refused before it runs', async () => {
  const before = server.statements.length;
  await count(pathological);
  const sent = server.statements.slice(before).filter((text) => text.includes('"interaction"'));
  expect(sent.length).toBe(1);
  expect(sent[0]).toMatch(/^explain /);
});

test('with the condition that was named, the same is answered', async () => {
  const { data, errors } = await count({ and: [visited, { region: { eq: 'OVERSEAS' } }] });
  expect(errors).toBeUndefined();
  expect(data.customers.totalCount).toBe(5);
});

test('lists, statistics, previews and sizes of segments are refused alike', async () => {
  const id = await saved('全部');
  const documents = [
    '{ customers(orderBy: [{ field: NAME, direction: ASC }], filter: $filter) { totalCount nodes { id } } }',
    '{ customerStats(filter: $filter, groupBy: [REGION]) { total } }',
    '{ previewSegment(rule: $filter) { size } }',
    `{ segment(id: "${id}") { size } customers(filter: $filter) { totalCount } }`,
    `{ segmentDiff(segmentId: "${id}", newRule: $filter) { joining } }`,
  ];
  for (const document of documents) {
    const { errors } = await server
      .as('MANAGER')
      .query(`query ($filter: CustomerFilter!) ${document}`, { filter: pathological });
    expect([document, errors?.[0]?.extensions.code]).toEqual([document, 'QUERY_TOO_COMPLEX']);
  }
});

test('whether one file is in a segment costs nothing worth refusing', async () => {
  const id = await saved('拜访');
  const { data: list } = await server.as('MANAGER').query('{ customers(first: 1) { nodes { id } } }');
  const file = list.customers.nodes[0].id;
  const { data, errors } = await server
    .as('MANAGER')
    .query(
      `{ segment(id: "${id}") { explain(customerId: "${file}") { matches } contains(customerId: "${file}") } customer(id: "${file}") { segments { id } } }`,
    );
  expect(errors).toBeUndefined();
  expect(data.segment).toEqual({ explain: { matches: false }, contains: false });
  expect(data.customer.segments).toEqual([]);
});

test('an export is refused alike, when it is requested', async () => {
  const { data, errors } = await requestExport(server, 'MANAGER', {
    columns: ['NAME'],
    filter: pathological,
  });
  expect(data).toBeNull();
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', maximum: queryCostLimit });
  expect(await server.db.select().from(customerExport)).toEqual([]);
});

test('an analyst has a quarter of what others have', async () => {
  const dear = {
    city: { contains: '京' },
    interactions: { count: { where: { kind: { eq: 'VISIT' } }, gte: 1 } },
  };
  expect((await count(dear)).errors).toBeUndefined();
  const refused = (await count(dear, 'ANALYST')).errors?.[0]?.extensions;
  expect(refused).toMatchObject({ code: 'QUERY_TOO_COMPLEX', maximum: queryCostLimit / 4 });
});

test('conditions on rows beside the file, however many, are planned in little more time than a few', async () => {
  const beside = {
    needs: {
      some: { item: { contains: '机' }, customer: { deals: { some: { title: { contains: '约' } } } } },
    },
  };
  const took = async (amount: number) => {
    const startedMs = performance.now();
    const { errors } = await count({ and: Array.from({ length: amount }, () => beside) });
    expect([undefined, 'QUERY_TOO_COMPLEX']).toContain(errors?.[0]?.extensions.code);
    return performance.now() - startedMs;
  };
  await took(2);
  const fewMs = await took(4);
  // Joined all, these took a hundred times as long.
  expect(await took(24)).toBeLessThan(Math.max(20 * fewMs, 2_000));
});

test('a simple condition costs no statement more', async () => {
  const plain = await count({ region: { eq: 'OVERSEAS' } });
  const heavy = await count({ name: { contains: '第1' } });
  expect(heavy.statements - plain.statements).toBe(1);
  expect(plain.statements).toBe((await count({})).statements);
});

test('a condition on a list of a file, which no index answers, is priced', async () => {
  const plain = await count({});
  for (const field of ['formerNames', 'phones', 'emails', 'externalKeys']) {
    const listed = await count({ [field]: { hasAny: ['某处'] } });
    expect(listed.statements - plain.statements, field).toBe(1);
  }
});

test('who sees some files only gets no estimate: it is of all files', async () => {
  const { errors } = await count(pathological, 'SALES_2');
  expect(errors?.[0]?.extensions).not.toHaveProperty('value');
  expect(errors?.[0]?.message).not.toMatch(/\d+ of \d+/);
});

test.each([
  ['SALES', 'alike'],
  ['MANAGER', 'differently'],
] as const)(
  'with a limit between the estimates of two values, each is decided by its own for %s %s',
  async (role, how) => {
    const viewer = { id: server.as(role).uuid, role } as Viewer;
    const statements = createStatements(() => executorOf(server.db));
    // Few files are overseas and many in the east: whoever sees none of them must not find out.
    const questions = ['OVERSEAS', 'EAST_CHINA'].map((region) => {
      const shape = newShape();
      const { statement } = pageStatement(
        { viewer, now: new Date(), timeZone: 'Asia/Shanghai', currency: 'CNY', shape },
        customerModel,
        { node: null, wantsKey: false, wantsMore: false, wantsTotal: true, wantsHead: false },
        { filter: { and: [said, { region: { eq: region } }] } },
      );
      return { statement, shape };
    });
    const [few = 0, many = 0] = await Promise.all(
      questions.map(({ statement }) => estimateCost({ statements }, statement)),
    );
    const ctx = { viewer, statements, queryCostLimit: Math.floor((few + many) / 2) } as Context;
    const isRefused = ({ statement, shape }: (typeof questions)[number]) =>
      requireAffordable(ctx, shape, statement).then(
        () => false,
        ({ extensions }) => extensions.code === 'QUERY_TOO_COMPLEX',
      );
    expect(many).toBeGreaterThan(few);
    const [isFewRefused, isManyRefused] = await Promise.all(questions.map(isRefused));
    expect(isFewRefused === isManyRefused).toBe(how === 'alike');
  },
);
