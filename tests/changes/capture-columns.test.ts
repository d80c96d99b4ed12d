import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrateDatabase } from '../../src/core/database/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, addFile, forgetEvents, historyOf, outboxOf, versionOf } from './files.ts';

// Of its own for each test: columns come and go.
let database: TestDatabase;
let db: TestDatabase['db'];
let owner: string;
let file: string;

beforeEach(async () => {
  database = await createTestDatabase();
  db = database.db;
  owner = await addEmployee(db, 'owner');
  file = await addFile(db, owner);
  // Steps alone move the state, and a number stays; whoever moves them otherwise is captured all the same.
  await db.execute(sql`alter table customer disable trigger keep_verification_state_update`);
  for (const kept of ['keep_archive_number', 'keep_former_numbers'])
    await db.execute(sql`alter table customer disable trigger ${sql.raw(kept)}`);
  await forgetEvents(db);
});
afterEach(() => database.close());

/** The capture of a changed file as it was written last. */
const captureText = async (): Promise<string> => {
  const [row] = await db.execute<{ body: string }>(
    sql`select prosrc as body from pg_proc where proname = 'capture_customer_update'`,
  );
  return row!.body;
};

/** Types of the columns whose change is a change of the file, by name. */
const typesOfColumns = async (): Promise<Map<string, string>> => {
  const columns = await db.execute<{ name: string; type: string }>(sql`
    select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = 'customer'::regclass and attnum > 0 and not attisdropped
      and attname not in ('id', 'version', 'updated_at', 'last_interaction_at', 'name_key', 'archive_key', 'premises_key')`);
  return new Map(columns.map(({ name, type }) => [name, type]));
};

/** What is kept of the latest version, as text: field, value before, value after. */
const latestLines = async (): Promise<(string | null)[][]> =>
  (
    await db.execute<{ line: (string | null)[] }>(sql`
      select json_build_array(field, old_value::text, new_value::text) as line from file_history
      where customer_id = ${file} and version = (select version from customer where id = ${file}) order by field`)
  ).map(({ line }) => line);

/** Two values, besides null, for columns in which any will do; a text for every other. */
const valuesOf: Record<string, string[]> = {
  kind: ['PERSON', 'ORGANIZATION'],
  region: ['EAST_CHINA', 'OVERSEAS'],
  customer_type: ['PROSPECT', 'VIP'],
  importance: ['KEY', 'GENERAL'],
  nature: ['STATE_OWNED', 'SOLE_PROPRIETOR'],
  size: ['MICRO', 'LARGE'],
  stage: ['WON', 'LOST'],
  verification_state: ['SUBMITTED', 'VERIFIED'],
  lost_as: ['PROSPECT', 'CUSTOMER'],
  tier: ['A', 'C'],
  tier_set_by: ['RULE', 'PERSON'],
  tier_until: ['2026-01-01', 'infinity'],
  credit_grade: ['AAA', 'D'],
  source: ['EXPO', 'OTHER'],
  founded_on: ['0099-12-31', 'infinity'],
  opened_on: ['0099-12-31', 'infinity'],
  registered_capital: ['1.00', '9999999999999999.99'],
  annual_revenue: ['-0.10', '0'],
  credit_limit: ['1', '1.5'],
  employee_count: ['-1', '2147483647'],
  route_order: ['1', '9999'],
  archived_at: ['2026-01-01T00:00:00.000001Z', 'infinity'],
  created_at: ['2026-01-01T00:00:00.5Z', '2026-03-01T00:00:00+08:00'],
};
/** The same for columns of these types. */
const valuesOfType: Record<string, string[]> = {
  jsonb: ['[]', '[{"label": "\\"总机\\"", "number": "+861068314675"}]', '[null]'],
  'text[]': ['{}', '{"",NULL,"a,b"}', '{null}'],
};
const anyText = ['', ' ', '"引号"\\\n\t', '东方', 'null', 'NULL', '{}', '1.00'];
const required = [
  'file_number',
  'kind',
  'name',
  'country',
  'stage',
  'verification_state',
  'owner_id',
  'created_at',
];

test('the history has every value of every column as the row has it, whatever changed together', async () => {
  const colleague = await addEmployee(db, 'colleague');
  const people = { owner_id: [owner, colleague], custodian_id: [owner, colleague] };
  const types = await typesOfColumns();
  const change = fc.record(
    Object.fromEntries(
      [...types.keys()].map((name) => {
        const values: (string | null)[] =
          people[name as keyof typeof people] ??
          valuesOf[name] ??
          valuesOfType[types.get(name) ?? ''] ??
          anyText;
        return [name, fc.constantFrom(...values, ...(required.includes(name) ? [] : [null]))];
      }),
    ),
    { requiredKeys: [] },
  );
  const row = async () => {
    const [{ json } = { json: '' }] = await db.execute<{ json: string }>(
      sql`select to_jsonb(c)::text as json from customer c where id = ${file}`,
    );
    return json;
  };
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(change, async (values) => {
      const [before, version] = [await row(), await versionOf(db, file)];
      const sets = Object.entries(values).map(
        ([name, value]) => sql`${sql.identifier(name)} = ${value}::text::${sql.raw(types.get(name)!)}`,
      );
      if (sets.length)
        await db.execute(sql`update customer set ${sql.join(sets, sql`, `)} where id = ${file}`);
      const expected = await db.execute<{ line: (string | null)[] }>(sql`
        select json_build_array(key, nullif(old.value, 'null')::text, nullif(new.value, 'null')::text) as line
        from jsonb_each(${before}::jsonb) old join jsonb_each(${await row()}::jsonb) new using (key)
        where old.value <> new.value and key not in ('version', 'updated_at', 'last_interaction_at', 'name_key', 'archive_key', 'premises_key') order by key`);
      const fields = expected.map(({ line }) => line[0]);
      expect(await versionOf(db, file)).toBe(version + (fields.length ? 1 : 0));
      if (fields.length === 0) return;
      expect(await latestLines()).toEqual(expected.map(({ line }) => line));
      const event = (await outboxOf(db, file)).at(-1);
      expect({ ...event, fields: event?.fields.sort() }).toMatchObject({ version: version + 1, fields });
      for (const field of fields) seen.add(field!);
    }),
    { numRuns: 80 },
  );
  expect([...seen].sort()).toEqual([...types.keys()].sort());
});

test('every column of a file is compared by its name', async () => {
  const text = await captureText();
  for (const name of (await typesOfColumns()).keys())
    expect(text).toContain(`new.${name} is distinct from old.${name} `);
});

test('a column added by hand is in the history from its first change, by itself and with others', async () => {
  await db.execute(sql`alter table customer add column stock_code text, add column staff jsonb`);
  await db.execute(sql`update customer set stock_code = '600000' where id = ${file}`);
  expect(await latestLines()).toEqual([['stock_code', null, '"600000"']]);
  await db.execute(
    sql`update customer set stock_code = null, staff = '{"a":1.0}', city = '苏州' where id = ${file}`,
  );
  expect(await latestLines()).toEqual([
    ['city', null, '"苏州"'],
    ['staff', null, '{"a": 1.0}'],
    ['stock_code', '"600000"', null],
  ]);
  expect(
    (await outboxOf(db, file)).map(({ version, fields }) => ({ version, fields: fields.sort() })),
  ).toEqual([
    { version: 2, fields: ['stock_code'] },
    { version: 3, fields: ['city', 'staff', 'stock_code'] },
  ]);
});

test('migrating makes the capture know the columns there are now, and leaves it alone while they stay', async () => {
  await db.execute(sql`alter table customer add column "Stock code" text`);
  await migrateDatabase(database.url);
  expect(await captureText()).toContain('new."Stock code" is distinct from old."Stock code" ');
  await db.execute(sql`update customer set "Stock code" = '600000' where id = ${file}`);
  expect(await latestLines()).toEqual([['Stock code', null, '"600000"']]);

  const written = () =>
    db.execute(sql`select xmin::text as by from pg_proc where proname = 'capture_customer_update'`);
  const before = await written();
  await migrateDatabase(database.url);
  expect(await written()).toEqual(before);
});

test('after a column was renamed by hand no change is lost: it is refused until migrating has run', async () => {
  await db.execute(sql`alter table customer rename column notes to remark`);
  await expect(db.execute(sql`update customer set remark = '汽车' where id = ${file}`)).rejects.toThrow();
  expect(await versionOf(db, file)).toBe(1);
  await migrateDatabase(database.url);
  await db.execute(sql`update customer set remark = '汽车' where id = ${file}`);
  expect(await latestLines()).toEqual([['remark', null, '"汽车"']]);
});

test('of a file’s column that is overwritten the capture keeps no value', async () => {
  await db.execute(sql`create or replace function overwritten_columns(subject text) returns text[] language sql immutable as $$
    select '{city,stock_code}'::text[] $$`);
  await migrateDatabase(database.url);
  await db.execute(sql`alter table customer add column stock_code text`);
  await db.execute(
    sql`update customer set city = '苏州', industry = '制造业', stock_code = 'x' where id = ${file}`,
  );
  expect(await latestLines()).toEqual([
    ['city', null, null],
    ['industry', null, '"制造业"'],
    ['stock_code', null, null],
  ]);
});

test('a file whose id is changed by hand goes out under the one and comes in under the other', async () => {
  await db.execute(sql`delete from customer_search`);
  const [row] = await db.execute<{ id: string }>(
    sql`update customer set id = new_id(), city = '苏州' where id = ${file} returning id`,
  );
  expect(await outboxOf(db, file)).toMatchObject([
    { type: 'REMOVED', version: 2, ownerBefore: owner, ownerAfter: null },
  ]);
  expect(await outboxOf(db, row!.id)).toMatchObject([
    { type: 'CREATED', version: 2, ownerBefore: null, ownerAfter: owner },
  ]);
  expect((await historyOf(db, row!.id))[0]).toMatchObject({
    operation: 'INSERT',
    newValue: { city: '苏州' },
  });
});
