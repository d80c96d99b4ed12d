import { inArray } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tag } from '../../src/domains/tag/tag.table.ts';
import {
  type Colleague,
  fileNow,
  missingId,
  openFile,
  startWriting,
  traces,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const label = (by: Colleague, input: object) =>
  by.write('tagCustomer', input, '{ customer { version tags { label facet value } } }');

test('a file gets the tags of AC-6, made where they do not exist', async () => {
  const file = await openFile(writing, writing.owner);
  const tags = ['行业-制造业', '规模-中小企业', '合作阶段-意向客户', '高预算', '决策周期短'];
  const { payload } = await label(writing.owner, { id: file.id, tags });
  expect(payload.customer.tags.map((found: { label: string }) => found.label).sort()).toEqual(
    [...tags].sort(),
  );
  expect(payload.customer.tags).toContainEqual({ label: '行业-制造业', facet: '行业', value: '制造业' });
});

test('tags the file has already leave no trace', async () => {
  const file = await openFile(writing, writing.owner);
  await label(writing.owner, { id: file.id, tags: ['高预算'] });
  const before = await traces(writing, file.uuid);
  const { version } = await fileNow(writing, file.uuid);
  const { payload } = await label(writing.owner, { id: file.id, tags: ['高预算', ' 高预算 '] });
  expect(payload.customer).toMatchObject({ version, tags: [{ label: '高预算' }] });
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('ten who bring the same new tags at once make each tag once', async () => {
  const files = await Promise.all(Array.from({ length: 10 }, () => openFile(writing, writing.owner)));
  const tags = ['同时-甲', '同时-乙', '同时-丙'];
  const outcomes = await Promise.all(
    files.map(({ id }, i) => label(writing.owner, { id, tags: i % 2 === 0 ? tags : [...tags].reverse() })),
  );
  expect(outcomes.every(({ payload }) => payload.customer.tags.length === 3)).toBe(true);
  expect(await writing.db.select().from(tag).where(inArray(tag.label, tags))).toHaveLength(3);
});

test('a file has at most 200 tags', async () => {
  const file = await openFile(writing, writing.owner);
  const batch = (from: number, size: number) => Array.from({ length: size }, (_, i) => `很多-${from + i}`);
  for (const from of [0, 50, 100, 150]) {
    expect((await label(writing.owner, { id: file.id, tags: batch(from, 50) })).code).toBeUndefined();
  }
  expect((await label(writing.owner, { id: file.id, tags: batch(200, 1) })).issues).toEqual([
    'input.tags TOO_MANY_TAGS',
  ]);
  expect((await label(writing.owner, { id: file.id, tags: batch(0, 1) })).code).toBeUndefined();
});

test('all violations are named at once', async () => {
  const file = await openFile(writing, writing.owner);
  expect((await label(writing.owner, { id: file.id, tags: ['', '好', '长'.repeat(65)] })).issues).toEqual([
    'input.tags.0 TEXT_REQUIRED',
    'input.tags.2 TEXT_TOO_LONG',
  ]);
  expect((await label(writing.owner, { id: file.id, tags: [] })).issues).toEqual(['input.tags TAGS_COUNT']);
});

test('who may not write on the file is refused', async () => {
  const file = await openFile(writing, writing.owner);
  for (const colleague of [writing.service, writing.finance, writing.marketing]) {
    expect((await label(colleague, { id: file.id, tags: ['高预算'] })).code).toBe('FORBIDDEN');
  }
});

test('a stranger’s file and a missing file answer alike, and no tag is made', async () => {
  const file = await openFile(writing, writing.owner);
  const foreign = await label(writing.stranger, { id: file.id, tags: ['从未有过'] });
  const missing = await label(writing.stranger, { id: missingId('cus'), tags: ['从未有过'] });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
  expect(
    await writing.db
      .select()
      .from(tag)
      .where(inArray(tag.label, ['从未有过'])),
  ).toEqual([]);
});

test('an archived file is not tagged', async () => {
  const file = await openFile(writing, writing.owner, { archivedAt: '2024-01-01T00:00:00Z' });
  expect((await label(writing.owner, { id: file.id, tags: ['高预算'] })).code).toBe('CONFLICT');
});

test('the number of statements does not depend on how many tags there are', async () => {
  const file = await openFile(writing, writing.owner);
  const one = await label(writing.owner, { id: file.id, tags: ['数-0'] });
  const tags = Array.from({ length: 50 }, (_, i) => `数-${i}`);
  expect((await label(writing.owner, { id: file.id, tags })).statementCount).toBe(one.statementCount);
});
