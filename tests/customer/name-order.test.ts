import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { sql } from 'drizzle-orm';
import { pinyin } from 'pinyin-pro';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { customerTag, tag } from '../../src/domains/tag/tag.table.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';

/** By pinyin: a…, chang…, chong…, shang…, yin…, zhong…; digits and Latin letters before. */
const inOrder = [
  '3M中国有限公司',
  'acme贸易有限公司',
  'Acne Studios 贸易有限公司',
  'ZTE贸易有限公司',
  '安徽合力股份有限公司',
  '长沙中联重工有限公司',
  '重庆长安汽车股份有限公司',
  '重慶啤酒股份有限公司',
  '上海汽车集团股份有限公司',
  '银川商业有限公司',
  '中国石油有限公司',
];

let server: TestServer;
let ownerId: string;
beforeAll(async () => {
  server = await startTestServer();
  ownerId = server.as('SALES').uuid;
});
afterAll(() => server.close());
beforeEach(() => server.db.execute(sql`delete from customer`));

const open = async (values: Partial<typeof customer.$inferInsert>) => {
  const [file] = await server.db
    .insert(customer)
    .values({ ownerId, ...values })
    .returning();
  return file as typeof customer.$inferSelect;
};

type Page = { size: number; viewer: StaffName; args: string; by: 'NAME' | 'LABEL' };

/** The names of a list, read page by page to its end. */
async function namesOf(
  list: string,
  direction: 'ASC' | 'DESC',
  { size = 3, viewer = 'MANAGER', args = '', by = 'NAME' }: Partial<Page> = {},
): Promise<string[]> {
  const names: string[] = [];
  const field = list === 'customers' ? 'name shortName' : by === 'LABEL' ? 'name: label' : 'name';
  let after: string | null = null;
  do {
    const { data, errors } = await server.as(viewer).query(
      `query ($after: String) { ${list}(first: ${size}, after: $after, ${args} orderBy: [{ field: ${by}, direction: ${direction} }]) {
        nodes { ${field} } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    expect(errors).toBeUndefined();
    for (const { name, shortName } of data[list].nodes) names.push(name ?? shortName);
    after = data[list].pageInfo.hasNextPage ? data[list].pageInfo.endCursor : null;
  } while (after);
  return names;
}

test.each(['customers', 'contacts'])(
  '%s are ordered by pinyin, Latin letters without case, page after page, both ways',
  async (list) => {
    for (const name of [...inOrder].reverse()) {
      const { id } = await open({ name });
      await server.db.insert(contact).values({ customerId: id, name });
    }
    expect(await namesOf(list, 'ASC')).toEqual(inOrder);
    expect(await namesOf(list, 'ASC', { viewer: 'SALES' })).toEqual(inOrder);
    expect(await namesOf(list, 'DESC')).toEqual([...inOrder].reverse());
  },
);

test('employees are ordered by pinyin, in the list’s own order too', async () => {
  const staff = ['ann lee', 'Bob Li', '重阳', '欧阳锋', '曾国藩', '长孙无忌'];
  await server.db
    .insert(employee)
    .values(
      [...staff]
        .reverse()
        .map((name, i) => ({ name, email: `ordered-${i}@example.com`, role: 'SALES' as const })),
    );
  expect(
    await namesOf('employees', 'ASC', { args: 'filter: { email: { startsWith: "ordered-" } },' }),
  ).toEqual(staff);
  const { data } = await server
    .as('SALES')
    .query('{ employees(first: 200, filter: { email: { startsWith: "ordered-" } }) { nodes { name } } }');
  expect(data.employees.nodes.map(({ name }: { name: string }) => name)).toEqual(staff);
});

test('segments and tags are ordered by pinyin, page after page, and so are the tags of a file', async () => {
  const names = ['vip', 'VIP重要', '安徽', '长三角', '银川', '重点'];
  const id = (await open({ name: '天津有限公司' })).id;
  for (const name of [...names].reverse()) {
    await server.db.insert(segment).values({ name, rule: {}, ownerId: server.as('SALES').uuid });
    const [row] = await server.db.insert(tag).values({ value: name }).returning();
    await server.db.insert(customerTag).values({ customerId: id, tagId: row?.id as string });
  }
  expect(await namesOf('segments', 'ASC', { viewer: 'SALES' })).toEqual(names);
  expect(await namesOf('segments', 'DESC', { viewer: 'SALES' })).toEqual([...names].reverse());
  expect(await namesOf('tags', 'ASC', { by: 'LABEL' })).toEqual(names);
  const [row] = await server.db.insert(tag).values({ facet: '行业', value: '制造业' }).returning();
  await server.db.insert(customerTag).values({ customerId: id, tagId: row?.id as string });
  const { data } = await server.as('SALES').query('{ customers { nodes { tags { label } } } }');
  expect(data.customers.nodes[0].tags.map(({ label }: { label: string }) => label)).toEqual([
    ...['vip', 'VIP重要', '安徽', '长三角', '行业-制造业', '银川', '重点'],
  ]);
});

test('a lead without a name is where its short name is, until it has one', async () => {
  await open({ name: '北仓物流有限公司' });
  await open({ name: '南山物流有限公司' });
  const lead = await open({ name: null, shortName: '鹿港' });
  expect(await namesOf('customers', 'ASC', { size: 1 })).toEqual([
    '北仓物流有限公司',
    '鹿港',
    '南山物流有限公司',
  ]);
  await server.db.update(customer).set({ shortName: '阿里' }).where(sql`id = ${lead.id}`);
  expect(await namesOf('customers', 'ASC', { size: 1 })).toEqual([
    '阿里',
    '北仓物流有限公司',
    '南山物流有限公司',
  ]);
  await server.db.update(customer).set({ name: '重庆有限公司' }).where(sql`id = ${lead.id}`);
  expect((await namesOf('customers', 'ASC'))[1]).toBe('重庆有限公司');
});

test('a name that changes moves; its sort key is nobody else’s to set, no event and not in the history', async () => {
  await open({ name: '李李有限公司' });
  const { id, nameKey } = await open({ name: '安安有限公司', nameKey: 'zzz' });
  expect(nameKey).not.toBe('zzz');
  await server.db.update(customer).set({ nameKey: '一' }).where(sql`id = ${id}`);
  expect(await namesOf('customers', 'ASC')).toEqual(['安安有限公司', '李李有限公司']);
  await server.db.update(customer).set({ name: '左左有限公司', nameKey: 'a' }).where(sql`id = ${id}`);
  expect(await namesOf('customers', 'ASC')).toEqual(['李李有限公司', '左左有限公司']);
  const kept = await server.db.execute<{ type: string; said: string; fields: string[] }>(
    sql`select type, to_json(fields) as fields, concat(old_values::text, new_values::text) as said from outbox where customer_id = ${id}
        union all select type, to_json(fields), '' from event_log where customer_id = ${id} order by type`,
  );
  expect(kept.map(({ type, fields }) => [type, fields])).toEqual([
    ['CREATED', []],
    ['UPDATED', ['name']],
  ]);
  const [history] = await server.db.execute<{ text: string }>(
    sql`select coalesce(string_agg(h::text, ''), '') as text from file_history h where customer_id = ${id}`,
  );
  expect(history?.text + kept.map(({ said }) => said).join('')).not.toContain('name_key');
});

test('a cursor stays where it was when its row is renamed or gone', async () => {
  for (const name of ['安安有限公司', '北北有限公司', '长长有限公司', '大大有限公司']) await open({ name });
  const query = `query ($after: String) { customers(first: 2, after: $after, orderBy: [{ field: NAME }]) {
    nodes { name } pageInfo { endCursor } } }`;
  const { data: first } = await server.as('MANAGER').query(query, {});
  const after = first.customers.pageInfo.endCursor;
  const next = async () => (await server.as('MANAGER').query(query, { after })).data.customers.nodes;
  await server.db.update(customer).set({ name: '左左有限公司' }).where(sql`name = '北北有限公司'`);
  expect(await next()).toEqual([{ name: '长长有限公司' }, { name: '大大有限公司' }]);
  await server.db.execute(sql`delete from customer where name = '左左有限公司'`);
  expect(await next()).toEqual([{ name: '长长有限公司' }, { name: '大大有限公司' }]);
});

test('contacts as of an instant are ordered by the names that they had then', async () => {
  const { id } = await open({ name: '安安有限公司' });
  for (const name of ['李李', '安安', '明明'])
    await server.db.insert(contact).values({ customerId: id, name });
  const [{ at } = { at: '' }] = await server.db.execute<{ at: string }>(
    sql`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from pg_sleep(0.005)`,
  );
  await server.db.execute(sql`select pg_sleep(0.005)`);
  await server.db.update(contact).set({ name: '左左' }).where(sql`name = '安安'`);
  await server.db.delete(contact).where(sql`name = '李李'`);
  const [{ number } = { number: '' }] = await server.db.execute<{ number: string }>(
    sql`select file_number as number from customer where id = ${id}`,
  );
  const namesAt = async (asOf: string | null) => {
    const { data, errors } = await server.as('MANAGER').query(
      `query ($number: String!, $asOf: DateTime) { customer(fileNumber: $number, asOf: $asOf) {
        contacts(first: 2, orderBy: [{ field: NAME }]) { nodes { name } pageInfo { endCursor } } } }`,
      { number, asOf },
    );
    expect(errors).toBeUndefined();
    return data.customer.contacts.nodes.map(({ name }: { name: string }) => name);
  };
  expect(await namesAt(at)).toEqual(['安安', '李李']);
  expect(await namesAt(null)).toEqual(['明明', '左左']);
});

test('the longest names fit into the index, whatever their letters become', async () => {
  await open({ name: '\uFDFA'.repeat(200) });
  await open({ name: '𠀀重'.repeat(100) });
  expect(await namesOf('customers', 'ASC', { size: 1 })).toHaveLength(2);
});

test.each(['customer', 'contact', 'employee', 'team'])(
  'the order of %s names is read from an index',
  async (table) => {
    const plan = await server.db.transaction(async (tx) => {
      await tx.execute(sql`set local enable_seqscan = off`);
      await tx.execute(sql`set local enable_bitmapscan = off`);
      return tx.execute(
        sql`explain select id from ${sql.identifier(table)}
          where (name_key, id) > ('a'::text, '00000000-0000-0000-0000-000000000000') order by name_key, id limit 26`,
      );
    });
    expect(JSON.stringify(plan)).toMatch(new RegExp(`Index (Only )?Scan using ${table}_name_key_idx`));
    expect(JSON.stringify(plan)).not.toContain('Sort');
  },
);

const companies = new URL('../../../shared/data/china_companies/sz_listed_companies.csv', import.meta.url);
const isAbsent = !existsSync(companies);

test.skipIf(isAbsent)(
  `real names are in the order of their readings, each once${isAbsent ? ' (skipped: ../shared/data is absent)' : ''}`,
  async () => {
    const rows: Record<string, string>[] = parse(readFileSync(companies), {
      columns: true,
      bom: true,
      relax_column_count: true,
    });
    const names = [...new Set(rows.map((row) => row.公司全称?.trim() ?? ''))].filter(
      // 东阿 and 阿胶 are read with e; the reading outside has `a` for the second.
      (name) => name !== '' && !name.includes('东阿阿胶'),
    );
    expect(names.length).toBeGreaterThan(1500);
    await server.db.insert(customer).values(names.map((name) => ({ name, ownerId })));
    const listed = await namesOf('customers', 'ASC', { size: 200 });
    expect([...listed].sort()).toEqual([...names].sort());
    const readings = listed.map(readingOf);
    expect(readings).toEqual([...readings].sort());
  },
);

/** Letter by letter: Chinese by syllables, after all others. */
function readingOf(name: string): string {
  const text = name.normalize('NFKC').toLowerCase();
  const syllables = pinyin(text, { toneType: 'none', v: true, type: 'array' });
  return [...text]
    .map((letter, i) => (/\p{Script=Han}/u.test(letter) ? `\uFFFF${syllables[i]} ` : letter))
    .join('');
}
