import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addContact,
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

const archive = (by: Colleague, input: object) =>
  by.write('archiveCustomer', input, '{ customer { archivedAt version } }');

test('an owner puts a file to rest and takes it out again', async () => {
  const file = await openFile(writing, writing.owner);
  const { payload } = await archive(writing.owner, { id: file.id, expectedVersion: file.version });
  expect(payload.customer.archivedAt).toMatch(/^\d{4}-\d\d-\d\dT/);
  const back = { id: file.id, expectedVersion: payload.customer.version, archived: false };
  expect((await archive(writing.owner, back)).payload.customer.archivedAt).toBeNull();
});

test('archiving twice leaves no trace and keeps the first time', async () => {
  const archivedAt = '2024-01-01T00:00:00Z';
  const file = await openFile(writing, writing.owner, { archivedAt });
  const before = await traces(writing, file.uuid);
  const { payload } = await archive(writing.owner, { id: file.id, expectedVersion: file.version });
  expect(Date.parse(payload.customer.archivedAt)).toBe(Date.parse(archivedAt));
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('only who may change a file archives it', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { id: file.id, expectedVersion: file.version };
  for (const colleague of [writing.service, writing.finance, writing.marketing]) {
    expect((await archive(colleague, input)).code).toBe('FORBIDDEN');
  }
  expect((await fileNow(writing, file.uuid)).archivedAt).toBeNull();
});

test('a stranger’s file and a missing file answer alike', async () => {
  const file = await openFile(writing, writing.owner);
  const foreign = await archive(writing.stranger, { id: file.id, expectedVersion: 1 });
  const missing = await archive(writing.stranger, { id: missingId('cus'), expectedVersion: 1 });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('a stale version and an id of another kind are refused', async () => {
  const file = await openFile(writing, writing.owner);
  expect((await archive(writing.owner, { id: file.id, expectedVersion: 7 })).code).toBe('CONFLICT');
  expect((await archive(writing.owner, { id: missingId('deal'), expectedVersion: 1 })).issues).toEqual([
    'input.id WRONG_ID_KIND',
  ]);
});

test('the number of statements does not depend on what the file holds', async () => {
  const [small, large] = [await openFile(writing, writing.owner), await openFile(writing, writing.owner)];
  for (let i = 0; i < 20; i++) await addContact(writing, large.uuid);
  const first = await archive(writing.owner, { id: small.id, expectedVersion: 1 });
  const second = await archive(writing.owner, { id: large.id, expectedVersion: 21 });
  expect(second.statementCount).toBe(first.statementCount);
});
