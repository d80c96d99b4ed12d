import { afterAll, beforeAll, expect, test } from 'vitest';
import { customerTag, tag } from '../../src/domains/tag/tag.table.ts';
import { addContact, missingId, openFile, startWriting, type Writing } from '../support/writing.ts';
import { askExport, exportRows, openDownload, requestExport } from './download.ts';

let writing: Writing;
let server: Writing['server'];
beforeAll(async () => {
  writing = await startWriting();
  ({ server } = writing);
  const file = await openFile(writing, writing.owner, {
    name: '苏州启明精密机械有限公司',
    shortName: '=HYPERLINK("http://x")',
    stage: 'INTENT',
    creditLimit: '500000.00',
    foundedOn: '1999-12-31',
    lastInteractionAt: '2026-01-31T16:30:00Z',
    city: '苏州市',
  });
  await addContact(writing, file.uuid, { name: '李非首要', mobile: '+8613800138001' });
  await addContact(writing, file.uuid, { name: '王敏', mobile: '+8613800138000', isPrimary: true });
  const labels = await writing.db
    .insert(tag)
    .values([{ facet: '行业', value: '制造业' }, { value: '高预算' }])
    .returning();
  await writing.db.insert(customerTag).values(labels.map(({ id }) => ({ customerId: file.uuid, tagId: id })));
  await openFile(writing, writing.stranger, { name: '杭州云栖信息技术股份有限公司', creditLimit: '0.00' });
  await openFile(writing, writing.owner, { name: '已归档的有限公司', archivedAt: '2026-01-01T00:00:00Z' });
});
afterAll(() => writing.close());

const columns = ['NAME', 'SHORT_NAME', 'STAGE', 'CREDIT_LIMIT', 'FOUNDED_ON', 'LAST_INTERACTION_AT', 'OWNER'];

test('an export holds the requested columns, in their order, of the active files the viewer sees', async () => {
  const rows = await exportRows(server, 'MANAGER', {
    columns: [...columns, 'TAGS', 'CONTACT_NAME', 'CONTACT_MOBILE'],
  });
  expect(rows).toEqual([
    {
      企业全称: '苏州启明精密机械有限公司',
      简称: `'=HYPERLINK("http://x")`,
      生命周期阶段: '意向客户',
      信用额度: '500000.00',
      成立时间: '1999-12-31',
      最近互动时间: '2026-02-01 00:30:00',
      对接人: 'SALES',
      标签: '高预算; 行业-制造业',
      首要联系人姓名: '王敏',
      首要联系人手机: `'+8613800138000`,
    },
    {
      企业全称: '杭州云栖信息技术股份有限公司',
      简称: '',
      生命周期阶段: '潜在客户',
      信用额度: '0.00',
      成立时间: '',
      最近互动时间: '',
      对接人: 'SALES_2',
      标签: '',
      首要联系人姓名: '',
      首要联系人手机: '',
    },
  ]);
});

test('a CSV file says what it is: UTF-8 with its mark, CR LF, a name, and not to be kept by anybody', async () => {
  const { url } = await askExport(server, 'MANAGER', { columns: ['NAME'], locale: 'EN', format: 'CSV' });
  const response = await openDownload(server, 'MANAGER', url);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/csv; charset=utf-8; header=present',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-disposition': expect.stringMatching(/^attachment; filename="customers-\d{4}-\d\d-\d\d\.csv"$/),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.toString()).toBe('\uFEFFname\r\n苏州启明精密机械有限公司\r\n杭州云栖信息技术股份有限公司\r\n');
});

test('a filter and a segment narrow an export as they narrow a list', async () => {
  const rule = { creditLimit: { gt: '0' } };
  const { data } = await server
    .as('SALES')
    .query('mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }', {
      input: { name: '有额度', rule, shared: true },
    });
  const segmentId = data.createSegment.segment.id;
  const byFilter = { columns: ['NAME'], filter: { owner: { name: { eq: 'SALES_2' } } } };
  expect(await exportRows(server, 'MANAGER', byFilter)).toEqual([
    { 企业全称: '杭州云栖信息技术股份有限公司' },
  ]);
  const bySegment = { columns: ['NAME'], segmentId };
  expect(await exportRows(server, 'MANAGER', bySegment)).toEqual([{ 企业全称: '苏州启明精密机械有限公司' }]);
  expect(await exportRows(server, 'MANAGER', { ...bySegment, ...byFilter })).toEqual([]);
  // Under the reader's own rights: marketing may not ask for credit limits, whoever saved the rule.
  expect((await requestExport(server, 'MARKETING', bySegment)).errors?.[0]?.extensions).toMatchObject({
    code: 'FORBIDDEN',
    field: 'Customer.creditLimit',
  });
});

test('an export is refused with every field the role never reads, of columns and filter alike', async () => {
  const { errors } = await requestExport(server, 'ANALYST', {
    columns: ['FILE_NUMBER', 'NAME', 'OWNER', 'CONTACT_MOBILE', 'CREDIT_LIMIT'],
    filter: { address: { contains: '路' }, contacts: { some: { phone: { contains: '138' } } } },
  });
  expect(errors?.[0]?.extensions).toEqual({
    code: 'FORBIDDEN',
    field: 'Customer.name',
    fields: ['Customer.name', 'Customer.owner', 'Contact.mobile', 'Customer.address', 'Contact.phone'],
    reason: 'ROLE',
    requestable: false,
  });
});

test('bad input is refused with every violation at once', async () => {
  const { errors } = await requestExport(server, 'MANAGER', {
    columns: ['NAME', 'NAME'],
    purpose: ' ',
    filter: { inSegment: missingId('cus'), name: { contains: '' } },
  });
  const issues = errors?.[0]?.extensions.issues as { path: string[]; code: string }[];
  expect(issues.map(({ path, code }) => `${path.join('.')} ${code}`)).toEqual(
    expect.arrayContaining([
      'input.purpose TEXT_REQUIRED',
      'input.columns.1 DUPLICATE',
      'input.filter.inSegment WRONG_ID_KIND',
    ]),
  );
  const none = await requestExport(server, 'MANAGER', { columns: [] });
  expect(none.errors?.[0]?.extensions.issues[0]).toMatchObject({
    path: ['input', 'columns'],
    code: 'VALUE_REQUIRED',
  });
  const unknown = await requestExport(server, 'MANAGER', { columns: ['PASSWORD'] });
  expect(unknown.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

test('a segment that is not there and one that is a colleague’s cannot be distinguished', async () => {
  const { data } = await server
    .as('MANAGER')
    .query('mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }', {
      input: { name: '私有', rule: {} },
    });
  for (const segmentId of [data.createSegment.segment.id, missingId('seg')]) {
    const { errors } = await requestExport(server, 'SALES', { columns: ['NAME'], segmentId });
    expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  }
});

test('nobody exports without signing in', async () => {
  const { errors } = await server.anonymous.query(
    'mutation { exportCustomers(input: { columns: [NAME], purpose: "核对" }) { export { id } } }',
  );
  expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('requesting an export takes three statements, whatever it holds', async () => {
  const few = await requestExport(server, 'MANAGER', { columns: ['NAME'] });
  const many = await requestExport(server, 'MANAGER', {
    columns: [...columns, 'TAGS', 'CONTACT_NAME'],
    filter: { stage: { eq: 'INTENT' } },
  });
  expect([few.statements, many.statements]).toEqual([3, 3]);
});
