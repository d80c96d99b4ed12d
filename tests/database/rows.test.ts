import { randomUUID } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { PgDialect, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/core/database/database.ts';
import { changedByUpdate, updateRows } from '../../src/core/database/rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const note = pgTable('note', {
  id: uuid('id').primaryKey(),
  facet: text('facet'),
  value: text('value').notNull(),
});

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.db.execute(
    sql`create table note (id uuid primary key default new_id(), facet text, value text not null)`,
  );
});
afterAll(() => database.close());

/** Rows that fall into groups, repeat each other's values and leave columns out. */
const updates = fc.array(
  fc.record(
    { facet: fc.constantFrom('甲', '乙', null), value: fc.constantFrom('一', '二') },
    { requiredKeys: [] },
  ),
  { minLength: 1, maxLength: 40 },
);

test('rows are updated like one after another, whichever of them are to have the same values', async () => {
  await fc.assert(
    fc.asyncProperty(updates, async (values) => {
      await database.db.delete(note);
      const rows = await database.db
        .insert(note)
        .values(values.map((_, i) => ({ id: randomUUID(), facet: i % 2 ? '甲' : null, value: '一' })))
        .returning();
      const wanted = rows.map((row, i) => ({ ...row, ...values[i] }));
      const drafts = rows.map(({ id }, i) => ({ id, values: values[i] ?? {} }));
      const changed = rows.flatMap((row, i) =>
        wanted[i]?.facet !== row.facet || wanted[i]?.value !== row.value ? [row.id] : [],
      );
      expect([...(await changedByUpdate(database.db, note, drafts))].sort()).toEqual(changed.sort());
      expect([...(await updateRows(database.db, note, drafts))].sort()).toEqual(changed);
      expect(await database.db.select().from(note).orderBy(note.id)).toEqual(
        wanted.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      );
    }),
    { numRuns: 30 },
  );
});

test('values that many rows are to have are sent once', async () => {
  let sent = 0;
  const db = {
    execute: async (query: SQL) => {
      sent = JSON.stringify(new PgDialect().sqlToQuery(query).params).length;
      return [];
    },
  } as unknown as Database;
  const id = '0191d0a4-0000-7000-8000-000000000000';
  const facet = '长'.repeat(10_000);
  await updateRows(
    db,
    note,
    Array.from({ length: 10_000 }, () => ({ id, values: { facet } })),
  );
  expect(sent).toBeLessThan(10_000 * 50);
});
