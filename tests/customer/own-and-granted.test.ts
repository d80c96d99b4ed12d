import { afterAll, beforeAll, expect, test } from 'vitest';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
/** Ids of what the sales person may see: 12 of their own, 5 of a colleague's. */
let visible: string[];

const regions = ['EAST_CHINA', 'NORTH_CHINA', null] as const;

beforeAll(async () => {
  server = await startTestServer();
  const [mine, theirs] = [server.as('SALES').uuid, server.as('SALES_2').uuid];
  const files = await server.db
    .insert(customer)
    .values(
      Array.from({ length: 24 }, (_, i) => ({
        name: `华东第${i % 5}精密机械有限公司`,
        ownerId: i % 2 === 0 ? mine : theirs,
        region: regions[i % 3],
        creditLimit: `${(i * 7) % 24}000.00`,
      })),
    )
    .returning();
  const own = files.filter(({ ownerId }) => ownerId === mine);
  const granted = files.filter(({ ownerId }) => ownerId === theirs);
  const grant = (file: (typeof files)[number], classes: ('business' | 'credit')[]) => ({
    customerId: file.id,
    granteeId: mine,
    classes,
    purpose: '代班',
    expiresAt: '2999-01-01T00:00:00Z',
  });
  await server.db.insert(accessGrant).values([
    ...granted.slice(0, 3).map((file) => grant(file, ['business'])),
    ...granted.slice(2, 5).map((file) => grant(file, ['credit'])),
    // Granted first, owned since.
    ...own.slice(0, 2).map((file) => grant(file, ['business'])),
    { ...grant(granted[6] as (typeof files)[number], ['credit']), expiresAt: '2020-01-01T00:00:00Z' },
    { ...grant(granted[7] as (typeof files)[number], ['credit']), endedAt: '2020-01-01T00:00:00Z' },
  ]);
  visible = [...own, ...granted.slice(0, 5)].map(({ id }) => id);
});
afterAll(() => server.close());

interface Page {
  totalCount: number;
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

const page = async (args: string): Promise<Page> => {
  const { data, errors } = await server
    .as('SALES')
    .query(
      `{ customers(${args}) { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    );
  expect(errors).toBeUndefined();
  return data.customers;
};
const idsOf = ({ nodes }: Page) => nodes.map(({ id }) => id);

/** A condition that all files meet: a list with one is not read way by way. */
const filter = 'filter: { name: { startsWith: "华东" } }';

test.each([
  ['as lists are by themselves', ''],
  ['by a name that several have', 'orderBy: [{ field: NAME }], '],
  ['by a field that may be empty', 'orderBy: [{ field: REGION, direction: DESC }, { field: NAME }], '],
  ['by a field that is not readable on each', 'orderBy: [{ field: CREDIT_LIMIT, direction: DESC }], '],
])('own and granted files are one list, each once, page after page: %s', async (_, order) => {
  const whole = await page(`${order}${filter}, first: 200`);
  const all = idsOf(whole);
  expect(all).toHaveLength(visible.length);
  expect(idsOf(await page(`${order}first: 200`))).toEqual(all);
  expect(whole.totalCount).toBe(visible.length);

  const forwards: string[] = [];
  let at = await page(`${order}first: 4`);
  forwards.push(...idsOf(at));
  while (at.pageInfo.hasNextPage) {
    at = await page(`${order}first: 4, after: "${at.pageInfo.endCursor}"`);
    forwards.push(...idsOf(at));
  }
  expect(forwards).toEqual(all);
  const backwards: string[] = [];
  at = await page(`${order}last: 4`);
  backwards.unshift(...idsOf(at));
  while (at.pageInfo.hasPreviousPage) {
    at = await page(`${order}last: 4, before: "${at.pageInfo.startCursor}"`);
    backwards.unshift(...idsOf(at));
  }
  expect(backwards).toEqual(all);
});
