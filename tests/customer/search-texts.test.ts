import { isDeepStrictEqual } from 'node:util';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { pinyinSyllables } from '../../src/core/validation/chinese-letters.ts';
import { fold } from '../../src/core/validation/search-form.ts';
import { contactModel } from '../../src/domains/contact/contact.model.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customerModel } from '../../src/domains/customer/customer.model.ts';
import { searchedNumbers } from '../../src/domains/customer/customer.search.ts';
import { customer, customerSearch } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let db: TestDatabase['db'];
let ownerId: string;
let file: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
  const [owner] = await db
    .insert(employee)
    .values({ name: 'owner', email: 'owner@test.example', role: 'SALES' })
    .returning();
  ownerId = owner!.id;
});
afterAll(() => database.close());
beforeEach(async () => {
  const [row] = await db
    .insert(customer)
    .values({ name: '万科企业股份有限公司', shortName: '万科', ownerId })
    .returning();
  file = row!.id;
});

const textsOf = async (id = file) => {
  const [texts] = await db.select().from(customerSearch).where(eq(customerSearch.customerId, id));
  return texts;
};

test('a file is found by its names from its first moment, and by its number', async () => {
  const texts = await textsOf();
  expect(texts?.card).toBe('\n万科企业股份有限公司\n万科\n');
  expect(texts?.basic).toMatch(/^cf\d{8}$/);
  expect(texts?.contact).toBe('');
});

test('full-width letters, capitals and runs of space are kept in one form', async () => {
  await db
    .update(customer)
    .set({ name: 'ＡＢＣ  Machinery\tＣｏ．', shortName: null })
    .where(eq(customer.id, file));
  expect((await textsOf())?.card).toBe('\nabc machinery co.\n');
});

test('contacts come and go with their names, numbers and addresses', async () => {
  const [row] = await db
    .insert(contact)
    .values({
      customerId: file,
      name: '张伟',
      mobile: '+8613912345678',
      phone: '+862187654321',
      email: 'Zhang@Test.example',
    })
    .returning();
  expect(await textsOf()).toMatchObject({
    card: '\n万科企业股份有限公司\n万科\n张伟\n',
    contact: '+862187654321\n02187654321\n+8613912345678\nzhang@test.example',
  });
  await db.update(contact).set({ name: '张薇', phone: null }).where(eq(contact.id, row!.id));
  expect(await textsOf()).toMatchObject({
    card: '\n万科企业股份有限公司\n万科\n张薇\n',
    contact: '+8613912345678\nzhang@test.example',
  });
  await db.delete(contact).where(eq(contact.id, row!.id));
  expect(await textsOf()).toMatchObject({ card: '\n万科企业股份有限公司\n万科\n', contact: '' });
});

test('a contact that moves is found in its new file only', async () => {
  const [other] = await db.insert(customer).values({ name: '华润置地有限公司', ownerId }).returning();
  const [row] = await db.insert(contact).values({ customerId: file, name: '李强' }).returning();
  await db.update(contact).set({ customerId: other!.id }).where(eq(contact.id, row!.id));
  expect((await textsOf())?.card).not.toContain('李强');
  expect((await textsOf(other!.id))?.card).toContain('李强');
});

test('two contacts added at the same time are both found', async () => {
  const names = Array.from({ length: 8 }, (_, n) => `联系人${n}`);
  await Promise.all(names.map((name) => db.insert(contact).values({ customerId: file, name })));
  const card = (await textsOf())?.card;
  for (const name of names) expect(card).toContain(name);
});

test('a word is never found across the end of one name and the beginning of the next', async () => {
  const [row] = await db.execute<{ grams: string[] }>(
    sql`select to_json(search_grams(E'\n万科\n李 强\nab\n')) as grams`,
  );
  expect(row?.grams.sort()).toEqual([
    '\na',
    '\nab',
    '\n万',
    '\n万科',
    '\n李',
    '\n李强',
    'ab',
    '万',
    '万科',
    '强',
    '李',
    '李强',
    '科',
  ]);
});

test('the API folds every Chinese letter as the database does, and counts syllables as it does', async () => {
  const letters = Array.from({ length: 0x9fff - 0x4e00 }, (_, i) => String.fromCharCode(0x4e00 + i));
  const lines = [...letters, 'Café Zürich', 'Straße Ørsted', 'ＡＢＣ  x'];
  const spelled = await db.execute<{ line: string; name: string }>(
    sql`select line, name from search_names(array(select json_array_elements_text(${JSON.stringify(lines)}::json)))`,
  );
  expect(spelled).toHaveLength(lines.length);
  expect(spelled.filter(({ line, name }) => fold(line) !== name)).toEqual([]);
  const syllables = await db.execute<{ pinyin: string }>(
    sql`select pinyin from han_syllable order by sound collate "C"`,
  );
  expect(syllables.map(({ pinyin }) => pinyin)).toEqual(pinyinSyllables);
});

test('the search follows the fields that are declared as searched, and no others', async () => {
  const names = ['name', 'shortName', 'nameEnglish', 'formerNames'].map((field) => `Customer.${field}`);
  const declared = [...names, 'Contact.name', 'Customer.fileNumber', ...searchedNumbers];
  const [person] = await db.insert(contact).values({ customerId: file, name: '张伟' }).returning();
  const followed: string[] = [];
  for (const [model, id] of [
    [customerModel, file],
    [contactModel, person?.id],
  ] as const)
    for (const { field, kind, list, column, computed } of model.attributes.values()) {
      if (computed || (kind !== 'text' && kind !== 'json')) continue;
      const before = await textsOf();
      const item = { number: '+8613912345678', address: 'li@example.com', source: 'sap', key: '1' };
      const value = kind === 'json' ? [item] : list ? ['新的名称'] : `新${field}`;
      await db
        .update(column.table)
        .set({ [field]: value })
        .where(sql`id = ${id}::uuid`);
      if (!isDeepStrictEqual(await textsOf(), before)) followed.push(`${model.name}.${field}`);
    }
  expect(followed.sort()).toEqual(declared.sort());
});

test.each([
  ['重庆银行', 'chongqingyinhang', 'cqyh'],
  ['长沙', 'changsha', 'cs'],
  ['成都地铁', 'chengduditie', 'cddt'],
  ['重慶', 'chongqing', 'cq'],
])('%s sounds like %s, its initials are %s', async (name, pinyin, initials) => {
  const [row] = await db.execute<{ pinyin: string; initials: string }>(sql`
    select search_initials(spelled.sound) as initials,
           (select string_agg(s.pinyin, '' order by place)
            from string_to_table(spelled.sound, null) with ordinality l (sound, place) join han_syllable s using (sound)) as pinyin
    from search_names(array[${name}::text]) spelled`);
  expect(row).toEqual({ pinyin, initials });
});

test('a search by two letters, by more, and by a typo is answered from an index', async () => {
  const planOf = async (condition: string) => {
    const lines = await db.transaction(async (tx) => {
      await tx.execute(sql`set local enable_seqscan = off`);
      return tx.execute(
        sql`explain (costs off) select customer_id from customer_search where ${sql.raw(condition)}`,
      );
    });
    return lines.map((line) => line['QUERY PLAN']).join('\n');
  };
  expect(await planOf("search_grams(card) @> array['万科']")).toContain('customer_search_grams_idx');
  expect(await planOf("card like '%万科企业%'")).toContain('customer_search_card_idx');
  expect(await planOf("contact like '%13912345678%'")).toContain('customer_search_contact_idx');
});
