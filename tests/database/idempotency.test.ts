import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idempotencyKey } from '../../src/core/database/database.table.ts';
import { forgetIdempotencyKeys, insertedId, once } from '../../src/core/database/idempotency.ts';
import type { Issue } from '../../src/core/errors.ts';
import { tag } from '../../src/domains/tag/tag.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 12 });
});
afterAll(() => database.close());

const viewerId = '01890000-0000-7000-8000-000000000001';

/** Creates a tag under a key, as a mutation creates its object. */
const createTag = (key: string | null, value: string, input: object = { value }) =>
  database.db.transaction((tx) =>
    once(tx, { viewerId, operation: 'createTag', key, input }, (id) =>
      insertedId(tx.insert(tag).values({ id, value }).returning({ id: tag.id })),
    ),
  );

test('the same key again returns the first result', async () => {
  const first = await createTag('a', '甲');
  const again = await createTag('a', '甲');
  expect(first.replayed).toBe(false);
  expect(again).toEqual({ id: first.id, replayed: true });
  expect(await database.db.select().from(tag).where(eq(tag.id, first.id))).toHaveLength(1);
});

test('the same key again warns as the first time, and only of what that call warned', async () => {
  const warningOf = (code: string) => ({ path: ['input', 'value'], code, message: `${code}. (提醒。)` });
  const create = (warnings: Issue[]) =>
    database.db.transaction((tx) =>
      once(tx, { viewerId, operation: 'createTag', key: 'warned', input: {}, warnings }, (id) => {
        warnings.push(warningOf('VAGUE'));
        return insertedId(tx.insert(tag).values({ id, value: '警' }).returning({ id: tag.id }));
      }),
    );
  await create([warningOf('OF_ANOTHER_CALL')]);
  const again: Issue[] = [];
  expect((await create(again)).replayed).toBe(true);
  expect(again).toEqual([warningOf('VAGUE')]);
});

test('ten at once create one', async () => {
  const results = await Promise.all(Array.from({ length: 10 }, () => createTag('b', '乙')));
  expect(new Set(results.map(({ id }) => id)).size).toBe(1);
  expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
});

test('a failed attempt leaves its key free', async () => {
  await createTag('c', '丙');
  await expect(createTag('d', '丙')).rejects.toThrow();
  expect((await createTag('d', '丁', { value: '丙' })).replayed).toBe(false);
});

test('a key with another input is refused, whatever the order of its fields', async () => {
  await createTag('e', '戊', { value: '戊', facet: null, at: { x: 1, y: 2 } });
  expect((await createTag('e', '戊', { at: { y: 2, x: 1 }, facet: null, value: '戊' })).replayed).toBe(true);
  await expect(createTag('e', '己', { value: '己' })).rejects.toMatchObject({
    extensions: { code: 'BAD_USER_INPUT', issues: [{ code: 'IDEMPOTENCY_KEY_REUSED' }] },
  });
});

test('a key has 1 to 64 characters; under another nothing is made', async () => {
  for (const key of ['', 'x'.repeat(65)]) {
    await expect(createTag(key, '庚')).rejects.toMatchObject({
      extensions: { issues: [{ path: ['input', 'idempotencyKey'], code: 'IDEMPOTENCY_KEY_LENGTH' }] },
    });
    expect(await database.db.select().from(tag).where(eq(tag.value, '庚'))).toEqual([]);
  }
});

test('without a key every call creates', async () => {
  const [first, second] = [await createTag(null, '辛'), await createTag(null, '壬')];
  expect(first.id).not.toBe(second.id);
});

test('keys past the retention are forgotten, younger ones are kept', async () => {
  await createTag('old', '癸');
  await database.db
    .update(idempotencyKey)
    .set({ createdAt: '2020-01-01T00:00:00Z' })
    .where(eq(idempotencyKey.key, 'old'));
  expect(await forgetIdempotencyKeys(database.db, '2021-01-01T00:00:00Z')).toBe(1);
  expect((await createTag('a', '甲')).replayed).toBe(true);
});
