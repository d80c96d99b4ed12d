import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { streamHead } from '../../src/core/changes/changes.table.ts';
import { readHead, readLog } from '../../src/core/changes/event-log.ts';
import { sequence } from '../../src/core/changes/sequencer.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, addFile, historyOf, versionOf, wholeLog } from './files.ts';

let database: TestDatabase;
let db: TestDatabase['db'];
let owner: string;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 20 });
  db = database.db;
  owner = await addEmployee(db, 'owner');
});
afterAll(() => database.close());

test('with nothing committed nothing moves', async () => {
  await sequence(db);
  expect(await sequence(db)).toBe(0);
});

test('a row of the outbox that names a column twice has one event, and holds up nothing', async () => {
  const file = await addFile(db, owner);
  await sequence(db);
  await db.execute(sql`
    insert into outbox (customer_id, version, type, subject, subject_id, fields, old_values, new_values, source, occurred_at, transaction_id)
    values (${file}, 2, 'UPDATED', 'customer', ${file}, '{city,city}', array['"a"', '"b"']::jsonb[], array['"b"', '"c"']::jsonb[], 'SQL', now(), 1)`);
  expect(await sequence(db)).toBe(1);
  expect((await historyOf(db, file)).map(({ field }) => field)).toEqual([null, 'city']);
});

test('12 writers that commit in any order and 3 sequencers: numbers are dense, each file’s versions in order, nothing lost', async () => {
  const files = await Promise.all(Array.from({ length: 5 }, () => addFile(db, owner)));
  let seed = 20_260_101;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  let writing = true;
  let rolledBack = 0;
  const write = async () => {
    for (let n = 0; n < 15; n += 1) {
      const file = files[random(files.length)]!;
      const givesUp = random(10) === 0;
      const holdMs = random(8);
      await db
        .transaction(async (tx) => {
          await tx
            .update(customer)
            .set({ industry: `${random(1e9)}` })
            .where(eq(customer.id, file));
          // Holds its place in the outbox while others commit.
          await tx.execute(sql`select pg_sleep(${holdMs / 1000})`);
          if (random(2) === 0) {
            await tx.execute(
              sql`insert into contact (customer_id, name) values (${file}, 'x'), (${file}, 'y')`,
            );
          }
          if (givesUp) throw new Error('rolled back');
        })
        .catch((error: Error) => {
          if (error.message !== 'rolled back') throw error;
          rolledBack += 1;
        });
    }
  };
  const read: number[] = [];
  const follow = async () => {
    while (writing) {
      const page = await readLog(db, read.at(-1) ?? 0, 100);
      read.push(...page.events.map(({ seq }) => seq));
    }
  };
  const keepSequencing = async () => {
    while (writing) await sequence(db);
  };
  const background = [follow(), keepSequencing(), keepSequencing(), keepSequencing()];
  await Promise.all(Array.from({ length: 12 }, write));
  writing = false;
  await Promise.all(background);
  while ((await sequence(db)) > 0);

  const log = await wholeLog(db);
  expect(rolledBack).toBeGreaterThan(0);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  for (const file of files) {
    const versions = log.filter(({ customerId }) => customerId === file).map(({ version }) => version);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
    expect(versions.at(-1)).toBe(await versionOf(db, file));
  }
  // A reader beside them never saw a number before a smaller one.
  expect(read).toEqual(read.map((_, index) => index + 1));
  expect((await readHead(db)).seq).toBe(log.length);
});

test('a writer that holds its transaction open keeps nobody else’s events waiting', async () => {
  const [slowFile, quickFile] = [await addFile(db, owner), await addFile(db, owner)];
  await sequence(db);
  const before = (await readHead(db)).seq;
  await db.transaction(async (tx) => {
    await tx.update(customer).set({ city: '慢' }).where(eq(customer.id, slowFile));
    await db.update(customer).set({ city: '快' }).where(eq(customer.id, quickFile));
    expect(await sequence(db)).toBe(1);
  });
  expect(await sequence(db)).toBe(1);
  const page = await readLog(db, before, 10);
  expect(page.events.map(({ customerId }) => customerId)).toEqual([quickFile, slowFile]);
});

test('the database has one log', async () => {
  await expect(db.insert(streamHead).values({ only: 2, epoch: 'second' })).rejects.toThrow();
});
