import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWriting, type Writing } from '../support/writing.ts';
import { bulk, countsOf, cursorNow, eventsAfter, openFiles } from './bulk.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

test('ten thousand files are changed in one call with as many statements as one, and their owner reloads', async () => {
  await openFiles(writing, writing.owner, 1, { city: '吴江市' });
  for (let i = 0; i < 10; i++) await openFiles(writing, writing.owner, 1_000, { city: '常熟市' });
  const one = await bulk(writing.owner, 'updateCustomers', {
    filter: { city: { eq: '吴江市' } },
    patch: { size: 'LARGE' },
  });
  const after = await cursorNow(writing);
  const filter = { city: { eq: '常熟市' } };
  const many = await bulk(writing.owner, 'updateCustomers', { filter, patch: { size: 'LARGE' } });
  expect(countsOf(many)).toEqual([10_000, 10_000, 0, 0]);
  expect(many.statementCount).toBe(one.statementCount);
  expect(await eventsAfter(writing, after)).toEqual([{ type: 'BULK_CHANGED', customerId: null }]);

  const tagOne = await bulk(writing.owner, 'tagCustomers', {
    filter: { city: { eq: '吴江市' } },
    tags: ['名单'],
  });
  const tagMany = await bulk(writing.owner, 'tagCustomers', { filter, tags: ['名单'] });
  expect(countsOf(tagMany)).toEqual([10_000, 10_000, 0, 0]);
  expect(tagMany.statementCount).toBe(tagOne.statementCount);

  await openFiles(writing, writing.owner, 1, { city: '常熟市' });
  const tooMany = await bulk(writing.owner, 'untagCustomers', { filter, tags: ['名单'] });
  expect(tooMany.issues).toEqual(['input.filter TOO_MANY_FILES']);
});
