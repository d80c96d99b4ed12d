import { afterAll, beforeAll, expect, test } from 'vitest';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { interaction } from '../../src/domains/interaction/interaction.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  const owners = [server.as('SALES').uuid, server.as('SALES_2').uuid];
  const rows = await server.db
    .insert(customer)
    .values(
      Array.from({ length: 30 }, (_, i) => ({
        name: `华东第${i}精密机械有限公司`,
        ownerId: owners[i % 2] as string,
        region: i % 3 === 0 ? ('EAST_CHINA' as const) : null,
        creditLimit: `${i}000.00`,
      })),
    )
    .returning();
  await server.db.insert(contact).values(
    rows.flatMap((row) =>
      [0, 1, 2, 3].map((n) => ({
        customerId: row.id,
        name: `联系人${n}`,
        phone: '+862112345678',
        religion: '佛教',
      })),
    ),
  );
  await server.db.insert(interaction).values(
    rows.map((row) => ({
      customerId: row.id,
      employeeId: row.ownerId,
      kind: 'VISIT' as const,
      occurredAt: '2026-01-01T00:00:00Z',
      summary: '拜访',
    })),
  );
});
afterAll(() => server.close());

const nestedList = (first: number) => `{
  customers(first: ${first}) {
    totalCount changesCursor
    pageInfo { hasNextPage endCursor }
    nodes { id name owner { name team { name } } tags { label }
      contacts(first: 3) { totalCount nodes { id name phone customer { name } } }
      interactions(last: 1) { edges { cursor node { kind employee { name } contact { name } } } } }
  }
}`;

test('a nested list takes two statements however many rows it has: the viewer’s, and that of the whole answer', async () => {
  const few = await server.as('MANAGER').query(nestedList(2));
  const many = await server.as('MANAGER').query(nestedList(30));
  expect(few.errors).toBeUndefined();
  expect(many.data.customers.nodes).toHaveLength(30);
  expect(many.data.customers.nodes[0].contacts).toMatchObject({
    totalCount: 4,
    nodes: [{}, {}, {}],
  });
  expect(few.statements).toBe(2);
  expect(many.statements).toBe(2);
});

test('several root fields share one round trip', async () => {
  const answer = await server
    .as('MANAGER')
    .query('{ customers { totalCount } contacts { totalCount } deals { totalCount } }');
  expect(answer.data).toEqual({
    customers: { totalCount: 30 },
    contacts: { totalCount: 120 },
    deals: { totalCount: 0 },
  });
  expect(answer.statements).toBe(2);
});

test('a sales person sees their own files and no other, nested and counted', async () => {
  const answer = await server
    .as('SALES')
    .query(
      '{ customers(first: 200) { totalCount nodes { owner { id } } } contacts { totalCount } interactions { totalCount } }',
    );
  expect(answer.data.customers.totalCount).toBe(15);
  const owners = new Set(answer.data.customers.nodes.map((node: { owner: { id: string } }) => node.owner.id));
  expect([...owners]).toEqual([server.as('SALES').id]);
  expect(answer.data.contacts.totalCount).toBe(60);
  expect(answer.data.interactions.totalCount).toBe(15);
});

test('a withheld field is null on every row and reported once, with its reason', async () => {
  const answer = await server
    .as('CUSTOMER_SERVICE')
    .query('{ customers { nodes { creditLimit contacts { nodes { phone religion } } } } }');
  expect(
    answer.data.customers.nodes.every((node: { creditLimit: unknown }) => node.creditLimit === null),
  ).toBe(true);
  expect(answer.errors?.map(({ extensions }) => extensions)).toEqual([
    { code: 'FORBIDDEN', field: 'Customer.creditLimit', reason: 'ROLE', requestable: false },
    { code: 'FORBIDDEN', field: 'Contact.religion', reason: 'APPROVAL_REQUIRED', requestable: true },
  ]);
  expect(answer.data.customers.nodes[0].contacts.nodes[0].phone).toBe('+862112345678');
});

test.each([
  ['filter', '{ customers(filter: { creditLimit: { gte: "1000" } }) { totalCount } }'],
  ['negated filter', '{ customers(filter: { not: { creditLimit: { gte: "1000" } } }) { totalCount } }'],
  ['relation filter', '{ contacts(filter: { customer: { creditLimit: { isNull: true } } }) { totalCount } }'],
  ['order', '{ customers(orderBy: [{ field: CREDIT_LIMIT }]) { totalCount nodes { id } } }'],
])('a field the role may not read cannot be used in a %s, and no statement runs', async (_, query) => {
  const answer = await server.as('CUSTOMER_SERVICE').query(query);
  expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', field: 'Customer.creditLimit' });
  expect(answer.statements).toBe(1);
});

test('pages follow each other without a gap or a repeat, forwards and backwards', async () => {
  const page = async (args: string) =>
    (
      await server
        .as('MANAGER')
        .query(
          `{ customers(orderBy: [{ field: REGION, direction: DESC }, { field: NAME }], ${args}) { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
        )
    ).data.customers;
  const all = (await page('first: 200')).nodes.map((node: { id: string }) => node.id);
  const forwards: string[] = [];
  let at = await page('first: 7');
  forwards.push(...at.nodes.map((node: { id: string }) => node.id));
  while (at.pageInfo.hasNextPage) {
    at = await page(`first: 7, after: "${at.pageInfo.endCursor}"`);
    forwards.push(...at.nodes.map((node: { id: string }) => node.id));
  }
  expect(forwards).toEqual(all);
  const backwards: string[] = [];
  at = await page('last: 7');
  backwards.unshift(...at.nodes.map((node: { id: string }) => node.id));
  while (at.pageInfo.hasPreviousPage) {
    at = await page(`last: 7, before: "${at.pageInfo.startCursor}"`);
    backwards.unshift(...at.nodes.map((node: { id: string }) => node.id));
  }
  expect(backwards).toEqual(all);
});

test('a stranger is refused before any statement runs', async () => {
  const answer = await server.anonymous.query('{ customers { totalCount } }');
  expect(answer.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  expect(answer.statements).toBe(0);
});

test('bad arguments are refused with their place', async () => {
  const refused = async (args: string) =>
    (await server.as('MANAGER').query(`{ customers(${args}) { nodes { id } } }`)).errors?.[0]?.extensions;
  expect(await refused('first: 201')).toMatchObject({
    code: 'BAD_USER_INPUT',
    issues: [{ path: ['first'] }],
  });
  expect(await refused('first: 1, last: 1')).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await refused('after: "nonsense"')).toMatchObject({
    code: 'BAD_USER_INPUT',
    issues: [{ path: ['after'] }],
  });
  expect(await refused('segmentId: "cus_01j0b3v1mmeedtx9cpdgkfhbcg"')).toMatchObject({
    code: 'BAD_USER_INPUT',
  });
});

test('a cursor whose date does not exist is refused as malformed, and one of a date that does is taken', async () => {
  const id = '01a0fbe7-bec0-7d99-b0cc-098f0b950c4d';
  const answer = (values: unknown[], order = '') =>
    server
      .as('MANAGER')
      .query(`query ($after: String) { customers(first: 1, after: $after${order}) { nodes { id } } }`, {
        after: Buffer.from(JSON.stringify(values)).toString('base64url'),
      });
  const issuesOf = async (values: unknown[], order?: string) =>
    (await answer(values, order)).errors?.[0]?.extensions.issues;
  const founded = ', orderBy: [{ field: FOUNDED_ON }]';
  for (const date of ['2026-02-30', '2025-02-29', '2026-13-01', '2026-00-10', '2026-04-31']) {
    const malformed = [{ path: ['after'], code: 'MALFORMED_CURSOR' }];
    expect(await issuesOf(['Query.customers-updatedAt-id', `${date}T10:00:00+00:00`, id])).toMatchObject(
      malformed,
    );
    expect(await issuesOf(['Query.customers+foundedOn+id', date, id], founded)).toMatchObject(malformed);
  }
  expect(await issuesOf(['Query.customers-updatedAt-id', '2026-02-28T25:00:00+00:00', id])).toHaveLength(1);
  expect(
    (await answer(['Query.customers-updatedAt-id', '2024-02-29T23:59:59.123456+00:00', id])).errors,
  ).toBeUndefined();
  expect((await answer(['Query.customers+foundedOn+id', '2024-02-29', id], founded)).errors).toBeUndefined();
});
