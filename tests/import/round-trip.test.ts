import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { ExternalKeyValue } from '../../src/core/validation/labelled-list.ts';
import { checkContact } from '../../src/domains/contact/contact.check.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { checkCustomer } from '../../src/domains/customer/customer.check.ts';
import {
  CompanySize,
  CreditGrade,
  CustomerSource,
  CustomerTier,
  customer,
  Region,
} from '../../src/domains/customer/customer.table.ts';
import { checkTagLabels } from '../../src/domains/tag/tag.check.ts';
import { exportColumns } from '../../src/features/export/export-column.ts';
import { runImport } from '../../src/features/import/import.command.ts';
import { addTags } from '../../src/features/import/record.write.ts';
import { askExport, openDownload } from '../export/download.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startWriting, type Writing } from '../support/writing.ts';
import { now, traceOf } from './imported.ts';

let database: TestDatabase;
let writing: Writing;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  writing = await startWriting({ database });
  folder = await mkdtemp(join(tmpdir(), 'import-'));
});
afterAll(async () => {
  await writing.close();
  await rm(folder, { recursive: true });
});

const all = [...exportColumns.keys()];

async function exported(columns: string[], locale: 'ZH' | 'EN'): Promise<string> {
  const { url } = await askExport(writing.server, 'MANAGER', { columns, locale, format: 'CSV' });
  const response = await openDownload(writing.server, 'MANAGER', url);
  return response.text();
}

async function imported(csv: string, mapping = 'export', ...more: string[]): Promise<string[]> {
  const lines: string[] = [];
  const path = join(folder, 'export.csv');
  await writeFile(path, csv);
  const args = ['--mapping', mapping, '--file', path, '--report', join(folder, 'report.csv'), ...more];
  const config = { databaseUrl: database.url, organisationTimeZone: 'Asia/Shanghai' } as Config;
  await runImport(
    args,
    () => config,
    (line) => lines.push(line),
  );
  return lines;
}

/** Texts that spreadsheets, CSV readers and lists in one cell trip over. */
const awkward = fc.oneof(
  fc.constantFrom(
    '=1+1',
    "'=1+1",
    "'单引号",
    '-5',
    '+86',
    '@x',
    '000123',
    '1/2',
    '2024-3-5',
    'TRUE',
    '1e5',
    '"引号"',
    'a,b',
    '５％',
    '一\n二',
    "''",
    '12:30',
    'null值',
    '=',
    '①',
    'x;y',
    '；',
  ),
  fc.string({ minLength: 1, maxLength: 30 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const money = fc
  .tuple(fc.nat(99_999_999), fc.nat(99))
  .map(([whole, cents]) => `${whole}.${String(cents).padStart(2, '0')}`);
const day = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2020-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const places = [
  ['江苏', '苏州'],
  ['广东省', '深圳市'],
  ['重庆市', undefined],
  ['內蒙古', '呼和浩特'],
  ['Bavaria', 'München'],
] as const;

const file = fc.record(
  {
    name: fc.nat(9_999_999).map((n) => `上海第${n}精密机械（集团）有限公司`),
    kind: fc.constant('ORGANIZATION'),
    shortName: awkward,
    nameEnglish: awkward,
    formerNames: fc.array(awkward, { maxLength: 3 }),
    legalRepresentative: awkward,
    foundedOn: day,
    registeredCapital: money,
    annualRevenue: money,
    businessScope: awkward,
    employeeCount: fc.nat(100_000),
    industry: fc.oneof(fc.constantFrom('制造', 'C 制造业', '零售业'), awkward),
    region: fc.constantFrom(...Object.values(Region)),
    place: fc.constantFrom(...places),
    address: awkward,
    postalCode: fc.constantFrom('518000', '000123'),
    registeredAddress: awkward,
    officeAddress: awkward,
    premises: fc.record({
      category: fc.constantFrom('RESIDENTIAL', 'COMMERCIAL'),
      building: fc.constantFrom('3', '翠湖苑3栋', 'A座', '东门'),
      unit: optional(fc.constantFrom('2', '南门')),
      floor: optional(fc.constantFrom('负一层', '12')),
      room: optional(fc.nat(99_999).map(String)),
    }),
    phones: fc.array(
      fc.record({
        label: optional(fc.constantFrom('总机', '客服 热线', 'a:b', 'Tel', '1号')),
        number: fc.constantFrom('0755-82345678', '95588', '400-820-8820', '+49 30 901820', '13800138000'),
        extension: optional(fc.constantFrom('801', '8')),
      }),
      { maxLength: 3 },
    ),
    emails: fc.array(
      fc.record({ label: optional(awkward), address: fc.constantFrom('Li@example.com', 'a.b@example.org') }),
      { maxLength: 2 },
    ),
    fax: fc.constantFrom('0755-82345670', '+1 212 555 0123'),
    website: fc.constantFrom('example.com', 'https://例子.中国/a?b=c,d'),
    size: fc.constantFrom(...Object.values(CompanySize)),
    stage: fc.constantFrom('POTENTIAL', 'INTENT', 'LOST'),
    tier: fc.constantFrom(...Object.values(CustomerTier)),
    creditGrade: fc.constantFrom(...Object.values(CreditGrade)),
    creditLimit: money,
    source: fc.constantFrom(...Object.values(CustomerSource)),
    notes: awkward,
    externalKeys: fc.array(fc.record({ source: fc.constantFrom('sap', 'crm-2'), key: awkward }), {
      maxLength: 2,
    }),
  },
  { requiredKeys: ['name'] },
);
const person = fc.record(
  {
    name: fc.oneof(fc.constantFrom('王敏', "O'Neill", 'Ann-Lee'), awkward),
    title: awkward,
    phone: fc.constantFrom('0755-82345678转801', '95588', '+49 30 901820'),
    mobile: fc.constantFrom('13800138000', '+1 212 555 0123'),
    email: fc.constantFrom('Wang@example.com'),
    wechat: awkward,
  },
  { requiredKeys: ['name'] },
);
const tags = fc.array(fc.oneof(fc.constantFrom('规模-中小企业', '高预算', '=1', 'VIP'), awkward), {
  maxLength: 3,
});

/** What the standards make of an input: fields they refuse are left out. */
function accepted(
  check: (input: object) => { values: object; issues: { path: (string | number)[] }[] },
  input: object,
): object | null {
  let rest: Record<string, unknown> = { ...input };
  for (let round = 0; round < 5; round += 1) {
    const { values, issues } = check(rest);
    if (issues.length === 0) return values;
    const wrong = new Set(issues.map(({ path }) => path[0]));
    rest = Object.fromEntries(Object.entries(rest).filter(([field]) => !wrong.has(field)));
  }
  return null;
}

let numbered = 0;

/** Opens a file as a client would; false where the standards refuse it as a whole. */
async function open(
  { place, ...given }: { place?: readonly (string | undefined)[]; name: string },
  people: object[],
  labels: string[],
) {
  const [province, city] = place ?? [];
  const values = accepted((input) => checkCustomer(input as never, { mode: 'create' }), {
    ...given,
    ...(place && { province, ...(city && { city }) }),
  });
  if (!values) return;
  numbered += 1;
  const [row] = await database.db
    .insert(customer)
    .values({ ...values, archiveNumber: `住宅-${numbered}-2/301`, ownerId: await ownerOf() } as never)
    .returning({ id: customer.id });
  const customerId = row?.id as string;
  const keys = 'externalKeys' in values ? ((values.externalKeys ?? []) as ExternalKeyValue[]) : [];
  const free: ExternalKeyValue[] = [];
  for (const { source, key } of keys) {
    const [held] = await database.db.execute(sql`
      insert into external_key (source, subject, key, subject_id) values (${source}, 'customer', ${key}, ${customerId})
      on conflict do nothing returning key`);
    if (held) free.push({ source, key });
  }
  // A client could not give it a key of another file.
  if (free.length < keys.length)
    await database.db.update(customer).set({ externalKeys: free }).where(eq(customer.id, customerId));
  for (const [i, one] of people.entries()) {
    const checked = accepted(
      (input) => checkContact(input as never, { mode: 'create', country: 'CN', now }),
      one,
    );
    if (checked)
      await database.db.insert(contact).values({ ...checked, customerId, isPrimary: i === 0 } as never);
  }
  const { values: good } = labels.length > 0 ? checkTagLabels(labels) : { values: [] };
  await addTags(database.db, [{ customerId, tags: good }]);
}

/** What history has of the changes since an instant. */
const linesSince = async (since: string) =>
  (await database.db.execute(
    sql`select old_value, new_value from file_history where occurred_at > ${since}::timestamptz limit 5`,
  )) as unknown[];
const instant = async () =>
  (await database.db.execute<{ at: string }>(sql`select clock_timestamp()::text as at`))[0]?.at as string;

async function ownerOf(): Promise<string> {
  const [row] = await database.db.execute<{ id: string }>(
    sql`select id from employee where role = 'SALES' limit 1`,
  );
  return row?.id as string;
}

test.each(['ZH', 'EN'] as const)(
  'any files exported in %s and imported again do not change, nor do their versions',
  async (locale) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(file, fc.array(person, { maxLength: 2 }), tags), { minLength: 40, maxLength: 40 }),
        async (files) => {
          await database.db.execute(sql`delete from customer`);
          await database.db.execute(sql`delete from external_key`);
          for (const [given, people, labels] of files) await open(given as never, people, labels);
          const before = await traceOf(database.db);
          const csv = await exported(all, locale);
          const since = await instant();
          const lines = await imported(csv);
          expect(await linesSince(since)).toEqual([]);
          expect(lines.filter((line) => line.includes('created'))).toMatchObject([
            expect.stringContaining('customer: 0 created, 0 updated'),
            expect.stringContaining('contact: 0 created, 0 updated'),
          ]);
          expect(lines.join()).not.toMatch(/[1-9]\d* refused/);
          expect(await traceOf(database.db)).toEqual(before);
          expect(await exported(all, locale)).toBe(csv);
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 3), endOnFailure: true },
    );
  },
);

test('a file stored before a standard gave its values another form keeps them where its export comes back', async () => {
  await database.db.execute(sql`delete from customer`);
  await database.db.insert(customer).values({
    name: '澳門恒岳商贸公司',
    industry: '批发零售',
    country: 'MO',
    city: '澳门',
    ownerId: await ownerOf(),
  });
  const csv = await exported(all, 'ZH');
  const before = await traceOf(database.db);
  expect((await imported(csv)).join()).toMatch(/customer: 0 created, 0 updated, 1 unchanged, 0 refused/);
  expect(await traceOf(database.db)).toEqual(before);
});

test('what was edited in an export is changed where it is imported, and nothing else is', async () => {
  await database.db.execute(sql`delete from customer`);
  const person = { name: '王敏', mobile: '13800138000' };
  await open({ name: '苏州启明精密机械有限公司' } as never, [person], ['行业-制造业', '高预算']);
  await open({ name: '杭州云栖信息技术股份有限公司' } as never, [], []);
  const csv = await exported(
    ['FILE_NUMBER', 'NAME', 'STAGE', 'OWNER', 'TAGS', 'CONTACT_ID', 'CONTACT_NAME'],
    'ZH',
  );
  const edited = csv
    .replace('潜在客户', '意向客户')
    .replace('王敏', '王小敏')
    .replace('高预算', '高预算; 新');
  const lines = await imported(edited);
  expect(lines.slice(1, 3)).toMatchObject([
    expect.stringContaining('customer: 0 created, 1 updated, 1 unchanged, 0 refused'),
    expect.stringContaining('contact: 0 created, 1 updated, 0 unchanged, 0 refused'),
  ]);
  const { data } = await writing.server
    .as('MANAGER')
    .query(
      '{ customers(filter: { stage: { eq: INTENT } }) { nodes { name tags { label } contacts { nodes { name } } } } }',
    );
  expect(data.customers.nodes).toMatchObject([
    {
      contacts: { nodes: [{ name: '王小敏' }] },
      tags: ['高预算', '行业-制造业', '新'].map((label) => ({ label })),
    },
  ]);
});

test('a mapping of one’s own finds files by their numbers, contacts by their ids and owners by name or address', async () => {
  await database.db.execute(sql`delete from customer`);
  await open({ name: '苏州启明精密机械有限公司' } as never, [{ name: '王敏' }], []);
  const before = await traceOf(database.db);
  const csv = await exported(['FILE_NUMBER', 'ID', 'NAME', 'OWNER', 'CONTACT_ID', 'CONTACT_NAME'], 'ZH');
  const mapping = (key: string) => `{ source: own, records: [
    { subject: customer, key: ${key}, fields: { name: 企业全称, owner: 对接人 } },
    { subject: contact, key: 首要联系人编号, fields: { customer: ${key}, name: 首要联系人姓名 } }] }`;
  for (const key of ['客户编号', '编号']) {
    const path = join(folder, 'own.yaml');
    await writeFile(path, mapping(key));
    const lines = await imported(csv, path);
    expect(lines.join()).toMatch(
      /customer: 0 created, 0 updated, 1 unchanged, 0 refused.*contact: 0 created, 0 updated, 1 unchanged/,
    );
  }
  expect(await traceOf(database.db)).toEqual(before);
});

test('a number or an id that is not here is refused, and an export without numbers is not read', async () => {
  await database.db.execute(sql`delete from customer`);
  await open({ name: '苏州启明精密机械有限公司' } as never, [{ name: '王敏' }], []);
  const csv = await exported(['FILE_NUMBER', 'NAME', 'CONTACT_ID', 'CONTACT_NAME'], 'EN');
  const before = await traceOf(database.db);
  const gone = csv.replace(/CF\d+/, 'CF99999999').replace(/con_\w{26}/, 'con_01h455vb4pex5vsknk084sn02q');
  expect((await imported(gone)).join()).toMatch(
    /customer: 0 created.* 1 refused.*contact: 0 created.* 1 refused/,
  );
  expect(await traceOf(database.db)).toEqual(before);
  await expect(imported(await exported(['NAME'], 'ZH'))).rejects.toThrow('客户编号');
});
