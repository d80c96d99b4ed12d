import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Role } from '../../src/core/access/role.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { directoryLookup } from '../../src/domains/directory/directory.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let fileId: string;

beforeAll(async () => {
  server = await startTestServer();
  const ownerId = server.as('SALES').uuid;
  const [file] = await server.db
    .insert(customer)
    .values({ name: '上海临港精密机械有限公司', shortName: '临港精机', ownerId })
    .returning();
  fileId = file?.id as string;
  await server.db.insert(contact).values([
    {
      customerId: fileId,
      name: '王建国',
      title: '采购经理',
      phone: '+8613800000001',
      email: 'wang@private.example',
    },
    { customerId: fileId, name: '李小红', title: '总经理', isPrimary: true, birthday: '1980-01-01' },
  ]);
  await server.db.insert(customer).values([
    { name: '苏州临港贸易有限公司', ownerId },
    { name: '临港重工股份有限公司', ownerId },
    { name: '临港旧厂有限公司', ownerId, archivedAt: '2024-01-01T00:00:00Z' },
  ]);
});
afterEach(() => server.db.delete(directoryLookup));
afterAll(() => server.close());

const cards = `query Cards($search: String!, $first: Int, $after: String) {
  customerDirectory(search: $search, first: $first, after: $after) {
    nodes { customerId companyName contacts { name title } ownerName } pageInfo { hasNextPage endCursor }
  }
}`;

test('a sales person learns of a colleague’s customer: company, contacts with title, owner, and nothing else', async () => {
  const { data, errors } = await server.as('SALES_2').query(cards, { search: '精密机械' });
  expect(errors).toBeUndefined();
  expect(data.customerDirectory.nodes).toEqual([
    {
      customerId: encodeId('cus', fileId),
      companyName: '上海临港精密机械有限公司',
      contacts: [
        { name: '李小红', title: '总经理' },
        { name: '王建国', title: '采购经理' },
      ],
      ownerName: 'SALES',
    },
  ]);
  const opened = await server.as('SALES_2').query('query ($id: ID!) { customer(id: $id) { fileNumber } }', {
    id: encodeId('cus', fileId),
  });
  expect(opened.data.customer).toBeNull();
});

test.each(Object.values(Role).filter((role) => role !== 'ANALYST'))('%s may look', async (role) => {
  const { data } = await server.as(role).query(cards, { search: '王建国' });
  expect(data.customerDirectory.nodes).toHaveLength(1);
});

test('whose role reads no card is refused before any statement runs, and so is a stranger', async () => {
  const analyst = await server.as('ANALYST').query(cards, { search: '临港' });
  expect(analyst.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect(analyst.statements).toBe(1);
  const stranger = await server.anonymous.query(cards, { search: '临港' });
  expect(stranger.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('a request for access is a look-up, since it shows the card', async () => {
  const input = {
    customerId: encodeId('cus', fileId),
    classes: ['CONTACT'],
    purpose: '代班',
    until: new Date(Date.now() + 86_400_000).toISOString(),
  };
  const request = () =>
    server
      .as('SALES_2')
      .query(
        'mutation ($input: RequestAccessInput!) { requestAccess(input: $input) { request { card { companyName } } } }',
        { input },
      );
  expect((await request()).data.requestAccess.request.card.companyName).toBe('上海临港精密机械有限公司');
  expect((await server.db.select().from(directoryLookup)).map(({ lookups }) => lookups)).toEqual([1, 1]);
  await server.db.update(directoryLookup).set({ lookups: initialSettings.lookupsPerMinute });
  expect((await request()).errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
});

test('two letters find names, those that begin with them first; archived files rest', async () => {
  const { data } = await server.as('MARKETING').query(cards, { search: ' 临港 ' });
  const names = data.customerDirectory.nodes.map((node: { companyName: string }) => node.companyName);
  expect(names).toEqual(['临港重工股份有限公司', '上海临港精密机械有限公司', '苏州临港贸易有限公司']);
});

test('a name is found in traditional letters, without its accents and with spaces beside Chinese letters', async () => {
  await server.db.insert(customer).values([
    { name: '华为技术有限公司', ownerId: server.as('SALES').uuid },
    { name: 'Müller Straße GmbH', ownerId: server.as('SALES').uuid },
  ]);
  for (const [search, name] of [
    ['華為', '华为技术有限公司'],
    ['华为 技术　有限公司', '华为技术有限公司'],
    ['MULLER', 'Müller Straße GmbH'],
    ['müller strasse', 'Müller Straße GmbH'],
  ]) {
    const { data } = await server.as('SALES_2').query(cards, { search });
    expect(
      data.customerDirectory.nodes.map((node: { companyName: string }) => node.companyName),
      search,
    ).toEqual([name]);
  }
});

test('numbers, addresses and anything else of a file find nothing', async () => {
  for (const search of ['13800000001', 'private.example', '1980', '%%', '__', '％％', '\\%']) {
    const { data, errors } = await server.as('SALES_2').query(cards, { search });
    expect(errors).toBeUndefined();
    expect(data.customerDirectory.nodes, search).toEqual([]);
  }
});

test('pages follow each other without a gap or a repeat', async () => {
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const { data } = await server.as('SALES_2').query(cards, { search: '临港', first: 1, after });
    seen.push(...data.customerDirectory.nodes.map((node: { companyName: string }) => node.companyName));
    after = data.customerDirectory.pageInfo.hasNextPage ? data.customerDirectory.pageInfo.endCursor : null;
  } while (after);
  expect(seen).toEqual(['临港重工股份有限公司', '上海临港精密机械有限公司', '苏州临港贸易有限公司']);
});

test('bad input is refused with its place', async () => {
  const issue = async (variables: object) =>
    (await server.as('SALES').query(cards, { search: '临港', ...variables })).errors?.[0]?.extensions
      .issues?.[0];
  expect(await issue({ search: '临' })).toMatchObject({ path: ['search'], code: 'SEARCH_LENGTH' });
  expect(await issue({ search: '临　' })).toMatchObject({ path: ['search'], code: 'SEARCH_LENGTH' });
  expect(await issue({ search: '临'.repeat(101) })).toMatchObject({
    path: ['search'],
    code: 'SEARCH_LENGTH',
  });
  expect(await issue({ first: 21 })).toMatchObject({ path: ['first'], code: 'OUT_OF_BOUNDS' });
  expect(await issue({ after: 'nonsense' })).toMatchObject({ path: ['after'], code: 'MALFORMED_CURSOR' });
});

test('a look-up takes three statements however many cards it shows', async () => {
  const one = await server.as('SALES').query(cards, { search: '精密机械' });
  const three = await server.as('SALES').query(cards, { search: '临港' });
  expect([one.statements, three.statements]).toEqual([3, 3]);
});

test('who walks through the names is stopped until a stated time; a colleague is not', async () => {
  const answers = await Promise.all(
    Array.from({ length: initialSettings.lookupsPerMinute + 5 }, () =>
      server.as('SALES_2').query(cards, { search: '临港' }),
    ),
  );
  const refused = answers.filter(({ errors }) => errors?.[0]?.extensions.code === 'RATE_LIMITED');
  expect(refused).toHaveLength(5);
  expect(refused[0]?.errors?.[0]?.extensions.retryAfterSeconds).toBeGreaterThan(50);
  expect((await server.as('SALES').query(cards, { search: '临港' })).errors).toBeUndefined();
});

test('the count starts again when its window is over, and the day has a limit of its own', async () => {
  const employeeId = server.as('SALES').uuid;
  await server.as('SALES').query(cards, { search: '临港' });
  const anHourAgo = new Date(Date.now() - 3_600_000).toISOString();
  await server.db
    .update(directoryLookup)
    .set({ lookups: initialSettings.lookupsPerDay, windowStartedAt: anHourAgo })
    .where(eq(directoryLookup.employeeId, employeeId));
  const { errors } = await server.as('SALES').query(cards, { search: '临港' });
  expect(errors?.[0]?.extensions.retryAfterSeconds).toBeGreaterThan(22 * 3600);
  const lookups = await server.db
    .select()
    .from(directoryLookup)
    .where(eq(directoryLookup.employeeId, employeeId));
  expect(lookups.map(({ period, lookups }) => `${period} ${lookups}`).sort()).toEqual(['BURST 1', 'DAY 201']);
});
