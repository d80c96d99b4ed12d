import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { need } from '../../src/domains/need/need.table.ts';
import { type StaffName, staffNames, startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket, type SocketClient } from '../support/socket.ts';

let server: TestServer;
const sockets = new Map<StaffName, SocketClient>();
let fileId = '';
beforeAll(async () => {
  server = await startTestServer();
  const rows = await server.db
    .insert(customer)
    .values(
      (['POTENTIAL', 'INTENT', 'WON', 'LOST'] as const).map((stage, i) => ({
        name: `变量${i}有限公司`,
        stage,
        ownerId: server.as(i % 2 === 0 ? 'SALES' : 'SALES_2').uuid,
      })),
    )
    .returning();
  for (const { id } of rows) {
    await server.db.insert(contact).values([
      { customerId: id, name: '王一' },
      { customerId: id, name: '李二', title: '经理' },
    ]);
    await server.db.insert(need).values({ customerId: id, item: '数控机床' });
  }
  const { data } = await server.as('SALES').query('{ customers { nodes { id } } }');
  fileId = data.customers.nodes[0].id;
  for (const name of staffNames) sockets.set(name, connectSocket(server.socketUrl, server.as(name).token));
});
afterAll(async () => {
  await Promise.all([...sockets.values()].map((socket) => socket.close()));
  await server.close();
});

/** Documents that hold a variable everywhere one can be, with values that fit: argument, input field, list item, deep in a relation. */
const documents: [document: string, ...given: unknown[]][] = [
  [
    'query($v: CustomerStage) { customers(filter: { stage: { eq: $v } }) { totalCount nodes { name } } }',
    'WON',
    'LOST',
  ],
  [
    'query($v: CustomerStage = WON) { customers(filter: { stage: { eq: $v } }) { nodes { name } } }',
    'WON',
    'LOST',
  ],
  [
    'query($v: [CustomerStage!]) { customers(filter: { stage: { notIn: $v } }) { nodes { name } } }',
    'WON',
    ['LOST'],
    [],
  ],
  [
    'query($v: CustomerFilter) { customers(filter: { and: [{ kind: { isNull: false } }], not: $v }) { totalCount } }',
    {},
    { stage: null },
    { stage: {} },
    { stage: { eq: null } },
    { or: [{ stage: { eq: 'WON' } }] },
  ],
  [
    'query($v: CustomerFilter = { stage: { eq: WON } }) { customers(filter: $v) { edges { node { name } } pageInfo { hasNextPage } } }',
    { stage: { eq: 'WON' } },
    {},
    { stage: { eq: null } },
  ],
  [
    'query($v: String) { customers(filter: { contacts: { some: { title: { eq: $v } } } }) { nodes { name contacts(filter: { title: { eq: $v } }) { nodes { id } totalCount } } } }',
    '经理',
    '主任',
  ],
  [
    'query($v: Int) { customers(first: $v) { nodes { name contacts(first: $v) { nodes { name } } } } }',
    1,
    2,
    0,
  ],
  [
    'query($v: Int = 1) { customers(first: $v) { nodes { name contacts(first: $v) { nodes { name } } } } }',
    1,
    2,
  ],
  [
    'query($v: OrderDirection) { customers(orderBy: [{ field: FILE_NUMBER, direction: $v }]) { nodes { name } } }',
    'ASC',
    'DESC',
  ],
  [
    'query($v: OrderDirection = DESC) { customers { nodes { contacts(orderBy: [{ field: CREATED_AT, direction: $v }]) { nodes { id } } } } }',
    'ASC',
    'DESC',
  ],
  [
    'query($v: Boolean = true) { customers { nodes { name @include(if: $v) stage contacts { totalCount @skip(if: $v) nodes { id } } } } }',
    true,
    false,
  ],
  ['query($v: String) { customers(search: $v) { totalCount } }', '变量', 'x'],
  [
    'query($v: String, $id: ID!) { customer(id: $id) { stage contacts(filter: { title: { eq: $v } }) { nodes { name } } needs(filter: { and: [{ item: { contains: $v } }] }) { totalCount } } }',
    '机床',
    '经理',
  ],
  [
    'query($v: String, $id: ID!) { node(id: $id) { ... on Customer { name contacts(filter: { name: { startsWith: $v } }) { nodes { name } } } } }',
    '王',
    '赵',
  ],
  [
    'query($v: CustomerStage) { customerStats(filter: { stage: { eq: $v } }, groupBy: [STAGE]) { total groupCount } }',
    'WON',
  ],
];
const absent = Symbol('absent');
const stepOf = (given: unknown[]) =>
  fc.record({
    value: fc.constantFrom<unknown>(absent, null, ...given),
    who: fc.constantFrom(...staffNames),
    overSocket: fc.boolean(),
  });

const comparable = ({ data, errors = [] }: { data?: unknown; errors?: unknown }) => ({
  data: data ?? null,
  errors: (errors as { message: string; path?: unknown; extensions: { code: unknown } }[]).map(
    ({ message, path, extensions }) => ({ message, path, code: extensions.code }),
  ),
});

let asked = 0;

async function answer(
  document: string,
  { value, who, overSocket }: { value: unknown; who: StaffName; overSocket: boolean },
) {
  const variables = {
    ...(value !== absent && { v: value }),
    ...(document.includes('$id') && { id: fileId }),
  };
  if (!overSocket) return comparable(await server.as(who).query(document, variables));
  const stream = (sockets.get(who) as SocketClient).subscribe(document, variables);
  return Promise.race([
    stream.next().then((result) => comparable(result as never)),
    stream.ended.then((errors) => comparable({ errors })),
  ]);
}

test('the answer to a query does not depend on who sent it before without the variable', async () => {
  const document = 'query($s: CustomerStage) { customers(filter: { stage: { eq: $s } }) { totalCount } }';
  const manager = server.as('MANAGER');
  const all = { data: { customers: { totalCount: 4 } } };
  for (const _ of [1, 2]) {
    expect(await manager.query(document)).toMatchObject(all);
    const { data, errors } = await manager.query(document, { s: null });
    expect(data).toBeNull();
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [{ path: ['filter', 'stage', 'eq'], code: 'NULL' }],
    });
    expect(await manager.query(document, { s: 'WON' })).toMatchObject({
      data: { customers: { totalCount: 1 } },
    });
  }
});

test.each(documents)(
  'sent in any order, by anybody, absent, null or given: %s',
  async (document, ...given) => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(stepOf(given), { minLength: 6, maxLength: 12 }), async (steps) => {
        for (const one of steps) {
          // With a comment of its own it is another document, of which nothing is kept.
          asked += 1;
          const [again, fresh] = [await answer(document, one), await answer(`${document} # ${asked}`, one)];
          expect(again, JSON.stringify(one)).toEqual(fresh);
          if (again.errors.length === 0) answered += 1;
        }
      }),
      { numRuns: 3 },
    );
    expect(answered).toBeGreaterThan(3);
  },
);
