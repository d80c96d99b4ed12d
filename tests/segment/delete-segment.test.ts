import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { type Colleague, missingId, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const save = async (by: Colleague, values: object = {}): Promise<string> =>
  (await by.write('createSegment', { name: '全部', rule: {}, ...values }, '{ segment { id } }')).payload
    .segment.id;
const remove = (by: Colleague, input: object) =>
  by.write('deleteSegment', { expectedVersion: 1, ...input }, '{ segmentId }');
const isStored = async (id: string) =>
  (
    await writing.db
      .select()
      .from(segment)
      .where(eq(segment.id, uuidOf(id)))
  ).length === 1;

test('its owner deletes it, once', async () => {
  const id = await save(writing.owner);
  expect((await remove(writing.owner, { id })).payload).toEqual({ segmentId: id });
  expect(await isStored(id)).toBe(false);
  expect((await remove(writing.owner, { id })).code).toBe('NOT_FOUND');
});

test('a colleague’s shared segment is forbidden, an administrator may delete it', async () => {
  const id = await save(writing.owner, { shared: true });
  expect((await remove(writing.manager, { id })).code).toBe('FORBIDDEN');
  expect(await isStored(id)).toBe(true);
  expect((await remove(writing.admin, { id })).code).toBeUndefined();
});

test('a colleague’s private segment and a missing one answer alike', async () => {
  const id = await save(writing.owner);
  const foreign = await remove(writing.stranger, { id });
  const missing = await remove(writing.stranger, { id: missingId('seg') });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('a stale version and an id of another kind are refused', async () => {
  const id = await save(writing.owner);
  expect((await remove(writing.owner, { id, expectedVersion: 2 })).code).toBe('CONFLICT');
  expect((await remove(writing.owner, { id: missingId('cus') })).issues).toEqual(['input.id WRONG_ID_KIND']);
});

test('the number of statements does not depend on how many members it has', async () => {
  const [first, second] = [await save(writing.owner), await save(writing.owner)];
  const one = await remove(writing.owner, { id: first });
  for (let i = 0; i < 20; i++) await openFile(writing, writing.owner);
  expect((await remove(writing.owner, { id: second })).statementCount).toBe(one.statementCount);
});
