import { count, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contact } from '../../src/domains/contact/contact.table.ts';
import {
  addContact,
  type Colleague,
  fileNow,
  missingId,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const create = (by: Colleague, input: object) =>
  by.write('createContact', input, '{ contact { id name phone isPrimary version customer { id version } } }');

test('a contact is added and the file’s version grows', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { customerId: file.id, name: '王经理', title: '采购总监', phone: '139 1234 5678' };
  const { payload } = await create(writing.owner, input);
  expect(payload.contact).toMatchObject({
    name: '王经理',
    phone: '+8613912345678',
    isPrimary: true,
    version: 1,
    customer: { id: file.id, version: file.version + 1 },
  });
});

test('a number without its country is read with the customer’s', async () => {
  const file = await openFile(writing, writing.owner, { name: 'Acme GmbH', country: 'DE' });
  const { payload } = await create(writing.owner, { customerId: file.id, name: 'Max', phone: '030 901820' });
  expect(payload.contact.phone).toBe('+4930901820');
});

test('a new primary contact takes the place of the old', async () => {
  const file = await openFile(writing, writing.owner);
  const old = await addContact(writing, file.uuid, { isPrimary: true });
  const { payload } = await create(writing.owner, { customerId: file.id, name: '李总', isPrimary: true });
  expect(payload.contact.isPrimary).toBe(true);
  const [row] = await writing.db.select().from(contact).where(eq(contact.id, old.uuid));
  expect(row).toMatchObject({ isPrimary: false, version: 2 });
});

test('the first contact of a file is its primary one, the next are not, unless the writer says otherwise', async () => {
  const file = await openFile(writing, writing.owner);
  const made = async (input: object) =>
    (await create(writing.owner, { customerId: file.id, name: '王', ...input })).payload.contact.isPrimary;
  expect(await made({ isPrimary: false })).toBe(false);
  expect(await made({})).toBe(true);
  expect(await made({})).toBe(false);
});

test('of the first contacts of a file, two at once, one is primary', async () => {
  const file = await openFile(writing, writing.owner);
  const outcomes = await Promise.all(
    ['王', '李'].map((name) => create(writing.owner, { customerId: file.id, name })),
  );
  expect(outcomes.map(({ payload }) => payload.contact.isPrimary).sort()).toEqual([false, true]);
});

test('who may not write on the file is refused', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { customerId: file.id, name: '王', phone: '138', birthday: '1980-01-01' };
  for (const colleague of [writing.service, writing.finance, writing.marketing]) {
    expect((await create(colleague, input)).code).toBe('FORBIDDEN');
  }
});

test('a stranger’s file and a missing file answer alike', async () => {
  const file = await openFile(writing, writing.owner);
  const foreign = await create(writing.stranger, { customerId: file.id, name: '王', phone: '138' });
  const missing = await create(writing.stranger, { customerId: missingId('cus'), name: '王', phone: '138' });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('all violations are named at once', async () => {
  const file = await openFile(writing, writing.owner);
  const input = {
    customerId: file.id,
    name: ' ',
    phone: '138',
    mobile: '12345',
    email: 'x',
    birthday: '2999-01-01',
  };
  expect((await create(writing.owner, input)).issues).toEqual([
    'input.name TEXT_REQUIRED',
    'input.phone PHONE_INCOMPLETE',
    'input.mobile PHONE_INCOMPLETE',
    'input.email EMAIL_FORMAT',
    'input.birthday BIRTHDAY_IN_FUTURE',
  ]);
});

test('an archived file takes no contact', async () => {
  const file = await openFile(writing, writing.owner, { archivedAt: '2024-01-01T00:00:00Z' });
  expect((await create(writing.owner, { customerId: file.id, name: '王' })).code).toBe('CONFLICT');
});

test('the same key again returns the first contact, also ten at once', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { customerId: file.id, name: '王', idempotencyKey: 'c-1' };
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => create(writing.owner, input)));
  expect(new Set(outcomes.map(({ payload }) => payload.contact.id)).size).toBe(1);
  const [stored] = await writing.db
    .select({ count: count() })
    .from(contact)
    .where(eq(contact.customerId, file.uuid));
  expect(stored?.count).toBe(1);
  expect((await fileNow(writing, file.uuid)).version).toBe(file.version + 1);
});

test('the number of statements does not depend on how many contacts there are', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { customerId: file.id, name: '王', isPrimary: true };
  const first = await create(writing.owner, input);
  for (let i = 0; i < 20; i++) await addContact(writing, file.uuid);
  expect((await create(writing.owner, input)).statementCount).toBe(first.statementCount);
});
