import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { openFile, startWriting, type Writing } from '../support/writing.ts';
import { bulk, countsOf, cursorNow, eventsAfter, openFiles, refusalsOf } from './bulk.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const tagsOf = async (id: string): Promise<string[]> => {
  const rows = await writing.db.execute<{ label: string }>(
    sql`select label from customer_tag join tag on tag.id = tag_id where customer_id = ${id} order by label`,
  );
  return rows.map(({ label }) => label);
};

test('tags are put on many files and taken off; those a file has already leave no trace', async () => {
  const ids = await openFiles(writing, writing.owner, 3, { city: '昆山市' });
  const filter = { city: { eq: '昆山市' } };
  const first = await bulk(writing.owner, 'tagCustomers', {
    ids: [encodeId('cus', ids[0] as string)],
    tags: ['vip'],
  });
  expect(countsOf(first)).toEqual([1, 1, 0, 0]);
  const after = await cursorNow(writing);
  const outcome = await bulk(writing.owner, 'tagCustomers', { filter, tags: ['ＶＩＰ', ' VIP'] });
  expect(countsOf(outcome)).toEqual([3, 2, 1, 0]);
  for (const id of ids) expect(await tagsOf(id)).toEqual(['vip']);
  expect((await eventsAfter(writing, after)).map(({ type }) => type)).toEqual(['TAGGED', 'TAGGED']);
  const removed = await bulk(writing.owner, 'untagCustomers', { filter, tags: ['VIP', '没有的标签'] });
  expect(countsOf(removed)).toEqual([3, 3, 0, 0]);
  expect(countsOf(await bulk(writing.owner, 'untagCustomers', { filter, tags: ['VIP'] }))).toEqual([
    3, 0, 3, 0,
  ]);
  for (const id of ids) expect(await tagsOf(id)).toEqual([]);
});

test('a file with 200 tags takes no other, but one that it has', async () => {
  const full = await openFile(writing, writing.owner, { city: '太仓市' });
  const free = await openFile(writing, writing.owner, { city: '太仓市' });
  await writing.db.execute(sql`
    with made as (insert into tag (value) select 'T' || n from generate_series(1, 200) n returning id)
    insert into customer_tag (customer_id, tag_id) select ${full.uuid}, id from made`);
  const filter = { city: { eq: '太仓市' } };
  const outcome = await bulk(writing.owner, 'tagCustomers', { filter, tags: ['T1', '新标签'] });
  expect(countsOf(outcome)).toEqual([2, 1, 0, 1]);
  expect(refusalsOf(outcome)).toEqual(['BAD_USER_INPUT TOO_MANY_TAGS 1']);
  expect(outcome.payload.outcome.refusals[0].customerIds).toEqual([full.id]);
  expect(await tagsOf(free.uuid)).toEqual(['T1', '新标签']);
  expect(countsOf(await bulk(writing.owner, 'tagCustomers', { filter, tags: ['T1'] }))).toEqual([2, 0, 2, 0]);
});

test('wrong labels are refused as a whole with every violation, and so is a caller who may tag nothing', async () => {
  const ids = [encodeId('cus', (await openFiles(writing, writing.owner, 1))[0] as string)];
  for (const mutation of ['tagCustomers', 'untagCustomers'] as const) {
    const { issues } = await bulk(writing.owner, mutation, { ids, tags: ['好', ' ', 'x'.repeat(65)] });
    expect(issues).toEqual(['input.tags.1 TEXT_REQUIRED', 'input.tags.2 TEXT_TOO_LONG']);
    expect((await bulk(writing.owner, mutation, { filter: {}, tags: [] })).issues).toEqual([
      'input.filter NO_CONDITION',
      'input.tags TAGS_COUNT',
    ]);
    for (const by of [writing.service, writing.finance])
      expect((await bulk(by, mutation, { ids, tags: ['好'] })).code).toBe('FORBIDDEN');
  }
});
