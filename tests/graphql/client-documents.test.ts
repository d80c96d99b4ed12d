import { readFileSync } from 'node:fs';
import { parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { countAnswers } from '../support/gauges.ts';
import { type StaffName, staffNames, startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';

let server: TestServer;
let fileId: string;
/** What clients load again by id: a file, a contact, something that is not there. */
let nodeIds: string[];

beforeAll(async () => {
  server = await startTestServer();
  const owners: StaffName[] = ['SALES', 'SALES_2'];
  const files = await server.db
    .insert(customer)
    .values(
      owners.flatMap((owner) =>
        ['甲', '乙', '丙'].map((name) => ({ name: `${name}${owner}`, ownerId: server.as(owner).uuid })),
      ),
    )
    .returning({ id: customer.id });
  const contacts = await server.db
    .insert(contact)
    .values(files.map(({ id: customerId }) => ({ customerId, name: '王芳', phone: '+862112345678' })))
    .returning({ id: contact.id });
  fileId = encodeId('cus', files[0]?.id as string);
  nodeIds = [fileId, encodeId('con', contacts[0]?.id as string), encodeId('cus', contacts[0]?.id as string)];
});
afterAll(() => server.close());

type Recorded = Record<string, { dashboardList: string; singleFile: string; recordedFrom: string }>;
const clients = Object.entries(JSON.parse(readFileSync('bench/client-documents.json', 'utf8')) as Recorded);

/** How many answers were written, and all that were not. */
async function answers(): Promise<{ written: number; resolved: Record<string, number> }> {
  const { written = Number.NaN, ...resolved } = await countAnswers(server);
  return { written, resolved };
}

test.each(clients)('what %s sends over HTTP is written for every role', async (_, documents) => {
  const before = await answers();
  for (const name of staffNames) {
    for (const document of [documents.dashboardList, documents.singleFile]) {
      const { data } = await server.as(name).query(document, { first: 50, id: fileId });
      expect(data, name).toBeTruthy();
    }
  }
  const after = await answers();
  expect(after.resolved).toEqual(before.resolved);
  expect(after.written - before.written).toBeGreaterThan(staffNames.length);
});

/** The same of each event's file. */
const followed = (singleFile: string): string => {
  const end = parse(singleFile).definitions[0]?.loc?.end as number;
  return `${singleFile.slice(0, end)} }${singleFile.slice(end)}`
    .replace(/query \w+\(\s*\$id: ID!\s*\)/, 'subscription Follow($id: ID!, $after: String)')
    .replace(
      'customer(id: $id)',
      'customerFileChanged(customerId: $id, after: $after) { __typename type actor { __typename id name } customer',
    );
};

test.each(clients)('what %s selects of an event’s file is written', async (_, { singleFile }) => {
  const manager = server.as('MANAGER');
  const { data } = await manager.query('{ customers(first: 1) { changesCursor } }');
  const before = await answers();
  const socket = connectSocket(server.socketUrl, server.as('SALES').token);
  const stream = socket.subscribe(followed(singleFile), {
    id: fileId,
    after: data.customers.changesCursor,
  });
  const { data: file } = await manager.query('query ($id: ID!) { customer(id: $id) { version city } }', {
    id: fileId,
  });
  const city = file.customer.city === '上海市' ? '杭州市' : '上海市';
  const change =
    'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { id } } }';
  const input = { id: fileId, expectedVersion: file.customer.version, city };
  expect((await manager.query(change, { input })).errors).toBeUndefined();
  let event = (await stream.next()).data.customerFileChanged;
  while (event.customer.city !== city) event = (await stream.next()).data.customerFileChanged;
  expect(event).toMatchObject({ __typename: 'CustomerFileEvent', customer: { id: fileId, owner: {} } });
  const after = await answers();
  expect(after.resolved).toEqual(before.resolved);
  // The query of its version, and at least the file of one event.
  expect(after.written - before.written).toBeGreaterThanOrEqual(2);
  await socket.close();
});

test('what Relay loads again by id is written, whatever it is', async () => {
  const document = `query Refetch($id: ID!) { node(id: $id) { __typename ...File ...Person id } }
    fragment File on Customer { name owner { id name } contacts(first: 3) { edges { node { id name __typename } cursor } pageInfo { endCursor hasNextPage } } }
    fragment Person on Contact { name phone customer { ...Key } }
    fragment Key on Node { id __typename }`;
  const before = await answers();
  for (const name of staffNames) {
    for (const id of nodeIds) expect((await server.as(name).query(document, { id })).data, name).toBeTruthy();
  }
  const after = await answers();
  expect(after.resolved).toEqual(before.resolved);
  expect(after.written - before.written).toBeGreaterThan(staffNames.length);
});
