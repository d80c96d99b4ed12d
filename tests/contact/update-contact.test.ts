import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileHistory } from '../../src/core/changes/changes.table.ts';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import {
  addContact,
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

const update = (by: Colleague, input: object) =>
  by.write('updateContact', input, '{ contact { id name phone title version customer { version } } }');

const rowOf = async (uuid: string) =>
  (await writing.db.select().from(contact).where(eq(contact.id, uuid)))[0];

test('a changed phone leaves its old and new value, who and when, in the history (AC-7)', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid, { phone: '+8613800138000' });
  await update(writing.owner, { id: con.id, expectedVersion: con.version, phone: '13912345678' });
  const lines = await writing.db
    .select()
    .from(fileHistory)
    .where(and(eq(fileHistory.subjectId, con.uuid), eq(fileHistory.field, 'phone')));
  expect(lines).toMatchObject([
    {
      oldValue: '+8613800138000',
      newValue: '+8613912345678',
      actorId: uuidOf(writing.owner.id),
      source: 'API',
    },
  ]);
});

test('null clears a field and an absent one is left alone', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid, { title: '总监', email: 'wang@corp.example' });
  const { payload } = await update(writing.owner, { id: con.id, expectedVersion: con.version, title: null });
  expect(payload.contact).toMatchObject({ title: null, version: 2, customer: { version: file.version + 2 } });
  expect(await rowOf(con.uuid)).toMatchObject({ email: 'wang@corp.example' });
});

test('an update that changes nothing succeeds and leaves no trace', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid, { phone: '+8613912345678', isPrimary: true });
  const before = await traces(writing, file.uuid);
  const input = { id: con.id, expectedVersion: con.version, phone: '139 1234 5678', isPrimary: true };
  expect((await update(writing.owner, input)).payload.contact.version).toBe(con.version);
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('a stale version is refused with the current one, and nothing is written', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  const { errors } = await update(writing.owner, { id: con.id, expectedVersion: 7, title: '总监' });
  expect(errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', currentVersion: con.version });
  expect(await rowOf(con.uuid)).toMatchObject({ title: null });
});

test('another contact’s change does not make a version stale', async () => {
  const file = await openFile(writing, writing.owner);
  const [first, second] = [await addContact(writing, file.uuid), await addContact(writing, file.uuid)];
  await update(writing.owner, { id: first.id, expectedVersion: 1, title: '总监' });
  expect(
    (await update(writing.owner, { id: second.id, expectedVersion: 1, title: '经理' })).code,
  ).toBeUndefined();
});

test('who may not write on the file is refused', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  for (const colleague of [writing.service, writing.finance, writing.marketing]) {
    expect((await update(colleague, { id: con.id, expectedVersion: 1, phone: '138' })).code).toBe(
      'FORBIDDEN',
    );
  }
});

test('a contact of a stranger’s file and a missing contact answer alike', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  const change = { expectedVersion: 9, phone: '138' };
  const foreign = await update(writing.stranger, { id: con.id, ...change });
  const missing = await update(writing.stranger, { id: missingId('con'), ...change });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('all violations are named at once', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  const input = { name: null, phone: '138', email: 'x', isPrimary: null };
  expect(
    (await update(writing.owner, { id: con.id, expectedVersion: con.version, ...input })).issues,
  ).toEqual([
    'input.name VALUE_REQUIRED',
    'input.phone PHONE_INCOMPLETE',
    'input.email EMAIL_FORMAT',
    'input.isPrimary VALUE_REQUIRED',
  ]);
});

test('a contact and its file are locked in one order, so writers never wait crosswise', async () => {
  const file = await openFile(writing, writing.owner);
  const con = await addContact(writing, file.uuid);
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      i % 2 === 0
        ? update(writing.owner, { id: con.id, expectedVersion: con.version, title: `职务${i}` })
        : writing.owner.write(
            'createContact',
            { customerId: file.id, name: '李', isPrimary: true },
            '{ contact { id } }',
          ),
    ),
  );
  const codes = outcomes.map(({ code }) => code).filter((code) => code !== undefined);
  expect(codes.every((code) => code === 'CONFLICT')).toBe(true);
});

test('the number of statements does not depend on how many contacts there are', async () => {
  const file = await openFile(writing, writing.owner);
  const [first, second] = [await addContact(writing, file.uuid), await addContact(writing, file.uuid)];
  const one = await update(writing.owner, { id: first.id, expectedVersion: 1, title: '总监' });
  for (let i = 0; i < 20; i++) await addContact(writing, file.uuid);
  const two = await update(writing.owner, { id: second.id, expectedVersion: 1, title: '总监' });
  expect(two.statementCount).toBe(one.statementCount);
});
