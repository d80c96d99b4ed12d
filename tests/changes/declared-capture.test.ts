import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import '../../src/domains/customer/customer.model.ts';
import { allModels, linkedRelations, notedTables, partModels } from '../../src/core/model/registry.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, addFile, forgetEvents, historyOf, outboxOf, versionOf } from './files.ts';

let database: TestDatabase;
let db: TestDatabase['db'];
let file: string;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
  file = await addFile(db, await addEmployee(db, 'owner'));
  await forgetEvents(db);
});
afterAll(() => database.close());

/** The triggers of a table that capture or note its changes, as PostgreSQL would write them. */
const triggersOf = async (table: string): Promise<string[]> => {
  const rows = await database.client<{ definition: string }[]>`
    select pg_get_triggerdef(oid) as definition from pg_trigger
    where tgrelid = ${table}::regclass and not tgisinternal
      and (tgname like 'capture%' or tgname like 'note_reference%' or tgname in ('refuse_truncate', 'touch_row'))
    order by tgname`;
  return rows.map(({ definition }) => definition);
};

const attached: [table: string, by: string][] = [
  ...partModels().map(({ tableName }): [string, string] => [tableName, 'capture_part']),
  ...allModels()
    .filter(({ kind }) => kind === 'captured')
    .map(({ tableName }): [string, string] => [tableName, 'capture_only']),
  ...linkedRelations().map(({ link }): [string, string] => [link.tableName, 'capture_link']),
];
const noted = allModels()
  .map(({ tableName }) => tableName)
  .filter((table) => notedTables().includes(table))
  .map((table): [string, string] => [table, 'note_reference']);

test.each([...attached, ...noted])('the triggers of %s are those that %s() makes', async (table, by) => {
  const before = await triggersOf(table);
  const names = before.map((definition) => /TRIGGER (\w+)/.exec(definition)?.[1] as string);
  // touch_row is on tables outside of files too.
  const dropped = names.filter((name) => by === 'capture_part' || name !== 'touch_row');
  for (const name of dropped) await database.client.unsafe(`drop trigger ${name} on ${table}`);
  await database.client.unsafe(`select ${by}('${table}')`);
  expect(dropped.length).toBeGreaterThanOrEqual(3);
  expect(await triggersOf(table)).toEqual(before);
});

test('a table attached by capture_part() has its changes captured from then on, under words made of its name', async () => {
  await database.client.unsafe(`create table throwaway (id uuid primary key default gen_random_uuid(),
    customer_id uuid not null references customer on delete cascade, title text not null, pages integer,
    version integer not null default 1, updated_at timestamptz not null default now())`);
  await database.client.unsafe(`select capture_part('throwaway')`);
  const [row] = await db.execute<{ id: string }>(
    sql`insert into throwaway (customer_id, title, pages) values (${file}, '合同', 3) returning id`,
  );
  await db.execute(sql`update throwaway set pages = 4`);
  await db.execute(sql`update throwaway set pages = 4`);
  await db.execute(sql`delete from throwaway`);
  const told = await outboxOf(db, file);
  expect(told.map(({ type, subject, subjectId }) => ({ type, subject, subjectId }))).toEqual(
    ['THROWAWAY_ADDED', 'THROWAWAY_CHANGED', 'THROWAWAY_REMOVED'].map((type) => ({
      type,
      subject: 'throwaway',
      subjectId: row?.id,
    })),
  );
  const lines = (await historyOf(db, file)).filter(({ subject }) => subject === 'throwaway');
  expect(
    lines.map(({ operation, field, oldValue, newValue }) => [operation, field, oldValue, newValue]),
  ).toMatchObject([
    ['INSERT', null, null, { title: '合同', pages: 3 }],
    ['UPDATE', 'pages', 3, 4],
    ['DELETE', null, { title: '合同', pages: 4 }, null],
  ]);
  expect(await versionOf(db, file)).toBe(4);
  await expect(database.client.unsafe('truncate throwaway')).rejects.toThrow('would leave no trace');
});

test('a table attached by note_reference() has its changes noted from then on', async () => {
  await database.client.unsafe(
    `create table branch (id uuid primary key default gen_random_uuid(), name text)`,
  );
  await database.client.unsafe(`select note_reference('branch')`);
  await db.execute(sql`insert into branch (name) values ('北京')`);
  await db.execute(sql`update branch set name = '上海'`);
  await db.execute(sql`update branch set name = '上海'`);
  await db.execute(sql`delete from branch`);
  const notes = await db.execute(sql`select subject from reference_change where subject = 'branch'`);
  expect(notes).toHaveLength(3);
});
