import { afterAll, beforeAll, expect, test } from 'vitest';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  const file = async (name: string, owner: StaffName, shortName?: string) => {
    const [row] = await server.db
      .insert(customer)
      .values({ name, shortName, ownerId: server.as(owner).uuid })
      .returning();
    return row?.id as string;
  };
  const vanke = await file('万科企业股份有限公司', 'SALES', '万科A');
  await file('深圳市万科发展有限公司', 'SALES_2');
  await file('北京信息技术股份有限公司', 'SALES');
  await file('上海华虹集成电路有限责任公司', 'SALES_2');
  await server.db.insert(contact).values({
    customerId: vanke,
    name: '郁亮',
    mobile: '+8613912345678',
    phone: '+8675525606666',
    email: 'yu.liang@vanke.example',
  });
});
afterAll(() => server.close());

const find = async (search: string, name: StaffName = 'MANAGER'): Promise<string[]> => {
  const answer = await server
    .as(name)
    .query('query($search: String!) { customers(search: $search) { nodes { fileNumber name } } }', {
      search,
    });
  return answer.data.customers.nodes.map(
    (node: { name: string | null; fileNumber: string }) => node.name ?? node.fileNumber,
  );
};

test('any two letters of a Chinese name find it', async () => {
  const name = '上海华虹集成电路有限责任公司';
  for (let i = 0; i < name.length - 1; i++) expect(await find(name.slice(i, i + 2))).toContain(name);
});

test('a name that begins with the text comes before one that contains it', async () => {
  expect(await find('万科')).toEqual(['万科企业股份有限公司', '深圳市万科发展有限公司']);
});

test('a typo is forgiven', async () => {
  expect(await find('北京信熄技术股份')).toEqual(['北京信息技术股份有限公司']);
  expect(await find('万科企叶股份有限公司')).toContain('万科企业股份有限公司');
});

test('a wrong first letter is forgiven from four letters on, and the exact name still comes first', async () => {
  expect(await find('方科企业')).toEqual(['万科企业股份有限公司']);
  expect(await find('化虹集成')).toEqual(['上海华虹集成电路有限责任公司']);
  expect(await find('化虹集')).toEqual(['上海华虹集成电路有限责任公司']);
  expect((await find('万科企业'))[0]).toBe('万科企业股份有限公司');
});

test.each([
  ['file number', 'cf00000001'],
  ['contact name', '郁亮'],
  ['mobile as dialled', '139 1234 5678'],
  ['mobile with country code', '+86 139-1234-5678'],
  ['landline as dialled at home', '0755 2560 6666'],
  ['part of an e-mail address', 'liang@vanke'],
  ['full-width letters', '万科Ａ'],
  ['several terms in any order', '股份 万科'],
  ['letters apart', '万 科 企 业'],
  ['traditional letters', '萬科企業'],
  ['pinyin', 'wankeqiye'],
  ['pinyin, syllables apart', 'Wan Ke qi ye'],
  ['initials', 'wkqy'],
  ['letters that sound alike', '弯科'],
])('a file is found by %s', async (_, text) => {
  expect(await find(text)).toEqual(['万科企业股份有限公司']);
});

test('a text the viewer may not read does not find the file', async () => {
  expect(await find('13912345678', 'MARKETING')).toEqual([]);
  expect(await find('liang@vanke', 'MARKETING')).toEqual([]);
  expect(await find('万科企业', 'ANALYST')).toEqual([]);
  expect(await find('CF00000001', 'ANALYST')).toEqual(['CF00000001']);
});

test('a sales person finds only their own files', async () => {
  expect(await find('万科', 'SALES_2')).toEqual(['深圳市万科发展有限公司']);
});

test('ranked pages follow each other without a gap or a repeat', async () => {
  const seen: string[] = [];
  let after = '';
  for (;;) {
    const { customers } = (
      await server
        .as('MANAGER')
        .query(
          `{ customers(search: "公司", first: 1${after}) { nodes { name } pageInfo { hasNextPage endCursor } } }`,
        )
    ).data;
    seen.push(customers.nodes[0].name);
    if (!customers.pageInfo.hasNextPage) break;
    after = `, after: "${customers.pageInfo.endCursor}"`;
  }
  expect(new Set(seen).size).toBe(4);
});

test('no letter and too many letters are refused', async () => {
  for (const search of [' ', '', 'x'.repeat(101)]) {
    const answer = await server
      .as('MANAGER')
      .query('query($search: String!) { customers(search: $search) { totalCount } }', { search });
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [{ path: ['search'] }],
    });
  }
});

test('an address, website or e-mail address is found by its exact text, in simplified and in traditional letters', async () => {
  const ownerId = server.as('SALES').uuid;
  const rows = [
    { name: '一号', address: '臺北市 信義區 市府路 1 號' },
    { name: '二号', registeredAddress: 'No. 5, Main St., Zürich' },
    { name: '三号', officeAddress: '廣州市天河區\n體育西路 88 號' },
    { name: '四号', website: 'https://example.com/產品' },
    { name: '五号', emails: [{ label: null, address: '採購@example.com' }] },
  ];
  await server.db.insert(customer).values(rows.map((row) => ({ ...row, ownerId })));
  for (const [search, name] of [
    ['臺北市 信義區 市府路 1 號', '一号'],
    ['台北市信义区市府路1号', '一号'],
    ['No. 5, Main St., Zürich', '二号'],
    ['廣州市天河區\n體育西路 88 號', '三号'],
    ['https://example.com/產品', '四号'],
    ['採購@example.com', '五号'],
  ] as const)
    expect(await find(search), search).toEqual([name]);
});

test('wildcards of SQL are plain letters', async () => {
  expect(await find('%%')).toEqual([]);
  expect(await find('__')).toEqual([]);
});

test('a search takes two statements, counts what it finds and says that it counted all', async () => {
  const answer = await server
    .as('SALES')
    .query('{ customers(search: "万科") { totalCount totalCountIsMinimum nodes { name } } }');
  expect(answer.statements).toBe(2);
  expect(answer.data.customers).toMatchObject({ totalCount: 1, totalCountIsMinimum: false });
});
