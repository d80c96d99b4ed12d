import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccessClass, loggedClasses } from '../../src/core/access/policy.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customerModel } from '../../src/domains/customer/customer.model.ts';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import { type FileWorld, startFileWorld, type WorldFile } from '../access/file-world.ts';
import { exportRows } from '../export/download.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';

let world: FileWorld;
/** A colleague's file, with a grant to the manager that names special classes. */
let file: WorldFile;
beforeAll(async () => {
  world = await startFileWorld();
  file = world.files.find(
    ({ viewer, relation }) =>
      viewer === 'MANAGER' && typeof relation === 'object' && relation.granted.includes('special'),
  ) as WorldFile;
});
afterAll(() => world.server.close());

const ask = (name: StaffName, document: string, variables?: Record<string, unknown>) =>
  world.server.as(name).query(document, variables);

async function linesOf(pattern: string) {
  const { db } = world.server;
  // Entries are written in turn: this one comes after those that are looked for.
  const marker = `Marker${Math.random().toString(36).slice(2)}`;
  await ask(
    'MANAGER',
    `query ${marker} { customer(id: "${file.ids.Customer}") { contacts { nodes { birthday } } } }`,
  );
  const read = (name: string) =>
    db.select().from(accessLog).where(sql`operation_name like ${name} and kind <> 'REFUSED'`);
  await expect.poll(async () => (await read(marker)).length, { timeout: 60_000 }).toBe(1);
  return read(pattern);
}

/** Runs `work` while the database refuses entries of operations named `Broken`. */
async function withoutLog(work: () => Promise<void>): Promise<void> {
  const { db } = world.server;
  await db.execute(
    sql`alter table access_log add constraint broken check (operation_name is distinct from 'Broken') not valid`,
  );
  await work();
  await db.execute(sql`alter table access_log drop constraint broken`);
}

/** A condition on every field of a logged class that a filter of files can name, by its name in the log. */
const conditions: { field: string; access: AccessClass; filter: string }[] = [
  ...[...customerModel.attributes.values()].map((one) => ({
    ...one,
    isWanted: one.filterable,
    field: `Customer.${one.field}`,
    filter: `{ ${one.field}: { isNull: false } }`,
  })),
  ...[...customerModel.relations.values()]
    .filter(({ arity, filterable }) => arity === 'many' && filterable)
    .flatMap((relation) =>
      [...relation.target().attributes.values()].map((one) => ({
        ...one,
        isWanted: one.filterable,
        field: `${relation.target().name}.${one.field}`,
        filter: `{ ${relation.field}: { some: { ${one.field}: { isNull: false } } } }`,
      })),
    ),
]
  .filter(({ access, isWanted }) => isWanted && loggedClasses.includes(access as AccessClass))
  .map(({ field, access, filter }) => ({ field, access: access as AccessClass, filter }));

/** Every way to hear how many files, or which, meet a condition. */
const ways: Record<string, (filter: string) => string> = {
  count: (filter) => `customers(filter: ${filter}) { totalCount }`,
  rows: (filter) => `customers(filter: ${filter}) { nodes { id } }`,
  statistics: (filter) => `customerStats(groupBy: [], filter: ${filter}) { total }`,
  preview: (filter) => `previewSegment(rule: ${filter}) { size }`,
};

describe.each(Object.keys(ways))('a yes or no about one file: %s', (way) => {
  test('names the file and every field by which it was sought, and is kept as it was put', async () => {
    expect(conditions.length).toBeGreaterThan(30);
    for (const { field, filter } of conditions) {
      const both = `{ and: [{ id: { eq: "${file.ids.Customer}" } }, ${filter}] }`;
      const name = `${way}_${field.replace('.', '_')}`;
      const { errors } = await ask('MANAGER', `query ${name} { ${ways[way]?.(both)} }`);
      expect([name, errors]).toEqual([name, undefined]);
    }
    const lines = await linesOf(`${way}\\_%`);
    for (const { field, access } of conditions) {
      const [line, ...more] = lines.filter(
        ({ operationName }) => operationName === `${way}_${field.replace('.', '_')}`,
      );
      expect(more, field).toEqual([]);
      expect(line, field).toMatchObject({ kind: 'READ', customerIds: [file.uuids.Customer] });
      expect(line?.fields, field).toContain(field);
      expect(line?.classes, field).toContain(access);
      expect(line?.search, field).toContain(file.ids.Customer);
    }
  });
});

test.each([
  [
    'NotFound',
    '{ customers(filter: { and: [{ id: { eq: "FILE" } }, { creditLimit: { eq: "1" } }] }) { totalCount } }',
    'Customer.creditLimit',
  ],
  [
    'Turned',
    '{ customers(filter: { not: { id: { in: ["FILE"] }, creditLimit: { gt: "1" } } }) { totalCount } }',
    'Customer.creditLimit',
  ],
  ['Counted', '{ deals(filter: { customer: { id: { eq: "FILE" } } }) { totalCount } }', 'Customer.deals'],
  [
    'Below',
    '{ customer(id: "FILE") { contacts(filter: { phone: { eq: "1" } }) { totalCount } } }',
    'Contact.phone',
  ],
  [
    'Ordered',
    '{ customers(filter: { id: { in: ["FILE"] } }, orderBy: [{ field: CREDIT_LIMIT }]) { nodes { id } } }',
    'Customer.creditLimit',
  ],
  [
    'Measured',
    '{ customerStats(groupBy: [], filter: { id: { eq: "FILE" } }, measures: [{ of: SUM, field: CREDIT_LIMIT }]) { measures { value } } }',
    'Customer.creditLimit',
  ],
  [
    'Grouped',
    '{ customerStats(groupBy: [CREDIT_GRADE], filter: { id: { eq: "FILE" } }) { groups { count } } }',
    'Customer.creditGrade',
  ],
  [
    'Past',
    '{ customers(filter: { id: { eq: "FILE" }, history: { creditLimit: { was: { eq: "1" } } } }) { totalCount } }',
    'Customer.creditLimit',
  ],
  [
    'Lines',
    '{ customer(id: "FILE") { history(field: "creditLimit", newValue: "987") { totalCount } } }',
    'Customer.creditLimit',
  ],
  ['AnyLine', '{ customer(id: "FILE") { history(newValue: "987") { totalCount } } }', 'Contact.religion'],
])('what is in no row is in the log: %s', async (name, document, field) => {
  const { errors } = await ask(
    'MANAGER',
    `query In${name} ${document.replaceAll('FILE', file.ids.Customer)}`,
  );
  expect(errors).toBeUndefined();
  const lines = await linesOf(`In${name}`);
  expect(lines).toMatchObject([{ kind: 'READ', customerIds: [file.uuids.Customer] }]);
  expect(lines[0]?.fields).toContain(field);
});

test('a file that is found by its telephone number leaves what was searched for, by filter and by search', async () => {
  const number = '+8613912340000';
  await ask('MANAGER', `query ByFilter { contacts(filter: { mobile: { eq: "${number}" } }) { totalCount } }`);
  await ask('MANAGER', `query BySearch { customers(search: "${number}") { totalCount } }`);
  for (const line of [...(await linesOf('ByFilter')), ...(await linesOf('BySearch'))]) {
    expect(line).toMatchObject({ kind: 'READ', customerIds: [], reason: 'ROLE' });
    expect(line.fields).toContain('Contact.mobile');
    expect(line.search).toContain(number);
  }
  expect([await linesOf('ByFilter'), await linesOf('BySearch')]).toMatchObject([[{}], [{}]]);
});

test('suggested values are in the log by their field, and nothing is suggested that the viewer may not read', async () => {
  for (const [field, name] of [
    ['contacts.phone', 'Contact.phone'],
    ['contacts.preferences', 'Contact.preferences'],
    ['interactions.summary', 'Interaction.summary'],
  ] as const) {
    const operation = `Suggested_${name.replace('.', '_')}`;
    const { data } = await ask(
      'MANAGER',
      `query ${operation} { segmentValueSuggestions(field: "${field}") }`,
    );
    expect(data.segmentValueSuggestions.length).toBeGreaterThan(0);
    const lines = await linesOf(operation.replaceAll('_', '\\_'));
    expect(lines).toMatchObject([{ kind: 'READ' }]);
    expect(lines[0]?.fields).toContain(name);
    const { errors } = await ask('ANALYST', `{ segmentValueSuggestions(field: "${field}") }`);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});

test('the segments of a file are in the log by what their rules read', async () => {
  await world.server.db.execute(sql`
    insert into segment (name, rule, shared, owner_id)
    values ('额度', '{"creditLimit":{"gte":"1"}}', true, ${world.server.as('MANAGER').uuid})`);
  const { errors } = await ask(
    'MANAGER',
    `query OfFile { customer(id: "${file.ids.Customer}") { segments { id } } }`,
  );
  expect(errors).toBeUndefined();
  expect(await linesOf('OfFile')).toMatchObject([
    { fields: ['Customer.creditLimit'], customerIds: [file.uuids.Customer] },
  ]);
});

test('what an export was filtered by is in the log for its purpose', async () => {
  await exportRows(world.server, 'MANAGER', {
    columns: ['NAME'],
    filter: { creditLimit: { gt: '1' } },
    purpose: '额度核对',
  });
  const lines = (await linesOf('exportCustomers')).filter(({ kind }) => kind === 'READ');
  expect(lines).toMatchObject([{ fields: ['Customer.creditLimit'], reason: 'EXPORT', purpose: '额度核对' }]);
});

test('of one’s own files nothing is logged: a sales person’s query has an entry only while a grant could answer it', async () => {
  const lent = world.files.find(
    ({ viewer, relation }) =>
      viewer === 'SALES' && typeof relation === 'object' && relation.granted.includes('credit'),
  );
  const document = '{ customers(filter: { creditLimit: { gt: "1" } }) { totalCount } }';
  await ask('SALES', `query SalesLent ${document}`);
  const [line] = await linesOf('SalesLent');
  expect(line).toMatchObject({ reason: 'GRANT', fields: ['Customer.creditLimit'] });
  const { db, as } = world.server;
  expect(lent).toBeDefined();
  await db.execute(
    sql`update access_grant set ended_at = now(), end_reason = 'RECALLED' where grantee_id = ${as('SALES').uuid} and ended_at is null`,
  );
  await ask('SALES', `query SalesOwn ${document}`);
  expect(await linesOf('SalesOwn')).toEqual([]);
});

test('what selects no field of a logged class has no entry', async () => {
  await ask(
    'MANAGER',
    'query Open { customers(filter: { stage: { isNull: false } }, orderBy: [{ field: NAME }]) { totalCount nodes { id name } } }',
  );
  await ask(
    'MANAGER',
    `query ById { customers(filter: { id: { eq: "${file.ids.Customer}" } }) { totalCount } }`,
  );
  expect([await linesOf('Open'), await linesOf('ById')]).toEqual([[], []]);
  expect(encodeId('cus', file.uuids.Customer)).toBe(file.ids.Customer);
});

describe('a handover', () => {
  const ownerId = async () => {
    const { data } = await ask('MANAGER', `{ customer(id: "${file.ids.Customer}") { owner { id } } }`);
    return data.customer.owner.id as string;
  };
  const documents = {
    preview: 'query NAME($input: HandOverFilesInput!) { handoverPreview(input: $input) { customers } }',
    mutation:
      'mutation NAME($input: HandOverFilesInput!) { handOverFiles(input: $input) { handover { id } } }',
  };
  const handOver = async (name: string, way: keyof typeof documents, isNull: boolean, to: StaffName) =>
    ask('MANAGER', documents[way].replace('NAME', name), {
      input: {
        fromEmployeeId: await ownerId(),
        rules: [
          {
            filter: { id: { eq: file.ids.Customer }, contacts: { some: { birthday: { isNull } } } },
            toEmployeeId: world.server.as(to).id,
          },
        ],
      },
    });

  test.each([
    ['preview', false, 'CUSTOMER_SERVICE', 'EMPLOYEE_ROLE'],
    ['preview', true, 'CUSTOMER_SERVICE', undefined],
    ['preview', false, 'SALES', undefined],
    ['mutation', false, 'CUSTOMER_SERVICE', 'EMPLOYEE_ROLE'],
    ['mutation', true, 'CUSTOMER_SERVICE', 'NOTHING_TO_HAND_OVER'],
    ['mutation', false, 'SALES', undefined],
  ] as const)(
    'has an entry of what its filters use, however it ends: %s, isNull: %s, to %s: %s',
    async (way, isNull, to, code) => {
      const name = `HandOver_${way}_${isNull}_${to}`;
      const { errors } = await handOver(name, way, isNull, to);
      expect(errors?.[0]?.extensions.issues?.[0]?.code).toBe(code);
      expect(errors === undefined).toBe(code === undefined);
      const [line, ...more] = (await linesOf(name.replaceAll('_', '\\_'))).filter(
        ({ search }) => search !== null,
      );
      expect(more).toEqual([]);
      expect(line).toMatchObject({ kind: 'READ', customerIds: [file.uuids.Customer] });
      expect(line?.fields).toContain('Contact.birthday');
      expect(line?.search).toContain(file.ids.Customer);
    },
  );

  test('answers and moves nothing while the log cannot be written', async () => {
    const before = await ownerId();
    await withoutLog(async () => {
      for (const way of ['preview', 'mutation'] as const)
        for (const [isNull, to] of [
          [false, 'CUSTOMER_SERVICE'],
          [true, 'CUSTOMER_SERVICE'],
          [false, 'SALES_2'],
        ] as const) {
          const { errors } = await handOver('Broken', way, isNull, to);
          expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL_SERVER_ERROR']);
        }
    });
    expect(await ownerId()).toBe(before);
  });
});

describe('following a segment', () => {
  const rule = (isNull?: boolean) => ({
    id: { eq: file.ids.Customer },
    ...(isNull !== undefined && { contacts: { some: { birthday: { isNull } } } }),
  });
  const create = async (isNull?: boolean): Promise<string> => {
    const { data } = await ask(
      'MANAGER',
      'mutation($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }',
      { input: { name: '跟踪', rule: rule(isNull) } },
    );
    return data.createSegment.segment.id;
  };
  let versions = 1;
  const change = (name: string, id: string, isNull: boolean) =>
    ask(
      'MANAGER',
      `mutation ${name}($input: UpdateSegmentInput!) { updateSegment(input: $input) { segment { id } } }`,
      { input: { id, expectedVersion: versions, rule: rule(isNull) } },
    );
  const follow = async (name: string, segmentId: string) => {
    const socket = connectSocket(world.server.socketUrl, world.server.as('MANAGER').token);
    const { data } = await socket.query('{ customers(first: 1) { changesCursor } }');
    const stream = socket.subscribe(
      `subscription ${name}($segmentId: ID!, $after: String) {
        segmentMembershipChanged(segmentId: $segmentId, after: $after) { type customerId }
      }`,
      { segmentId, after: data.customers.changesCursor },
    );
    return { socket, stream, first: await stream.next() };
  };
  const used = () => ({
    kind: 'READ',
    customerIds: [file.uuids.Customer],
    fields: expect.arrayContaining(['Contact.birthday']),
  });

  test('has an entry of what the rule uses: at the start, for each change of the rule and for each event', async () => {
    const id = await create();
    const { socket, stream, first } = await follow('Membership', id);
    expect(first.data.segmentMembershipChanged.type).toBe('BULK_CHANGED');
    for (const [isNull, type] of [
      [true, 'LEFT'],
      [false, 'ENTERED'],
    ] as const) {
      expect((await change(`NewRule${type}`, id, isNull)).errors).toBeUndefined();
      versions += 1;
      const { data } = await stream.next();
      expect(data.segmentMembershipChanged).toEqual({ type, customerId: file.ids.Customer });
      // Where no event comes, that the file stayed would be the answer.
      const [line, ...more] = await linesOf(`NewRule${type}`);
      expect([line, more]).toMatchObject([used(), []]);
      expect(line?.search).toContain(`{"isNull":${isNull}}`);
    }
    expect(await linesOf('Membership')).toMatchObject([used(), used()]);
    await socket.close();
    const again = await follow('FromStart', await create(false));
    await again.socket.close();
    expect(await linesOf('FromStart')).toMatchObject([used()]);
  });

  test('gives no event, no start and no new rule while the log cannot be written', async () => {
    versions = 1;
    const id = await create();
    const withRule = await create(true);
    const { socket, stream } = await follow('Broken', id);
    await withoutLog(async () => {
      expect((await follow('Broken', withRule)).first.errors).toHaveLength(1);
      expect((await change('Broken', id, true)).errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
      expect((await change('Unbroken', id, true)).errors).toBeUndefined();
      expect((await stream.next()).errors?.[0]?.extensions?.code).toBe('INTERNAL_SERVER_ERROR');
    });
    await socket.close();
  });
});

test('an answer that would use personal fields is not given while the log cannot be written', async () => {
  await withoutLog(async () => {
    for (const question of [
      'customers(filter: { contacts: { some: { birthday: { isNull: false } } } }) { totalCount }',
      'customerStats(groupBy: [], filter: { contacts: { some: { birthday: { isNull: false } } } }) { total }',
      'segmentValueSuggestions(field: "contacts.preferences")',
    ]) {
      const { data, errors } = await ask('MANAGER', `query Broken { ${question} }`);
      expect(errors?.[0]?.extensions.code, question).toBe('INTERNAL_SERVER_ERROR');
      expect(
        Object.values(data ?? {}).filter((value) => value !== null),
        question,
      ).toEqual([]);
    }
  });
});
