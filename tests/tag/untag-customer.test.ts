import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Colleague,
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

const selection = '{ customer { version tags { label } } }';
const tagged = async (tags: string[]) => {
  const file = await openFile(writing, writing.owner);
  await writing.owner.write('tagCustomer', { id: file.id, tags }, selection);
  return file;
};
const unlabel = (by: Colleague, input: object) => by.write('untagCustomer', input, selection);

test('the named tags go, the others stay', async () => {
  const file = await tagged(['行业-制造业', '高预算', '决策周期短']);
  const { payload } = await unlabel(writing.owner, { id: file.id, tags: ['高预算', '行业-制造业'] });
  expect(payload.customer.tags).toEqual([{ label: '决策周期短' }]);
});

test('tags the file does not have, or nobody has, leave no trace', async () => {
  const file = await tagged(['高预算']);
  await tagged(['别家的']);
  const before = await traces(writing, file.uuid);
  const { payload } = await unlabel(writing.owner, { id: file.id, tags: ['别家的', '没有的'] });
  expect(payload.customer.tags).toEqual([{ label: '高预算' }]);
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('who may not write on the file is refused', async () => {
  const file = await tagged(['高预算']);
  for (const colleague of [writing.service, writing.finance, writing.marketing]) {
    expect((await unlabel(colleague, { id: file.id, tags: ['高预算'] })).code).toBe('FORBIDDEN');
  }
});

test('a stranger’s file and a missing file answer alike', async () => {
  const file = await tagged(['高预算']);
  const foreign = await unlabel(writing.stranger, { id: file.id, tags: ['高预算'] });
  const missing = await unlabel(writing.stranger, { id: missingId('cus'), tags: ['高预算'] });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('all violations are named at once', async () => {
  const file = await tagged(['高预算']);
  expect((await unlabel(writing.owner, { id: file.id, tags: [' ', '长'.repeat(65)] })).issues).toEqual([
    'input.tags.0 TEXT_REQUIRED',
    'input.tags.1 TEXT_TOO_LONG',
  ]);
});

test('the number of statements does not depend on how many tags there are', async () => {
  const many = Array.from({ length: 50 }, (_, i) => `数-${i}`);
  const file = await tagged(many);
  const one = await unlabel(writing.owner, { id: file.id, tags: ['数-0'] });
  expect((await unlabel(writing.owner, { id: file.id, tags: many })).statementCount).toBe(one.statementCount);
});
