import { afterAll, beforeAll, expect, test } from 'vitest';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket, type SocketClient } from '../support/socket.ts';

/** Names that every object has, that promises and JSON look for, or that mean something to a class. */
const reserved = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  'valueOf',
  'prototype',
  'length',
  'catch',
  'name',
  'isPrototypeOf',
];

let server: TestServer;
let socket: SocketClient;
let fileId = '';
let stage = 0;
beforeAll(async () => {
  server = await startTestServer();
  socket = connectSocket(server.socketUrl, server.as('MANAGER').token);
  for (const name of ['甲', '乙']) {
    const [row] = await server.db
      .insert(customer)
      .values({ name: `${name}有限公司`, ownerId: server.as('MANAGER').uuid })
      .returning();
    await server.db
      .insert(contact)
      .values({ customerId: row?.id as string, name: '王一', phone: '13800138000' });
  }
  fileId = (await server.as('MANAGER').query('{ customers { nodes { id } } }')).data.customers.nodes[0].id;
});
afterAll(async () => {
  await socket.close();
  await server.close();
});

/** Documents with places for response keys: rows written as bytes, rows that are resolved, both ways, everything else. */
const documents = [
  '{ #0: viewer { #1: id #2: role } #3: customers(orderBy: [{ field: FILE_NUMBER }]) { #0: totalCount } }',
  '{ #0: customers(orderBy: [{ field: FILE_NUMBER }]) { #1: nodes { #2: id #3: name #4: version #5: __typename } } }',
  '{ #0: customers(orderBy: [{ field: FILE_NUMBER }]) { #1: nodes { #2: id #3: contacts { #4: nodes { #5: name #6: customer { #7: name } } } #4: owner { #1: name } } } }',
  '{ #0: customers(orderBy: [{ field: FILE_NUMBER }]) { #1: edges { #2: cursor #3: node { #4: name #5: contacts(first: 1) { #6: totalCount #7: nodes { #0: phone } } } } #2: pageInfo { #3: hasNextPage } } }',
  'query($id: ID!) { #0: customer(id: $id) { #1: name #2: contacts { #3: nodes { #4: name } } #5: history(first: 1) { #6: nodes { #7: field } } } }',
  'query($id: ID!) { #0: node(id: $id) { #1: id ... on Customer { #2: name ...F } } } fragment F on Customer { #3: contacts { #4: nodes { #5: id } } }',
  '{ #0: customerStats(groupBy: [STAGE]) { #1: total #2: groups { #3: count #4: keys { #5: label } } } }',
  '{ #0: __schema { #1: queryType { #2: name } } #3: __typename }',
];
const fill = (document: string, nameOf: (place: number) => string) =>
  document.replace(/#(\d)/g, (_, place) => nameOf(Number(place)));
/** An answer with its response keys as they are called elsewhere. */
const renamed = (value: unknown, nameOf: ReadonlyMap<string, string>): unknown => {
  if (Array.isArray(value)) return value.map((item) => renamed(item, nameOf));
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value).map(([key, below]) => [nameOf.get(key) ?? key, renamed(below, nameOf)]);
};

test.each(documents)('whatever its fields are called, the same is answered: %s', async (document) => {
  const variables = document.includes('$id') ? { id: fileId } : {};
  const plain = await server.as('MANAGER').query(
    fill(document, (place) => `k${place}`),
    variables,
  );
  expect(plain.errors).toBeUndefined();
  for (let turn = 0; turn < reserved.length; turn += 1) {
    const nameOf = (place: number) => reserved[(place + turn) % reserved.length] as string;
    const back = new Map(Array.from({ length: 8 }, (_, place) => [nameOf(place), `k${place}`]));
    const text = fill(document, nameOf);
    const http = await server.as('MANAGER').query(text, variables);
    const overSocket = await socket.query(text, variables);
    for (const { data, errors } of [http, overSocket]) {
      expect({ data: renamed(data, back), errors }, text).toEqual({
        data: renamed(plain.data, new Map()),
        errors: undefined,
      });
    }
  }
});

test.each(reserved)('an event and what a mutation changed are returned under the name %s', async (name) => {
  const stream = socket.subscribe(
    `subscription { ${name}: customerFileChanged { ${name}: type customer { ${name}: stage contacts { ${name}: totalCount } } } }`,
  );
  await socket.query('{ viewer { id } }');
  stage += 1;
  const changed = stage % 2 === 0 ? 'INTENT' : 'LOST';
  const lostReason = changed === 'LOST' ? '价格' : undefined;
  const { version } = (
    await server.as('MANAGER').query('query($id: ID!) { customer(id: $id) { version } }', { id: fileId })
  ).data.customer;
  const { data, errors } = await server
    .as('MANAGER')
    .query(
      `mutation($input: UpdateCustomerInput!) { ${name}: updateCustomer(input: $input) { ${name}: customer { ${name}: stage } } }`,
      { input: { id: fileId, expectedVersion: version, stage: changed, lostReason } },
    );
  expect(errors).toBeUndefined();
  const deep = (value: unknown, ...keys: string[]) =>
    keys.reduce((at, key) => Object.getOwnPropertyDescriptor(at, key)?.value, value);
  expect(deep(data, name, name, name)).toBe(changed);
  // Bookmarks come whenever the machine takes its time.
  let event = await stream.next();
  while (deep(event.data, name, name) === 'BOOKMARK') event = await stream.next();
  expect(event.errors).toBeUndefined();
  expect(deep(event.data, name, name)).toBe('UPDATED');
  expect(deep(event.data, name, 'customer', name)).toBe(changed);
  expect(deep(event.data, name, 'customer', 'contacts', name)).toBe(1);
  stream.stop();
});
