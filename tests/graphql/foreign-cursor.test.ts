import { getNamedType, isObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSchema } from '../../src/api.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { literalOf } from '../support/literal.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';

let server: TestServer;
let segmentId: string;
beforeAll(async () => {
  server = await startTestServer();
  await server.db
    .insert(customer)
    .values({ name: '苏州启明精密机械有限公司', ownerId: server.as('SALES').uuid });
  const { data } = await server
    .as('ADMIN')
    .query(
      'mutation { createSegment(input: { name: "全部", rule: { name: { isNull: false } } }) { segment { id } } }',
    );
  segmentId = data.createSegment.segment.id;
});
afterAll(() => server.close());

/** Ways to the lists that are not root fields. */
const ways: Record<string, (list: string) => string> = {
  Customer: (list) => `customers { nodes { ${list} } }`,
  Segment: (list) => `segment(id: "${segmentId}") { ${list} }`,
  SegmentDifference: (list) =>
    `segmentDiff(segmentId: "${segmentId}", newRule: { name: { isNull: true } }) { ${list} }`,
  SegmentPreview: (list) => `previewSegment(rule: { name: { isNull: false } }) { ${list} }`,
  Team: (list) => `employees { nodes { team { ${list} } } }`,
  Query: (list) => list,
};

/** Every list of the schema that is read from a cursor, with each of its cursors. */
const lists = Object.values(createSchema().getTypeMap())
  .filter(isObjectType)
  .filter(({ name }) => name !== 'Subscription')
  .flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => {
      const cursors = field.args.filter(({ name }) => ['after', 'before'].includes(name));
      const connection = getNamedType(field.type);
      if (!isObjectType(connection) || !connection.name.endsWith('Connection')) return [];
      const required = field.args.filter(({ type: of }) => String(of).endsWith('!'));
      const given = required.map(({ name, type: of }) => `${name}: ${literalOf(of)}`);
      const hasTotal = 'totalCount' in connection.getFields();
      return cursors.map(({ name: cursor }) => ({
        type: type.name,
        name: `${type.name}.${field.name}(${cursor})`,
        selection: (value: string) =>
          `${field.name}(${[...given, `${cursor}: ${JSON.stringify(value)}`].join(', ')}) { ${
            hasTotal ? 'totalCount' : 'pageInfo { hasNextPage }'
          } }`,
      }));
    }),
  );

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const foreign = [
  '',
  'x',
  encoded([]),
  encoded(['+name-id', 'x', '00000000-0000-0000-0000-000000000000']),
  encoded(['-seq', 1]),
];

test.each(lists)('a foreign cursor is refused even where only the total is asked: $name', async (list) => {
  const way = ways[list.type];
  expect(way, list.type).toBeDefined();
  const socket = connectSocket(server.socketUrl, server.as('ADMIN').token);
  for (const cursor of foreign) {
    const document = `{ ${way?.(list.selection(cursor))} }`;
    for (const ask of [server.as('ADMIN').query, socket.query]) {
      const { errors } = await ask(document);
      expect([document, errors?.[0]?.extensions.code]).toEqual([document, 'BAD_USER_INPUT']);
    }
  }
  await socket.close();
});
