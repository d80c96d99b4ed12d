import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instantNow } from '../support/instant.ts';
import { type Colleague, fileNow, openFile, startWriting, traces, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const now = () => instantNow(writing.db);

const revert = (by: Colleague, input: object) =>
  by.write('revertCustomerField', input, '{ customer { version city creditLimit employeeCount stage } }');

/** A file that had a city, a limit and a headcount, and has others now. */
async function changedFile() {
  const file = await openFile(writing, writing.owner, {
    province: '江苏省',
    provinceCode: '320000',
    region: 'EAST_CHINA',
    city: '苏州市',
    cityCode: '320500',
    creditLimit: '1000.00',
    employeeCount: 12,
  });
  const to = await now();
  await writing.db.execute(
    sql`update customer set city = null, credit_limit = 2, employee_count = 99 where id = ${file.uuid}`,
  );
  return { file, to, input: { id: file.id, expectedVersion: file.version + 1, to } };
}

test('a field gets back the value it had, as a change of its own', async () => {
  const { file, input } = await changedFile();
  const before = await traces(writing, file.uuid);
  expect((await revert(writing.owner, { ...input, field: 'city' })).payload.customer).toMatchObject({
    city: '苏州市',
  });
  const next = { ...input, expectedVersion: input.expectedVersion + 1 };
  expect(
    (await revert(writing.owner, { ...next, field: 'employeeCount' })).payload.customer.employeeCount,
  ).toBe(12);
  expect(await traces(writing, file.uuid)).toBe(before + 2);
});

test('setting back what has not changed since leaves no trace', async () => {
  const { file, input } = await changedFile();
  const before = await traces(writing, file.uuid);
  expect((await revert(writing.owner, { ...input, field: 'stage' })).payload.customer.stage).toBe(
    'POTENTIAL',
  );
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('who may not change a field may not set it back, nor learn whether it changed', async () => {
  const { input } = await changedFile();
  expect((await revert(writing.stranger, { ...input, field: 'city' })).code).toBe('NOT_FOUND');
  for (const field of ['creditLimit', 'creditGrade']) {
    expect(await revert(writing.owner, { ...input, field })).toMatchObject({
      code: 'FORBIDDEN',
      refused: [field],
    });
  }
  expect(
    (await revert(writing.finance, { ...input, field: 'creditLimit' })).payload.customer.creditLimit,
  ).toBe('1000.00');
  expect((await revert(writing.finance, { ...input, field: 'city' })).code).toBe('FORBIDDEN');
});

test('a stale version, an unknown field and an instant outside the file’s life are refused', async () => {
  const { input } = await changedFile();
  expect((await revert(writing.owner, { ...input, field: 'city', expectedVersion: 1 })).code).toBe(
    'CONFLICT',
  );
  expect((await revert(writing.owner, { ...input, field: 'owner' })).issues).toEqual([
    'input.field UNKNOWN_FIELD',
  ]);
  expect((await revert(writing.owner, { ...input, field: 'phone' })).issues).toEqual([
    'input.field UNKNOWN_FIELD',
  ]);
  const both = { ...input, field: 'phone', to: '2999-01-01T00:00:00Z' };
  expect((await revert(writing.owner, both)).issues).toEqual([
    'input.field UNKNOWN_FIELD',
    'input.to OUT_OF_BOUNDS',
  ]);
  for (const to of ['2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z']) {
    expect((await revert(writing.owner, { ...input, field: 'city', to })).issues).toEqual([
      'input.to OUT_OF_BOUNDS',
    ]);
  }
});

test('the number of statements is the same however often the field changed', async () => {
  const seldom = await changedFile();
  const often = await changedFile();
  for (let i = 0; i < 10; i++)
    await writing.db.execute(sql`update customer set city = ${`第${i}市`} where id = ${often.file.uuid}`);
  const { version } = await fileNow(writing, often.file.uuid);
  const first = await revert(writing.owner, { ...seldom.input, field: 'city' });
  const second = await revert(writing.owner, { ...often.input, expectedVersion: version, field: 'city' });
  expect([first.code, second.code]).toEqual([undefined, undefined]);
  expect(second.statementCount).toBe(first.statementCount);
});
