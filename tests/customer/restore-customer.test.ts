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

const archivedAt = '2024-01-01T00:00:00Z';
const restore = (by: Colleague, id: string, expectedVersion = 1) =>
  by.write('restoreCustomer', { id, expectedVersion }, '{ customer { archivedAt version } }');

test('an archived file is taken up again, and takes changes; its history and events say by whom', async () => {
  const file = await openFile(writing, writing.owner, { archivedAt });
  const { query } = writing.server.as('SALES');
  const { data: start } = await query('{ customerFileEvents { pageInfo { endCursor } } }');
  expect((await restore(writing.owner, file.id)).payload.customer).toEqual({ archivedAt: null, version: 2 });
  const changed = await writing.owner.write(
    'updateCustomer',
    { id: file.id, expectedVersion: 2, city: '苏州市' },
    '{ customer { city } }',
  );
  expect(changed.payload.customer.city).toBe('苏州市');
  const { data } = await query(
    `query($id: ID!, $after: String) {
       customer(id: $id) { history(field: "archivedAt") { nodes { oldValue newValue actor { id } } } }
       customerFileEvents(customerId: $id, after: $after) { nodes { type actor { id } } } }`,
    { id: file.id, after: start.customerFileEvents.pageInfo.endCursor },
  );
  const actor = { id: writing.owner.id };
  expect(data.customer.history.nodes[0]).toEqual({
    oldValue: '2024-01-01T00:00:00.000Z',
    newValue: null,
    actor,
  });
  // That the file was opened may have got its place in the log after the cursor.
  expect(data.customerFileEvents.nodes).toContainEqual({ type: 'RESTORED', actor });
});

test('whatever was done to it since it was shown refuses it; a retry does not', async () => {
  const file = await openFile(writing, writing.owner, { archivedAt });
  await addContact(writing, file.uuid);
  const { errors } = await restore(writing.owner, file.id);
  expect(errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', currentVersion: 2 });
  expect((await restore(writing.owner, file.id, 2)).code).toBeUndefined();
  const before = await traces(writing, file.uuid);
  expect((await restore(writing.owner, file.id, 2)).payload.customer).toEqual({
    archivedAt: null,
    version: 3,
  });
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('who may archive restores, and nobody else', async () => {
  for (const by of [writing.owner, writing.manager, writing.steward, writing.admin]) {
    const file = await openFile(writing, writing.owner, { archivedAt });
    expect((await restore(by, file.id)).code).toBeUndefined();
  }
  const file = await openFile(writing, writing.owner, { archivedAt });
  for (const by of [writing.service, writing.finance, writing.marketing])
    expect((await restore(by, file.id)).code).toBe('FORBIDDEN');
  const foreign = await restore(writing.stranger, file.id);
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual((await restore(writing.stranger, missingId('cus'))).errors);
  expect((await fileNow(writing, file.uuid)).archivedAt).not.toBeNull();
});

test('the number of statements does not depend on what the file holds', async () => {
  const small = await openFile(writing, writing.owner, { archivedAt });
  const large = await openFile(writing, writing.owner, { archivedAt });
  for (let i = 0; i < 20; i++) await addContact(writing, large.uuid);
  const first = await restore(writing.owner, small.id);
  expect((await restore(writing.owner, large.id, 21)).statementCount).toBe(first.statementCount);
});
