import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { type Answer, startTestServer, type TestClient, type TestServer } from '../support/server.ts';

let server: TestServer;
let client: TestClient;
let id: string;
let version: number;

beforeAll(async () => {
  server = await startTestServer();
  client = server.as('MANAGER');
  const [own] = await server.db
    .insert(customer)
    .values({ name: '甲公司', ownerId: server.as('SALES').uuid, creditLimit: '1' })
    .returning();
  id = encodeId('cus', own?.id as string);
  version = own?.version as number;
});
afterAll(() => server.close());

const file =
  'query File($id: ID!) { customer(id: $id) { id name creditLimit contacts(first: 1) { nodes { phone } } } }';

/** As they were when they signed in. */
const restore = async () => {
  await server.db.execute(
    sql`update employee set role = 'MANAGER', disabled_at = null where id = ${client.uuid}`,
  );
  await server.db.execute(
    sql`update session set ended_at = null, end_reason = null, expires_at = now() + interval '1 day' where employee_id = ${client.uuid}`,
  );
  await client.query('{ viewer { id } }');
};
beforeEach(restore);

const told = ({ data, errors }: Answer) => ({ data, errors });

test('who was seen a moment ago is looked up together with the file they request, in one statement', async () => {
  await client.query(file, { id });
  const again = await client.query(file, { id });
  expect(again).toMatchObject({ data: { customer: { name: '甲公司', creditLimit: '1.00' } }, statements: 1 });
});

const roles: [how: string, change: SQL][] = [
  ['has another role', sql`update employee set role = 'MARKETING' where id = `],
  ['has a role of other limits', sql`update employee set role = 'ANALYST' where id = `],
];
const ends: [how: string, change: SQL][] = [
  ['is disabled', sql`update employee set disabled_at = now() where id = `],
  ['is signed out', sql`update session set ended_at = now(), end_reason = 'LOGOUT' where employee_id = `],
  [
    'was signed in too long',
    sql`update session set expires_at = now() - interval '1 second' where employee_id = `,
  ],
];

const operations: Record<string, [document: string, variables: () => Record<string, unknown>]> = {
  'a file': [file, () => ({ id })],
  'a file as of then': [
    'query ($id: ID!, $asOf: DateTime) { customer(id: $id, asOf: $asOf) { id name creditLimit } }',
    () => ({ id, asOf: new Date().toISOString() }),
  ],
  'a file by its number': ['query { customer(fileNumber: "none") { id } }', () => ({})],
  'a file that is none': ['query { customer(id: "nonsense") { id } }', () => ({})],
  'a file under a condition': [
    'query ($id: ID!) { customer(id: $id) { id contacts(filter: { phone: { isNull: true } }) { totalCount } } }',
    () => ({ id }),
  ],
  'a list': ['query { customers { nodes { id name creditLimit } } }', () => ({})],
  'a list under a condition on what not everybody reads': [
    'query { customers(filter: { creditLimit: { gte: "0" } }) { totalCount nodes { id } } }',
    () => ({}),
  ],
  'lists beside each other': [
    'query ($id: ID!) { customers { nodes { creditLimit } } contacts { nodes { phone } } customer(id: $id) { name } }',
    () => ({ id }),
  ],
  'a list beside what asks first': ['query { customers { nodes { id } } viewer { role } }', () => ({})],
  'a write': [
    'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { city } } }',
    () => ({ input: { id, expectedVersion: version, city: '上海' } }),
  ],
};

/** Refused to anybody before they run. */
const faulty: typeof operations = {
  'a list that asks too much': [
    'query { customers(first: 200) { nodes { contacts(first: 200) { nodes { deals: id interactions: id } totalCount } } edges { node { needs(first: 200) { nodes { id } } } } } }',
    () => ({}),
  ],
  'a list with what there is not': ['query { customers { nodes { nothing } } }', () => ({})],
};

describe.each([...roles, ...ends])('who %s since they were seen', (how, change) => {
  test.each(Object.entries({ ...operations, ...faulty }))(
    'is answered as who they are: %s',
    async (what, [document, variables]) => {
      await server.db.execute(sql`${change}${client.uuid}`);
      const presumed = await client.query(document, variables());
      const known = await client.query(document, variables());
      expect(told(presumed)).toEqual(told(known));
      if (ends.some(([end]) => end === how) && !(what in faulty)) {
        const codes = presumed.errors?.map(({ extensions }) => extensions.code);
        expect([...new Set(codes)]).toEqual(['UNAUTHENTICATED']);
        expect(Object.values(presumed.data ?? {}).filter((value) => value !== null)).toEqual([]);
      }
    },
  );
});

describe.each(ends)('who %s since they were seen', (_how, change) => {
  test('leaves no trace of reading or being refused as who they were', async () => {
    await server.db.execute(sql`${change}${client.uuid}`);
    await client.query('query Gone($id: ID!) { customer(id: $id) { creditLimit } }', { id });
    await client.query('query Gone { customers { nodes { creditLimit } } }');
    await restore();
    await client.query('query Back($id: ID!) { customer(id: $id) { creditLimit } }', { id });
    const names = async () =>
      (
        await server.db.execute<{ name: string }>(
          sql`select distinct operation_name as name from access_log where employee_id = ${client.uuid}`,
        )
      ).map(({ name }) => name);
    // Entries are written in the order in which they were made.
    await expect.poll(names).toContain('Back');
    expect(await names()).not.toContain('Gone');
  });
});

test('one who is nobody any more keeps no other from what they requested in the same moment', async () => {
  const other = server.as('DATA_STEWARD');
  await other.query(file, { id });
  await server.db.execute(sql`update employee set disabled_at = now() where id = ${client.uuid}`);
  const answers = await Promise.all([client, other, client, other].map((one) => one.query(file, { id })));
  expect(answers.map(({ data }) => data?.customer?.name ?? null)).toEqual([null, '甲公司', null, '甲公司']);
});
