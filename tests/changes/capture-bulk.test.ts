import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, addFile, forgetEvents, outboxOf, versionOf } from './files.ts';

let database: TestDatabase;
let db: TestDatabase['db'];
let owner: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
  owner = await addEmployee(db, 'owner');
});
afterAll(() => database.close());

const count = async (from: string): Promise<number> => {
  const [row] = await db.execute<{ n: number }>(sql`select count(*)::int as n from ${sql.raw(from)}`);
  return row!.n;
};

test('each row of a bulk statement in one file has a version of its own, in the order of their events', async () => {
  const file = await addFile(db, owner);
  await forgetEvents(db);
  await db.execute(
    sql`insert into contact (customer_id, name) select ${file}, '联系人' || n from generate_series(1, 50) n`,
  );
  await db.execute(sql`update contact set title = '经理' where customer_id = ${file}`);
  const events = await outboxOf(db, file);
  expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 100 }, (_, index) => index + 2));
  expect(await versionOf(db, file)).toBe(101);
  expect(new Set(events.map(({ transactionId }) => transactionId)).size).toBe(2);
});

test('bulk statements over many files have an event for every row, with a plan first made for a single one', async () => {
  // One connection keeps the plans of its first, small statements.
  await db.transaction(async (tx) => {
    await tx.execute(sql`set local statement_timeout = '60s'`);
    const insertFiles = (howMany: number) =>
      tx.execute(
        sql`insert into customer (name, owner_id) select '企业有限公司' || n, ${owner} from generate_series(1, ${howMany}::int) n`,
      );
    await insertFiles(1);
    await tx.execute(sql`insert into contact (customer_id, name) select id, '张三' from customer`);
    await tx.execute(sql`update contact set title = '经理'`);
    await insertFiles(3_000);
    await tx.execute(sql`delete from outbox`);
    await tx.execute(sql`update customer set industry = '制造业'`);
    await tx.execute(sql`insert into contact (customer_id, name) select id, '李四' from customer`);
    await tx.execute(sql`update contact set department = '采购部'`);
  });
  const files = await count('customer');
  expect(files).toBeGreaterThan(3_000);
  expect(await count("outbox where type = 'UPDATED'")).toBe(files);
  expect(await count("outbox where type = 'CONTACT_ADDED'")).toBe(files);
  expect(await count("outbox where type = 'CONTACT_CHANGED'")).toBe(await count('contact'));
  expect(
    await count(`(select from outbox group by customer_id
                  having count(distinct version) <> count(*) or max(version) - min(version) + 1 <> count(*)) gaps`),
  ).toBe(0);
  expect(
    await count(
      '(select version < lag(version) over (partition by customer_id order by id) as back from outbox) o where back',
    ),
  ).toBe(0);
});
