import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogueEntryWrites } from '../../src/domains/catalogue-entry/catalogue-entry.write.ts';
import { describePart } from '../support/part-suite.ts';
import { openFile, startWriting, type Writing } from '../support/writing.ts';

describePart(catalogueEntryWrites, {
  create: { title: '采购合同', kind: '合同', volume: 2, documentDate: '2024-03-15', form: 'BOTH', pages: 12 },
  update: { place: '3号柜2层', pages: 13, form: 'ELECTRONIC' },
  wrong: { title: ' ', volume: 0, form: 'PAPER', kind: '类'.repeat(41), pages: 0 },
  issues: [
    'input.volume DECIMAL_TOO_SMALL',
    'input.title TEXT_REQUIRED',
    'input.kind TEXT_TOO_LONG',
    'input.pages DECIMAL_TOO_SMALL',
  ],
  statements: { create: 7, update: 8, delete: 8 },
});

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const selection = '{ catalogueEntry { id version number volume form } }';
const enter = async (customerId: string, title: string) =>
  (await writing.owner.write('createCatalogueEntry', { customerId, title }, selection)).payload
    .catalogueEntry;

test('documents are numbered within their file from 1, and a number is not given again', async () => {
  const [file, other] = [await openFile(writing, writing.owner), await openFile(writing, writing.owner)];
  expect(await enter(file.id, '营业执照副本')).toMatchObject({ number: 1, volume: 1, form: 'PAPER' });
  const second = await enter(file.id, '采购合同');
  expect((await enter(other.id, '身份证明')).number).toBe(1);
  const { id, version: expectedVersion } = second;
  await writing.owner.write('deleteCatalogueEntry', { id, expectedVersion }, '{ catalogueEntryId }');
  expect((await enter(file.id, '补充协议')).number).toBe(3);
  const { data } = await writing.server
    .as('MANAGER')
    .query(`{ customer(id: "${file.id}") { catalogue { totalCount nodes { number title } } } }`);
  expect(data.customer.catalogue).toEqual({
    totalCount: 2,
    nodes: [
      { number: 1, title: '营业执照副本' },
      { number: 3, title: '补充协议' },
    ],
  });
});

test('twenty documents entered at once have twenty numbers, none twice', async () => {
  const { id } = await openFile(writing, writing.owner);
  const entered = await Promise.all(Array.from({ length: 20 }, (_, i) => enter(id, `第${i}份`)));
  const numbers = entered.map(({ number }) => number).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

test('the index over all files finds documents by kind, place and date, as far as the viewer sees their files', async () => {
  const [mine, theirs] = [await openFile(writing, writing.owner), await openFile(writing, writing.stranger)];
  for (const [who, { id }] of [
    [writing.owner, mine],
    [writing.stranger, theirs],
  ] as const) {
    const given = { customerId: id, title: '房屋买卖合同', kind: '购房合同', documentDate: '2019-05-01' };
    await who.write('createCatalogueEntry', { ...given, place: '7号柜' }, selection);
  }
  const filter =
    '{ kind: { eq: "购房合同" }, place: { contains: "7号" }, documentDate: { lt: "2020-01-01" } }';
  const found = async (who: 'SALES' | 'MANAGER') => {
    const { data } = await writing.server
      .as(who)
      .query(`{ catalogue(filter: ${filter}) { nodes { customer { id } } } }`);
    return data.catalogue.nodes.map(({ customer }: { customer: { id: string } }) => customer.id).sort();
  };
  expect([await found('SALES'), await found('MANAGER')]).toEqual([[mine.id], [mine.id, theirs.id].sort()]);
});
