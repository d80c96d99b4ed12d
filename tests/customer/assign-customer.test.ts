import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
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

const assign = (by: Colleague, input: object) =>
  by.write('assignCustomer', input, '{ customer { owner { id } version } }');

test('a manager hands a file on, and the former owner has it no longer', async () => {
  const file = await openFile(writing, writing.owner);
  const { payload } = await assign(writing.manager, { id: file.id, ownerId: writing.stranger.id });
  expect(payload.customer.owner.id).toBe(writing.stranger.id);
  const update = { id: file.id, expectedVersion: payload.customer.version, city: '北京' };
  expect((await writing.owner.write('updateCustomer', update, '{ customer { id } }')).code).toBe('NOT_FOUND');
});

test('sales do not assign, not even their own files', async () => {
  const file = await openFile(writing, writing.owner);
  const { code } = await assign(writing.owner, { id: file.id, ownerId: writing.stranger.id });
  expect(code).toBe('FORBIDDEN');
  expect((await fileNow(writing, file.uuid)).ownerId).toBe(uuidOf(writing.owner.id));
});

test('the same owner again leaves no trace', async () => {
  const file = await openFile(writing, writing.owner);
  const before = await traces(writing, file.uuid);
  const { payload } = await assign(writing.manager, { id: file.id, ownerId: writing.owner.id });
  expect(payload.customer.version).toBe(file.version);
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('the new owner must be an active employee', async () => {
  const file = await openFile(writing, writing.owner);
  const assigned = (ownerId: string) => assign(writing.manager, { id: file.id, ownerId });
  expect((await assigned(missingId('emp'))).issues).toEqual(['input.ownerId EMPLOYEE_NOT_ACTIVE']);
  expect((await assigned(missingId('team'))).issues).toEqual(['input.ownerId WRONG_ID_KIND']);
});

test('a version is checked when one is given', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { id: file.id, ownerId: writing.stranger.id };
  expect(
    (await assign(writing.manager, { ...input, expectedVersion: 9 })).errors[0]?.extensions,
  ).toMatchObject({
    code: 'CONFLICT',
    currentVersion: file.version,
  });
  expect((await assign(writing.manager, { ...input, expectedVersion: file.version })).code).toBeUndefined();
});

test('an archived file can be handed on', async () => {
  const file = await openFile(writing, writing.owner, { archivedAt: '2024-01-01T00:00:00Z' });
  const { payload } = await assign(writing.manager, { id: file.id, ownerId: writing.stranger.id });
  expect(payload.customer.owner.id).toBe(writing.stranger.id);
});

test('a file that is not there is not found', async () => {
  const { code } = await assign(writing.manager, { id: missingId('cus'), ownerId: writing.owner.id });
  expect(code).toBe('NOT_FOUND');
});

test('the number of statements does not depend on what the file holds', async () => {
  const [small, large] = [await openFile(writing, writing.owner), await openFile(writing, writing.owner)];
  for (let i = 0; i < 20; i++) await addContact(writing, large.uuid);
  const first = await assign(writing.manager, { id: small.id, ownerId: writing.stranger.id });
  const second = await assign(writing.manager, { id: large.id, ownerId: writing.stranger.id });
  expect(second.statementCount).toBe(first.statementCount);
});
