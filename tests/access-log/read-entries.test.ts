import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessClass, loggedClasses } from '../../src/core/access/policy.ts';
import { readPurpose } from '../../src/core/access/read-purpose.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import { listOf } from '../access/document.ts';
import { type FileWorld, fileTypes, modelOf, startFileWorld, type WorldFile } from '../access/file-world.ts';
import { exportRows } from '../export/download.ts';
import { connectSocket } from '../support/socket.ts';
import { bearer, openRaw } from '../transport/wire.ts';

let world: FileWorld;
/** A colleague's file, with a grant to the manager that names special classes. */
let file: WorldFile;
beforeAll(async () => {
  world = await startFileWorld({ trustProxy: 1 });
  file = world.files.find(
    ({ viewer, relation }) =>
      viewer === 'MANAGER' && typeof relation === 'object' && relation.granted.includes('special'),
  ) as WorldFile;
});
afterAll(() => world.server.close());

/** The log's lines of some operations, once there are so many. */
async function linesOf(pattern: string, count: number) {
  const read = () =>
    world.server.db.select().from(accessLog).where(sql`operation_name like ${pattern} and kind <> 'REFUSED'`);
  await expect.poll(async () => (await read()).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(count);
  return read();
}

const ask = (document: string, headers: Record<string, string> = {}) =>
  fetch(world.server.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': 'en',
      authorization: `Bearer ${world.server.as('MANAGER').token}`,
      ...headers,
    },
    body: JSON.stringify({ query: document }),
  }).then((response) => response.json() as Promise<{ errors?: unknown }>);

/** Every field of a logged class, by type and name: as the schema has them today. */
const loggedFields = fileTypes.flatMap((type) => {
  const { attributes, relations } = modelOf(type);
  const selected = [
    ...[...attributes.values()]
      .filter(({ computed }) => !computed)
      .map(({ field, access, item, toText }) => ({
        field,
        access,
        selection: item || toText ? `${field} { __typename }` : field,
      })),
    ...[...relations.values()].map(({ field, access, arity }) => ({
      field,
      access,
      selection: arity === 'many' ? `${field} { totalCount }` : `${field} { id }`,
    })),
  ];
  return selected
    .filter(({ access }) => loggedClasses.includes(access as AccessClass))
    .map((one) => ({ ...one, type }));
});

/** Every way to a field: written as bytes and resolved, root and nested. */
const ways: Record<string, (type: (typeof fileTypes)[number], selection: string) => string> = {
  node: (type, selection) => `{ node(id: "${file.ids[type]}") { ... on ${type} { ${selection} } } }`,
  list: (type, selection) =>
    `{ ${listOf(type)}(filter: { id: { eq: "${file.ids[type]}" } }) { nodes { ${selection} } } }`,
  edges: (type, selection) =>
    `{ ${listOf(type)}(filter: { id: { eq: "${file.ids[type]}" } }) { edges { node { ${selection} } } } }`,
};

test.each(Object.keys(ways))(
  'every field of a logged class is named in the entry of its reading, with class, reason and address: %s',
  async (way) => {
    const name = ({ type, field }: (typeof loggedFields)[number]) => `By${way}_${type}_${field}`;
    for (const one of loggedFields) {
      const { errors } = await ask(`query ${name(one)} ${ways[way]?.(one.type, one.selection)}`);
      expect([name(one), errors]).toEqual([name(one), undefined]);
    }
    const lines = await linesOf(`By${way}\\_%`, loggedFields.length);
    for (const one of loggedFields) {
      const { fields, classes, customerIds, reason, grantIds, address } =
        lines.find(({ operationName }) => operationName === name(one)) ?? {};
      expect([name(one), fields]).toEqual([name(one), [`${one.type}.${one.field}`]]);
      expect([classes, customerIds]).toEqual([[one.access], [file.uuids.Customer]]);
      expect(reason).toBe(grantIds?.length ? 'GRANT' : 'ROLE');
      if (one.access === 'special') expect(reason).toBe('GRANT');
      expect(address).toMatch(/127\.0\.0\.1$/);
    }
    expect(lines).toHaveLength(loggedFields.length);
  },
);

test('an entry holds what the client says it is for, and from where, over HTTP and the socket, behind a proxy too', async () => {
  const purpose = '季度回访';
  const document = `{ customer(id: "${file.ids.Customer}") { creditLimit } }`;
  const proxied = { 'x-forwarded-for': '203.0.113.7' };
  await ask(`query PurposeHttp ${document}`, {
    ...proxied,
    'x-access-purpose': encodeURIComponent(purpose),
  });
  const raw = await openRaw(world.server.socketUrl, { headers: proxied });
  raw.say({
    type: 'connection_init',
    payload: { ...bearer(world.server.as('MANAGER').token), purpose },
  });
  await raw.hear();
  await raw.ask(`query PurposeSocket ${document}`);
  raw.socket.close();
  for (const line of await linesOf('Purpose%', 2))
    expect(line).toMatchObject({
      purpose,
      address: '203.0.113.7',
      fields: ['Customer.creditLimit'],
      reason: expect.stringMatching(/ROLE|GRANT/),
    });
});

test.each([
  ['季度\t\u200b回访', '季度 回访'],
  ['a\u202Eb', 'ab'],
  ['\u0000', null],
  ['\ufeff 回访\u200b ', '回访'],
  ['😀'.repeat(300), '😀'.repeat(200)],
])('a purpose keeps the standard of texts: %j', (given, kept) => {
  expect(readPurpose(encodeURIComponent(given))).toBe(kept);
});

test('a look into the directory is in the log: what for, which fields, whose cards', async () => {
  const [{ name }] = (await world.server.db.execute<{ name: string }>(
    sql`select name from customer where id = ${file.uuids.Customer}`,
  )) as unknown as [{ name: string }];
  const { errors } = await ask(
    `query Lookup { customerDirectory(search: ${JSON.stringify(name)}) { edges { node { companyName } } nodes { ownerName } } }`,
  );
  expect(errors).toBeUndefined();
  expect(await linesOf('Lookup', 1)).toMatchObject([
    {
      kind: 'LOOKED_UP',
      reason: 'DIRECTORY',
      search: name,
      classes: ['card'],
      fields: ['DirectoryCard.companyName', 'DirectoryCard.ownerName'],
      customerIds: expect.arrayContaining([file.uuids.Customer]),
    },
  ]);
});

test('history, events and the explanation of a rule name the fields they show', async () => {
  await world.server.db.execute(
    sql`update customer set credit_limit = 12345 where id = ${file.uuids.Customer}`,
  );
  await world.server.db.execute(sql`select sequence_events(1000)`);
  const id = file.ids.Customer;
  await ask(
    `query ShownHistory { customer(id: "${id}") { history(field: "creditLimit") { nodes { newValue } } } }`,
  );
  const [{ segment }] = (await world.server.db.execute<{ segment: string }>(sql`
    insert into segment (name, rule, shared, owner_id)
    values ('额度', '{"creditLimit":{"gte":"1"}}', true, ${world.server.as('MANAGER').uuid}) returning id as segment`)) as unknown as [
    { segment: string },
  ];
  const { errors } = await ask(
    `query ShownExplanation { segment(id: "${encodeId('seg', segment)}") { explain(customerId: "${id}") { clauses { value } } } }`,
  );
  expect(errors).toBeUndefined();
  const socket = connectSocket(world.server.socketUrl, world.server.as('MANAGER').token);
  const { data } = await socket.query('{ customers(first: 1) { changesCursor } }');
  const stream = socket.subscribe(
    `subscription ShownEvent($after: String) { customerFileChanged(customerId: "${id}", after: $after) { changes { newValue } } }`,
    { after: data.customers.changesCursor },
  );
  await world.server.db.execute(
    sql`update customer set credit_limit = 54321 where id = ${file.uuids.Customer}`,
  );
  await stream.next();
  await socket.close();
  for (const line of await linesOf('Shown%', 3))
    expect(line).toMatchObject({
      fields: ['Customer.creditLimit'],
      classes: ['credit'],
      customerIds: [file.uuids.Customer],
    });
});

test('what an export reads is in the log as read for it, with its purpose', async () => {
  await exportRows(world.server, 'MANAGER', { columns: ['CREDIT_LIMIT'], purpose: '季度核对' });
  const lines = await linesOf('exportCustomers', 3);
  expect(lines.filter(({ kind }) => kind === 'READ')).toMatchObject([
    { reason: 'EXPORT', purpose: '季度核对', fields: ['Customer.creditLimit'], address: expect.any(String) },
  ]);
});

test('overseers find entries by field, class, reason and file', async () => {
  await ask(`query Sought { customer(id: "${file.ids.Customer}") { creditLimit address } }`);
  await linesOf('Sought', 1);
  const count = async (filter: object) =>
    (
      await world.server
        .as('DATA_STEWARD')
        .query('query($filter: AccessLogEntryFilter) { accessLog(filter: $filter) { totalCount } }', {
          filter: { operationName: { eq: 'Sought' }, ...filter },
        })
    ).data.accessLog.totalCount;
  expect(await count({ fields: { hasAny: ['Customer.creditLimit', 'x'] } })).toBe(1);
  expect(await count({ fields: { hasAny: ['Customer.name', '"'] } })).toBe(0);
  expect(await count({ fields: { hasAny: [] } })).toBe(0);
  expect(await count({ classes: { hasAny: ['CONTACT'] }, customerId: file.ids.Customer })).toBe(1);
  expect(await count({ reason: { in: ['EXPORT', 'DIRECTORY'] } })).toBe(0);
  expect(await count({ reason: { in: ['ROLE', 'GRANT'] } })).toBe(1);
});
