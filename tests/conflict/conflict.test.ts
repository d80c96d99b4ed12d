import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/core/database/database.ts';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { importText } from '../import/imported.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  addContact,
  addDeal,
  addNeed,
  type Colleague,
  fileNow,
  openFile,
  startWriting,
  traces,
  type Writing,
} from '../support/writing.ts';
import { bearer, post } from '../transport/wire.ts';
import { conflictsOf, type File, fieldsOf, logCall, update, updateDeal } from './conflicts.ts';

let database: TestDatabase;
let writing: Writing;
beforeAll(async () => {
  database = await createTestDatabase();
  writing = await startWriting({ database });
});
afterAll(() => writing.close());

const grant = (file: File, values: Partial<typeof accessGrant.$inferInsert> = {}) =>
  writing.db.insert(accessGrant).values({
    customerId: file.uuid,
    granteeId: uuidOf(writing.stranger.id),
    grantedById: uuidOf(writing.manager.id),
    classes: ['contact'],
    purpose: '代为回访',
    expiresAt: '2099-01-01T00:00:00Z',
    ...values,
  });
const moveLines = () => writing.db.execute(sql`select sequence_events(1000000)`);
const nameOf = async ({ id }: Colleague): Promise<string> => {
  const { data } = await writing.server
    .as('ADMIN')
    .query('query($id: ID!) { node(id: $id) { ... on Employee { name } } }', { id });
  return data.node.name;
};

test('a phone call logged meanwhile never refuses an address', async () => {
  const file = await openFile(writing, writing.owner);
  await logCall(writing.service, file);
  const { payload } = await update(writing.owner, {
    id: file.id,
    expectedVersion: file.version,
    address: '张江路1号',
  });
  expect(payload.customer).toEqual({ version: file.version + 2, city: null, address: '张江路1号' });
});

test('what a colleague changed besides stays', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { id: file.id, expectedVersion: file.version };
  await update(writing.manager, { ...input, city: '苏州市' });
  const { payload } = await update(writing.owner, { ...input, address: '张江路1号' });
  expect(payload.customer).toMatchObject({ city: '苏州市', address: '张江路1号' });
});

test('a conflict names field, value, who and when, in English and Chinese, and nothing is written', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { id: file.id, expectedVersion: file.version };
  await update(writing.manager, { ...input, address: '张江路1号', industry: '装备制造' });
  const before = await traces(writing, file.uuid);
  const outcome = await update(writing.owner, { ...input, address: '张江路2号', employeeCount: 5 });
  const [error] = outcome.errors;
  const { updatedAt } = await fileNow(writing, file.uuid);
  const [name, at] = [await nameOf(writing.manager), new Date(updatedAt)];
  expect(error?.extensions).toMatchObject({ code: 'CONFLICT', currentVersion: file.version + 1 });
  expect(conflictsOf(outcome)).toEqual([
    {
      field: 'address',
      entityType: 'Customer',
      entityId: file.id,
      actor: { id: writing.manager.id, name },
      occurredAt: expect.stringMatching(/Z$/),
      value: '张江路1号',
      withheld: false,
    },
  ]);
  expect(Date.parse(conflictsOf(outcome)[0]?.occurredAt as string)).toBe(at.getTime());
  const local = at.toLocaleString('sv-SE', {
    timeZone: 'Asia/Shanghai',
    dateStyle: 'short',
    timeStyle: 'short',
  });
  expect(error?.message).toBe(
    `Since version 1: address changed by ${name} at ${local}. Reload and try again.`,
  );
  const query =
    'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { id } } }';
  const { json } = await post(
    writing.server.url,
    { query, variables: { input: { ...input, address: '张江路2号' } } },
    { ...bearer(writing.server.as('SALES').token), 'accept-language': 'zh' },
  );
  expect(json.errors[0].message).toBe(`第 1 版之后：${name}于 ${local} 修改了地址。请刷新后重试。`);
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('a retry never conflicts with itself, and leaves no trace', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addDeal(writing, writing.owner, file.uuid);
  const inFile = { id: file.id, expectedVersion: 1, city: '苏州市', annualRevenue: '1000' };
  const inDeal = { id: row.id, expectedVersion: 1, amount: '5', currency: 'USD', closedAt: null };
  const won = { ...inDeal, stage: 'WON', contractAmount: '5', effectiveOn: '2024-03-01' };
  const archive = { id: file.id, expectedVersion: 1 };
  const writes = async () => [
    await update(writing.owner, inFile),
    await updateDeal(writing.owner, won),
    await updateDeal(writing.owner, won),
  ];
  const assign = (expectedVersion: number) =>
    writing.manager.write(
      'assignCustomer',
      { id: file.id, ownerId: writing.owner.id, expectedVersion },
      '{ customer { id } }',
    );
  expect((await writes()).map(({ code }) => code)).toEqual([undefined, undefined, undefined]);
  const before = await traces(writing, file.uuid);
  expect((await writes()).map(({ code }) => code)).toEqual([undefined, undefined, undefined]);
  expect((await assign(1)).code).toBeUndefined();
  expect(await traces(writing, file.uuid)).toBe(before);
  const { version } = await fileNow(writing, file.uuid);
  const put = (expectedVersion: number) =>
    writing.owner.write('archiveCustomer', { ...archive, expectedVersion }, '{ customer { id } }');
  expect((await put(version)).code).toBeUndefined();
  expect((await put(version)).code).toBeUndefined();
});

test('what means something only together conflicts together; what only goes with a third does not', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addDeal(writing, writing.owner, file.uuid, { amount: '5', currency: 'CNY' });
  await updateDeal(writing.manager, { id: row.id, expectedVersion: 1, currency: 'USD' });
  const input = { id: row.id, expectedVersion: 1 };
  expect(fieldsOf(await updateDeal(writing.owner, { ...input, amount: '6' }))).toEqual(['currency']);
  expect((await updateDeal(writing.owner, { ...input, product: '空压机' })).code).toBeUndefined();
  // Whoever names the currency that it has by now means that one.
  expect((await updateDeal(writing.owner, { ...input, amount: '6', currency: 'USD' })).code).toBeUndefined();
  expect(
    (await updateDeal(writing.manager, { ...input, contractAmount: '7', currency: 'USD' })).code,
  ).toBeUndefined();
});

test.each([
  ['city', { province: '浙江省' }, { city: '苏州市' }, 'province,region'],
  ['region', { city: '广州市' }, { region: 'EAST_CHINA' }, 'city,province,region'],
  ['name', { kind: 'PERSON', name: '王小明' }, { name: '北京信息技术股份有限公司' }, 'kind,name'],
])('of a file, %s goes with others', async (_, theirs, ours, fields) => {
  const file = await openFile(writing, writing.owner);
  const input = { id: file.id, expectedVersion: file.version };
  expect((await update(writing.manager, { ...input, ...theirs })).code).toBeUndefined();
  expect(
    fieldsOf(await update(writing.owner, { ...input, ...ours }))
      .sort()
      .join(),
  ).toBe(fields);
});

test('of a need, a quantity goes with its unit and a budget with its currency', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addNeed(writing, file.uuid, { quantity: '3', unit: '台' });
  const write = (by: Colleague, input: object) =>
    by.write('updateNeed', { id: row.id, expectedVersion: 1, ...input }, '{ need { id } }');
  await write(writing.manager, { unit: '套', currency: 'JPY' });
  expect(fieldsOf(await write(writing.owner, { quantity: '4' }))).toEqual(['unit']);
  expect(fieldsOf(await write(writing.owner, { budgetMax: '4' }))).toEqual(['currency']);
  expect((await write(writing.owner, { item: '数控机床' })).code).toBeUndefined();
});

test('nobody archives or assigns a file in which something has changed that they have not seen', async () => {
  const file = await openFile(writing, writing.owner);
  await logCall(writing.service, file);
  const input = { id: file.id, expectedVersion: file.version };
  const archived = await writing.owner.write('archiveCustomer', input, '{ customer { id } }');
  expect(archived.code).toBe('CONFLICT');
  expect(conflictsOf(archived)).toMatchObject([
    { field: null, entityType: 'Interaction', actor: { id: writing.service.id }, withheld: false },
  ]);
  expect(archived.errors[0]?.message).toContain('interaction added by');
  const assigned = await writing.manager.write(
    'assignCustomer',
    { ...input, ownerId: writing.stranger.id },
    '{ customer { id } }',
  );
  expect(assigned.code).toBe('CONFLICT');
  expect((await fileNow(writing, file.uuid)).archivedAt).toBeNull();
});

test('a grant that comes or ends refuses neither a write nor a decision', async () => {
  const file = await openFile(writing, writing.owner);
  await grant(file);
  await writing.db
    .update(accessGrant)
    .set({ endedAt: '2024-01-01T00:00:00Z' })
    .where(eq(accessGrant.customerId, file.uuid));
  expect((await fileNow(writing, file.uuid)).version).toBe(3);
  const input = { id: file.id, expectedVersion: 1 };
  await moveLines();
  expect((await writing.owner.write('archiveCustomer', input, '{ customer { id } }')).code).toBeUndefined();
  const other = await openFile(writing, writing.owner);
  await grant(other);
  expect((await update(writing.owner, { ...input, id: other.id, city: '苏州市' })).code).toBeUndefined();
});

test('a part is deleted only as it was read', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addContact(writing, file.uuid);
  await writing.manager.write(
    'updateContact',
    { id: row.id, expectedVersion: 1, title: '总监' },
    '{ contact { id } }',
  );
  const gone = await writing.owner.write(
    'deleteContact',
    { id: row.id, expectedVersion: 1 },
    '{ contactId }',
  );
  expect(fieldsOf(gone)).toEqual(['title']);
  expect(
    (await writing.owner.write('deleteContact', { id: row.id, expectedVersion: 2 }, '{ contactId }')).code,
  ).toBeUndefined();
});

test('a change that waits in the outbox conflicts like one in the history', async () => {
  for (const isMoved of [false, true]) {
    const file = await openFile(writing, writing.owner);
    await writing.db.update(customer).set({ city: '苏州市' }).where(eq(customer.id, file.uuid));
    if (isMoved) await moveLines();
    const outcome = await update(writing.owner, { id: file.id, expectedVersion: 1, city: '无锡市' });
    expect(conflictsOf(outcome)).toMatchObject([{ field: 'city', value: '苏州市', actor: null }]);
    expect(outcome.errors[0]?.message).toContain('by the system at');
  }
});

test('an import conflicts where it wrote and nowhere else, in files and in parts', async () => {
  const yaml = `{ source: conflicts, records: [
    { subject: customer, key: code, fields: { name: name, city: city } },
    { subject: deal, key: deal, fields: { customer: code, title: title, amount: amount } }] }`;
  const session = connect({ url: database.url, poolSize: 1, isOneSession: true });
  const run = (csv: string) => importText(session.db, yaml, csv, { ownerId: uuidOf(writing.owner.id) });
  const header = 'code,name,city,deal,title,amount\n';
  await run(`${header}C1,上海冲突测试有限公司,苏州市,D1,设备,5\n`);
  const [file] = await writing.db.select().from(customer).where(eq(customer.name, '上海冲突测试有限公司'));
  const [row] = await writing.db.select().from(deal).where(eq(deal.customerId, file!.id));
  await run(`${header}C1,上海冲突测试有限公司,无锡市,D1,设备,6\n`);
  await session.close();
  const inFile = { id: encodeId('cus', file!.id), expectedVersion: file!.version };
  const inDeal = { id: encodeId('deal', row!.id), expectedVersion: row!.version };
  expect(fieldsOf(await update(writing.owner, { ...inFile, city: '常州市' }))).toEqual(['city']);
  expect(fieldsOf(await updateDeal(writing.owner, { ...inDeal, amount: '7' }))).toEqual(['amount']);
  expect((await update(writing.owner, { ...inFile, address: '张江路1号' })).code).toBeUndefined();
  expect((await updateDeal(writing.owner, { ...inDeal, product: '空压机' })).code).toBeUndefined();
});

test('a version that does not exist yet is refused, whatever is written', async () => {
  const file = await openFile(writing, writing.owner, { city: '苏州市' });
  const row = await addDeal(writing, writing.owner, file.uuid);
  const outcomes = [
    await update(writing.owner, { id: file.id, expectedVersion: 9, city: '苏州市' }),
    await updateDeal(writing.owner, { id: row.id, expectedVersion: 9 }),
    await writing.owner.write(
      'archiveCustomer',
      { id: file.id, expectedVersion: 9, archived: false },
      '{ customer { id } }',
    ),
    await writing.admin.write(
      'updateEmployee',
      { id: writing.owner.id, expectedVersion: 9 },
      '{ employee { id } }',
    ),
  ];
  for (const { errors } of outcomes) {
    expect(errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', reason: 'FUTURE_VERSION' });
    expect(errors[0]?.message).toContain('no version 9 yet');
  }
});

test('a version since which not all changes are known is refused, unless nothing is written', async () => {
  const file = await openFile(writing, writing.owner);
  const row = await addContact(writing, file.uuid);
  await update(writing.manager, { id: file.id, expectedVersion: 2, city: '苏州市' });
  const input = { id: file.id, expectedVersion: 1 };
  expect((await update(writing.owner, { ...input, industry: '装备制造' })).code).toBeUndefined();
  await moveLines();
  await writing.db.execute(
    sql`delete from file_change where customer_id = ${file.uuid} and subject = 'contact'`,
  );
  const { errors } = await update(writing.owner, { ...input, address: '张江路1号' });
  expect(errors[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    currentVersion: 4,
    reason: 'UNKNOWN_VERSION',
  });
  expect((await update(writing.owner, { ...input, city: '苏州市' })).code).toBeUndefined();
  const later = { id: file.id, expectedVersion: 2, address: '张江路1号' };
  expect((await update(writing.owner, later)).code).toBeUndefined();
  const other = await openFile(writing, writing.owner);
  await writing.db.update(contact).set({ customerId: other.uuid }).where(eq(contact.id, row.uuid));
  const moved = await writing.owner.write(
    'updateContact',
    { id: row.id, expectedVersion: 1, title: '总监' },
    '{ contact { id } }',
  );
  expect(moved.errors[0]?.extensions.reason).toBe('UNKNOWN_VERSION');
});

test('a stale write takes one statement more than another, however much has changed', async () => {
  const file = await openFile(writing, writing.owner);
  const count = async (expectedVersion: number, address: string) => {
    const { code, statementCount } = await update(writing.owner, { id: file.id, expectedVersion, address });
    expect(code).toBeUndefined();
    return statementCount;
  };
  const current = await count(1, '1号');
  const { version } = await fileNow(writing, file.uuid);
  await logCall(writing.service, file);
  expect(await count(version, '2号')).toBe(current + 1);
  const { version: later } = await fileNow(writing, file.uuid);
  for (let i = 0; i < 10; i += 1) await logCall(writing.service, file);
  await writing.db.execute(
    sql`insert into contact (customer_id, name) select ${file.uuid}, '王经理' from generate_series(1, 500)`,
  );
  expect(await count(later, '3号')).toBe(current + 1);
});

test('an employee and a segment are saved twice alike, and else only as they were read', async () => {
  const { data } = await writing.server
    .as('ADMIN')
    .query('query($id: ID!) { node(id: $id) { ... on Employee { version } } }', { id: writing.marketing.id });
  const input = { id: writing.marketing.id, expectedVersion: data.node.version };
  const employee = (title: string) =>
    writing.admin.write('updateEmployee', { ...input, title }, '{ employee { version } }');
  expect((await employee('主管')).code).toBeUndefined();
  expect((await employee('主管')).code).toBeUndefined();
  expect((await employee('经理')).code).toBe('CONFLICT');
  const file = await openFile(writing, writing.owner);
  const created = await writing.owner.write(
    'createSegment',
    { name: '名单', kind: 'STATIC', customerIds: [] },
    '{ segment { id version } }',
  );
  const { id, version } = created.payload.segment;
  const segment = (values: object) =>
    writing.owner.write(
      'updateSegment',
      { id, expectedVersion: version, ...values },
      '{ segment { version } }',
    );
  expect((await segment({ name: '新名单', customerIds: [file.id] })).code).toBeUndefined();
  expect((await segment({ name: '新名单', customerIds: [file.id] })).code).toBeUndefined();
  expect((await segment({ customerIds: [] })).code).toBe('CONFLICT');
});
