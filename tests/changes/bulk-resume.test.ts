import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Changes } from '../../src/core/changes/changes.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addContact, addEmployee, addFile } from './files.ts';
import { startInstance, take, takeUntil } from './running.ts';

let database: TestDatabase;
let changes: Changes;
beforeAll(async () => {
  database = await createTestDatabase();
  changes = await startInstance(database.url);
});
afterAll(async () => {
  await changes.close();
  await database.close();
});

test('who resumes after a bulk change does not receive it again, by subscription or by poll', async () => {
  const { db } = database;
  const owner = await addEmployee(db, '甲');
  const audience = { employeeId: owner };
  const after = await changes.currentCursor();
  const file = await addFile(db, owner);
  await db.execute(sql`
    insert into contact (customer_id, name) select ${file}, '批量' || n from generate_series(1, 2300) n`);
  const first = await changes.follow({ audience, after });
  const [, bulk] = await take(first, 2);
  expect(bulk).toMatchObject({ type: 'BULK_CHANGED', customerId: null });
  await first.return?.();

  await addContact(db, file, '之后');
  const second = await changes.follow({ audience, after: bulk!.cursor });
  expect(await take(second, 1)).toMatchObject([{ type: 'CONTACT_ADDED' }]);
  await second.return?.();
  expect((await changes.read({ audience, after: bulk!.cursor, limit: 10 })).events).toMatchObject([
    { type: 'CONTACT_ADDED' },
  ]);
  const one = await changes.read({ audience, after, limit: 2 });
  expect((await changes.read({ audience, after: one.events[1]!.cursor, limit: 10 })).events).toHaveLength(1);
});

test('two bulk changes one after the other are two events, live, after the fact and by poll', async () => {
  const { db } = database;
  const owner = await addEmployee(db, '乙');
  const audience = { employeeId: owner };
  const file = await addFile(db, owner);
  await changes.nudge();
  const after = await changes.currentCursor();
  const live = await changes.follow({ audience, after });
  for (const rows of [1050, 1050, 1])
    await db.execute(sql`
      insert into contact (customer_id, name) select ${file}, '批量' || n from generate_series(1, ${rows}::int) n`);
  const kinds = ['BULK_CHANGED', 'BULK_CHANGED', 'CONTACT_ADDED'];
  const typesOf = (events: { type: string }[]) =>
    events.map(({ type }) => type).filter((type) => type !== 'CREATED');
  expect(typesOf(await takeUntil(live, ({ type }) => type === 'CONTACT_ADDED'))).toEqual(kinds);
  const late = await changes.follow({ audience, after });
  expect(typesOf(await takeUntil(late, ({ type }) => type === 'CONTACT_ADDED'))).toEqual(kinds);
  for (const limit of [200, 5])
    expect(typesOf((await changes.read({ audience, after, limit })).events)).toEqual(kinds);
  await live.return?.();
  await late.return?.();
});
