import { sql } from 'drizzle-orm';
import { type GraphQLField, getNamedType, isEnumType, isInputObjectType, isObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { literalOf } from '../support/literal.ts';
import { sharedSchema } from '../support/schema.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';

let server: TestServer;
let segmentId: string;
let customerId: string;
beforeAll(async () => {
  server = await startTestServer();
  const { as, db } = server;
  const { data, errors } = await as('ADMIN').query(
    'mutation { createSegment(input: { name: "启明", shared: true, rule: { name: { contains: "启明" } } }) { segment { id } } }',
  );
  expect(errors).toBeUndefined();
  segmentId = data.createSegment.segment.id;
  await enterRows(db);
  // Reads that are logged.
  await as('ADMIN').query('{ contacts { nodes { mobile } } }');
});
afterAll(() => server.close());

/** A row in every list. */
async function enterRows(db: TestServer['db']): Promise<void> {
  const [owner, other] = [server.as('SALES').uuid, server.as('ADMIN').uuid];
  const values = { name: '苏州启明精密机械有限公司', ownerId: owner };
  const [{ id } = { id: '' }] = await db.insert(customer).values(values).returning({ id: customer.id });
  customerId = encodeId('cus', id);
  // Outside of the segment.
  await db.insert(customer).values({ name: '无锡华东精密机械有限公司', ownerId: owner });
  const lent = sql`${id}, ${other}, '{contact}', '核对'`;
  for (const statement of [
    sql`insert into contact (customer_id, name, mobile) values (${id}, '王经理', '+8613800138000')`,
    sql`insert into interaction (customer_id, employee_id, kind, summary, occurred_at) values (${id}, ${owner}, 'NOTE', '备注', now())`,
    sql`insert into need (customer_id, item) values (${id}, '设备')`,
    sql`insert into deal (customer_id, owner_id, title) values (${id}, ${owner}, '设备')`,
    sql`insert into task (customer_id, assignee_id, title) values (${id}, ${owner}, '核对')`,
    sql`insert into tag (value) values ('高预算')`,
    sql`with made as (insert into department (name) values ('采购部') returning id)
        update employee set department_id = made.id from made`,
    sql`insert into access_grant (customer_id, grantee_id, classes, purpose, consent_reference, expires_at) values (${lent}, '同意书', now() + interval '1 day')`,
    sql`insert into access_request (customer_id, requester_id, classes, purpose, until, told_ids) values (${lent}, '2999-01-01', '{}')`,
    sql`insert into handover (from_employee_id, performed_by_id, reason, disabled, customers, archived_customers, custodianships, deals, grants, segments)
        values (${other}, ${other}, 'LEAVING', false, 1, 0, 0, 0, 0, 0)`,
    sql`insert into delegation (employee_id, delegate_id, starts_at, ends_at) values (${other}, ${owner}, now(), now() + interval '1 day')`,
    sql`insert into outgoing (kind, recipient_id, occasion, expires_at) values ('morning-digest', ${owner}, '2030-01-01', now())`,
    sql`insert into run (kind, period, opened_at) values ('audit', '2030-01', now())`,
    sql`update settings set content = content || '{"lookupsPerMinute": 1000}'`,
    sql`select sequence_events(1000)`,
  ])
    await db.execute(statement);
}

/** Ways to the lists that are not root fields. */
const ways: Record<string, (list: string) => string> = {
  Customer: (list) => `customers { nodes { ${list} } }`,
  CustomerBrief: (list) => `customerBrief(id: "${customerId}") { ${list} }`,
  Segment: (list) => `segment(id: "${segmentId}") { ${list} }`,
  SegmentDifference: (list) =>
    `segmentDiff(segmentId: "${segmentId}", newRule: { not: { name: { contains: "启明" } } }) { ${list} }`,
  SegmentPreview: (list) => `previewSegment(rule: { name: { isNull: false } }) { ${list} }`,
  Employee: (list) => `employees { nodes { ${list} } }`,
  Team: (list) => `employees { nodes { team { ${list} } } }`,
  Department: (list) => `employees { nodes { department { ${list} } } }`,
  Query: (list) => list,
};

/** A list that is read from a cursor. */
interface List {
  type: string;
  name: string;
  cursors: string[];
  /** Fields by which it can be ordered. */
  orders: string[];
  selection: (args: string, selected?: string) => string;
}

/** Every list of the schema that is read from a cursor. */
const lists: List[] = Object.values(sharedSchema().getTypeMap())
  .filter(isObjectType)
  .filter(({ name }) => name !== 'Subscription')
  .flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => {
      const cursors = field.args.map(({ name }) => name).filter((name) => /^(?:after|before)$/.test(name));
      const connection = getNamedType(field.type);
      if (cursors.length === 0 || !isObjectType(connection)) return [];
      if (!connection.name.endsWith('Connection')) return [];
      const required = field.args.filter(({ type: of }) => String(of).endsWith('!'));
      const given = required.map(({ name, type: of }) =>
        // The only search that is required is the directory's.
        name === 'search' ? 'search: "启明"' : `${name}: ${literalOf(of)}`,
      );
      const total = 'totalCount' in connection.getFields() ? 'totalCount' : 'pageInfo { hasNextPage }';
      const selection = (args: string, selected = total) => {
        const all = [...given, args].filter(Boolean).join(', ');
        return `${field.name}${all && `(${all})`} { ${selected} }`;
      };
      const name = `${type.name}.${field.name}`;
      return [{ type: type.name, name, cursors, orders: ordersOf(field), selection }];
    }),
  );

function ordersOf({ args }: GraphQLField<unknown, unknown>): string[] {
  const order = args.find(({ name }) => name === 'orderBy');
  const term = order && getNamedType(order.type);
  const field = isInputObjectType(term) ? getNamedType(term.getFields().field?.type) : undefined;
  return isEnumType(field) ? field.getValues().map(({ name }) => name) : [];
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const foreign = [
  '',
  'x',
  encoded([]),
  encoded(['+name-id', 'x', '00000000-0000-0000-0000-000000000000']),
  encoded(['-seq', 1]),
];

test.each(lists)(
  'a malformed cursor is refused even where only the total is selected: $name',
  async ({ type, cursors, selection }) => {
    const way = ways[type];
    expect(way, type).toBeDefined();
    const socket = connectSocket(server.socketUrl, server.as('ADMIN').token);
    for (const cursor of cursors)
      for (const value of foreign) {
        const document = `{ ${way?.(selection(`${cursor}: ${JSON.stringify(value)}`))} }`;
        for (const ask of [server.as('ADMIN').query, socket.query]) {
          const { errors } = await ask(document);
          expect([document, errors?.[0]?.extensions.code]).toEqual([document, 'BAD_USER_INPUT']);
        }
      }
    await socket.close();
  },
);

/** Asks for a list, ordered by a field if both lists that are compared can be. */
const asked = ({ type, selection }: List, order: string | undefined, args: string, selected?: string) => {
  const ordered = order ? `orderBy: [{ field: ${order} }]` : '';
  const way = ways[type] as (list: string) => string;
  return `{ ${way(selection([ordered, args].filter(Boolean).join(', '), selected))} }`;
};

/** What changed since a visit is the file's history from an instant on: one list in two places. */
const originOf = ({ name }: List): string => (name === 'CustomerBrief.changes' ? 'Customer.history' : name);

const cursors = new Map<string, string>();

/** A cursor of a list, asked for once. */
async function cursorOf(list: List, order: string | undefined): Promise<string> {
  const known = cursors.get(`${list.name} ${order}`);
  if (known !== undefined) return known;
  const { data, errors } = await server.as('MANAGER').query(asked(list, order, '', 'pageInfo { endCursor }'));
  const [, cursor] = /"endCursor":"([^"]+)"/.exec(JSON.stringify(data)) ?? [];
  expect(cursor, `${list.name} ${JSON.stringify(errors)}`).toBeDefined();
  cursors.set(`${list.name} ${order}`, cursor as string);
  return cursor as string;
}

test.each(lists)('a cursor of any other list, in the same order, is refused: $name', async (list) => {
  const { token, query } = server.as('MANAGER');
  const socket = connectSocket(server.socketUrl, token);
  let refused = 0;
  for (const other of lists) {
    const order = list.orders.find((field) => other.orders.includes(field));
    const cursor = JSON.stringify(await cursorOf(other, order));
    for (const argument of list.cursors) {
      const document = asked(list, order, `${argument}: ${cursor}`);
      const ask = refused % 2 ? socket.query : query;
      const { errors } = await ask(document);
      const code = errors?.[0]?.extensions.code;
      if (originOf(list) === originOf(other)) expect([document, errors]).toEqual([document, undefined]);
      else expect([other.name, document, code]).toEqual([other.name, document, 'BAD_USER_INPUT']);
      refused += 1;
    }
  }
  await socket.close();
});
